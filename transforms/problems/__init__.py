"""Find questions with final answers that can be verified in the texts of the corpus."""
