"""The stages of the miner, and the Beam-free functions they are made of."""
