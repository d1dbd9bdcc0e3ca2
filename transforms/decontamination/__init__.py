"""Remove benchmark text from pages (paper, section 2.1)."""
