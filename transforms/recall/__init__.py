"""One round of the loop: sample, train, score, cut off, collect, count sites, find patterns."""
