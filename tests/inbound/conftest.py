"""The door, for every test here."""

from inbound_door import door

__all__ = ["door"]
