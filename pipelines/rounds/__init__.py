"""The loop over rounds: train, score, collect, read labels, decide whether to go on."""
