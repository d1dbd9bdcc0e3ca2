"""The commands of `mathmine`, and the Beam jobs that they run."""
