"""Find the formulas of a page, whatever markup they use, and write them back as LaTeX."""
