"""Build and load models, attention over packed rows, losses, log-probabilities, optimizer."""
