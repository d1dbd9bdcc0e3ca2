"""What only reads the output folder of a run: verify its files, trace a page, show its copies."""
