"""Estimate what a run costs before it begins (`mathmine plan`)."""
