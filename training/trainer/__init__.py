"""One training loop for pretraining, fine-tuning and reward models."""
