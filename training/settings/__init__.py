"""Settings of all runs: TOML to frozen dataclasses."""
