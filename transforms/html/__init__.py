"""Turn HTML bytes into a tree that is safe to walk: encoding, limits, sandbox, DOM helpers."""
