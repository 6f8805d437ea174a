"""A clock that a test moves."""

from datetime import datetime


class Clock:
    """Stands at a moment (aware UTC) until `now` is set."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """The time it is made to be."""
        return self.now
