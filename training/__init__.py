"""From the corpus to a model: plain torch and transformers, never Beam."""
