"""Triggers: wait for a counterpart without holding a worker."""
