"""Draw pages to judge, and estimate precision, recall and probabilities from judged pages."""
