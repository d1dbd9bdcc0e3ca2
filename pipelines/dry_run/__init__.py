"""Build the jobs of all stages without running them where they would run."""
