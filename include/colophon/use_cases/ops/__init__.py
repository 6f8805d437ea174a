"""Use cases that look after Colophon itself."""
