"""Is this answer right? Imports nothing of the rest."""
