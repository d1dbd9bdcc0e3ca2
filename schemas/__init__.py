"""Records, Parquet layouts, settings and manifests: the vocabulary of every package."""
