"""Files for Dataflow: docs/dataflow.md."""
