"""GRPO and its relatives: sample, compare, update."""
