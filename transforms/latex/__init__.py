"""Any notation of a formula to LaTeX; knows nothing of HTML pages."""
