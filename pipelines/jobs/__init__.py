"""What all stages share: run a stage once, and run a Beam job over shards."""
