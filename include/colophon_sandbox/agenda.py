"""What is due when, in time order."""

import heapq
from collections.abc import Iterator


class Agenda:
    """Reminders `(moment, number, name)`; moments are texts in UTC of one form, and sort as such.

    A reminder may be out of date when its time comes, so whoever gets it looks whether it still holds.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[str, int, str]] = []

    def put(self, at: str, number: int, name: str = "") -> None:
        """Remind of a numbered row at a moment."""
        heapq.heappush(self._heap, (at, number, name))

    def due(self, now: str) -> Iterator[tuple[str, int, str]]:
        """Take what is due, oldest first, with what is put in meanwhile."""
        while self._heap and self._heap[0][0] <= now:
            yield heapq.heappop(self._heap)
