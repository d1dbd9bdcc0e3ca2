"""The commands of `mathmine`, one per file; the table of their flags is in `__main__.py`."""
