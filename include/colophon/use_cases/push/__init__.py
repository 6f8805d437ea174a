"""Use cases that send alerts to people."""
