"""One round of mining: sample, train, score, cut off, collect, count sites, find patterns."""
