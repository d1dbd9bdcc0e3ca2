"""What every run has: processes, run directory, checkpoints, logs, hardware figures."""
