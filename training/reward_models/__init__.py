"""Label completions, train and evaluate reward models."""
