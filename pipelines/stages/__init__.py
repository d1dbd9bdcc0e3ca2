"""The stages that the commands run: prepare, rounds of mining, dedup, write."""
