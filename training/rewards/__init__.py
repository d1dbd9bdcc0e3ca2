"""Grade completions: rewards of the whole and of steps, by rule or by model."""
