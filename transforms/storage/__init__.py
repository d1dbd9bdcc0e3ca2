"""Files by path, the output tree, Parquet shards and sidecars, and the map over shards."""
