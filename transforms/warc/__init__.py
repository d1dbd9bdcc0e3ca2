"""Read the records of crawl files (WARC), resynchronising after damage."""
