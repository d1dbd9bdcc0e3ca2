"""Words, hashes and token counts of texts, and canonical URLs."""
