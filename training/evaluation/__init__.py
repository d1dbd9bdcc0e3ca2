"""Few-shot evaluation, Pass@K, Maj@K, and comparisons of corpora."""
