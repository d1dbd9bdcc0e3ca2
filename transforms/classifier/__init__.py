"""Train the classifier of a round: the seed, samples of the crawl, fastText."""
