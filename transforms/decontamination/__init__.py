"""Remove benchmark text from pages."""
