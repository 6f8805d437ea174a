"""How Colophon speaks HTTP: one place for sessions, credentials, limits, retries and the sorting of failures."""
