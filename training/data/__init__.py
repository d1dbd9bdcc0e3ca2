"""Texts and problems to blocks of tokens."""
