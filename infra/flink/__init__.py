"""A real Flink cluster on one machine without containers, for tests and for one large machine."""
