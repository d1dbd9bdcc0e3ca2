"""Convert any notation of a formula to LaTeX; independent of HTML pages."""
