"""The metadata rules and the quality figures: pure, records in, findings out."""
