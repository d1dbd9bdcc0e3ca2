"""Duplicate pages: MinHash bands, groups of copies, and the best copy of each group."""
