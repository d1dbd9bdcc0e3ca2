"""Engines that sample completions: transformers, continuous batching, vLLM."""
