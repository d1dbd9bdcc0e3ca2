"""Words, hashes, token estimates and canonical URLs: what several stages ask of a text or a URL."""
