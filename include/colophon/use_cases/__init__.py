"""The decisions, one module per use case: records in, deliveries and findings out. No I/O."""
