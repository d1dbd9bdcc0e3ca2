"""Processes, run directory, checkpoints, logs and hardware figures of a run."""
