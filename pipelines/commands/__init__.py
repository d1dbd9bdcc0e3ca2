"""The commands of `mathmine`, one a file; the table of their flags is in `__main__.py`."""
