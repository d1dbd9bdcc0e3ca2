"""Turn one WARC file into one shard of pages (the stage `prepare`)."""
