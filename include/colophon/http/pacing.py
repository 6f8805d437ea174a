"""How fast one client may go: calls at once, calls per second, and a random start off the full hour."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from colophon import environment
from colophon.http.settings import HttpSettings


class Pacing:
    """A gate that every try passes; shared by the threads of one client."""

    def __init__(self, settings: HttpSettings, *, sleep: Callable[[float], None], random: Callable[[], float]) -> None:
        self._sleep = sleep
        self._gap_s = 1 / settings.max_per_second if settings.max_per_second else 0.0
        self._start_wait_s = random() * settings.start_jitter_s
        self._slots = threading.BoundedSemaphore(settings.max_concurrency)
        self._lock = threading.Lock()
        self._next_at = 0.0

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for one's turn, then hold one of the places until the try is over."""
        wait_s = self._reserve()
        if wait_s > 0:
            self._sleep(wait_s)
        with self._slots:
            yield

    def _reserve(self) -> float:
        with self._lock:
            now = environment.monotonic()
            at = max(now, self._next_at) + self._start_wait_s
            self._start_wait_s = 0.0
            self._next_at = at + self._gap_s
            return at - now
