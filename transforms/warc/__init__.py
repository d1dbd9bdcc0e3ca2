"""Crawl files to records, resynchronising after damage."""
