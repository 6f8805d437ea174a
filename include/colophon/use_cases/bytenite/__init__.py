"""Use cases that keep ByteNite in step."""
