"""Decide whether an answer is right. Imports no other room."""
