"""What every use case stands on: the typed use case, its decision, notices to people. No I/O."""
