"""One round of mining: score, cut off, collect."""
