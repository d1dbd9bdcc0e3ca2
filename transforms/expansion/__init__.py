"""Find pages in an index of a crawl, and fetch their records (the stage `expand`)."""
