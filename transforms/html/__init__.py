"""HTML bytes to a tree that is safe to walk: encoding, limits, sandbox, DOM helpers."""
