"""Clusters to run the jobs on; README.md says what is here and what of it has been run."""
