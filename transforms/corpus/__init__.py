"""Write the corpus."""
