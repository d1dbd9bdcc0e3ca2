"""Work on benchmarks without a crawl: clean one file, list what is understood."""
