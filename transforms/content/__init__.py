"""Extract the main text of a page."""
