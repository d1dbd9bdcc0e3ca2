"""One WARC file to one shard of pages (the stage `prepare`)."""
