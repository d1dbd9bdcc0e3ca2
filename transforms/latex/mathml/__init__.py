"""Convert presentation and content MathML to LaTeX."""
