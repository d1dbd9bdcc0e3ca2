"""Read texts and problems, and pack them into blocks of tokens."""
