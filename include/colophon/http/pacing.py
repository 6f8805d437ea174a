"""How fast an account may be called: calls at once, calls per second, pauses it asked for, and a random start off the full hour."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from colophon import environment
from colophon.errors import RateLimitedError

if TYPE_CHECKING:
    from colophon.http.settings import HttpSettings

RESERVED_FOR_S = 0.1
"""So much time is reserved ahead at most where calls follow closely: what one process does not use, no other can."""

SLACK = 1.05
"""So much further apart than the limit says: calls reach the system a little unevenly, and no second of it may see one too many."""


class Pace(Protocol):
    """When the next calls of an account may start, for everybody who shares the pace."""

    def reserve(self, gap_s: float, slots: int, most_s: float) -> float:
        """Take so many slots, `gap_s` apart; seconds until the first. More than `most_s`: nothing was taken."""

    def paused_s(self) -> float:
        """For how many seconds no call may start."""

    def pause(self, seconds: float) -> None:
        """The account asks everybody to wait."""

    def close(self) -> None:
        """Give back what it holds."""


class OwnPace:
    """A pace that the threads of one client share. A call that is asked to wait does so by itself; the others are not held up."""

    def __init__(self) -> None:
        self._next_at = 0.0
        self._lock = threading.Lock()

    def reserve(self, gap_s: float, slots: int, most_s: float) -> float:
        """See `Pace`."""
        with self._lock:
            now = environment.monotonic()
            at = max(now, self._next_at)
            if at - now <= most_s:
                self._next_at = at + gap_s * slots
            return at - now

    def paused_s(self) -> float:
        """See `Pace`."""
        return 0.0

    def pause(self, seconds: float) -> None:
        """See `Pace`."""

    def close(self) -> None:
        """See `Pace`."""


_pace: ContextVar[Pace | None] = ContextVar("pace", default=None)


@contextmanager
def paced_by(pace: Pace) -> Iterator[None]:
    """Whoever goes by settings that are read while the block runs keeps this pace."""
    before = _pace.set(pace)
    try:
        yield
    finally:
        _pace.reset(before)


def pace_in_force() -> Pace | None:
    """The pace of `paced_by`."""
    return _pace.get()


class Pacing:
    """A gate that every try passes; shared by the threads of one client."""

    def __init__(self, settings: "HttpSettings", *, sleep: Callable[[float], None], random: Callable[[], float]) -> None:
        self._sleep = sleep
        self._pace = settings.pace or OwnPace()
        self._gap_s = SLACK / settings.max_per_second if settings.max_per_second else 0.0
        self._most_slots = max(1, int(RESERVED_FOR_S * (settings.max_per_second or 0)))
        self._most_s = settings.budget_s
        self._start_wait_s = random() * settings.start_jitter_s
        self._start_at: float | None = None
        self._places = threading.BoundedSemaphore(settings.max_concurrency)
        self._lock = threading.Lock()
        self._slots: deque[float] = deque()
        self._take = 1

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for one's turn, then hold one of the places until the try is over.

        :raises RateLimitedError: the turn comes later than a call may wait; nothing was sent.
        """
        left_s, has_slot = self._most_s, False
        self._rest(self._until_start())
        while (wait_s := self._pace.paused_s()) or not has_slot:
            has_slot = not wait_s  # one that lies within a pause is lost
            wait_s = wait_s or self._until_slot(left_s)
            if wait_s > left_s:
                not_before = environment.now() + timedelta(seconds=wait_s)
                raise RateLimitedError("calls of this account wait for longer than this call can", not_before=not_before)
            left_s -= wait_s
            self._rest(wait_s)
        with self._places:
            yield

    def pause(self, seconds: float) -> None:
        """The account asked everybody to wait."""
        self._pace.pause(seconds)

    def close(self) -> None:
        """Give back what the pace holds."""
        self._pace.close()

    def _rest(self, seconds: float) -> None:
        if seconds > 0:
            self._sleep(seconds)

    def _until_start(self) -> float:
        with self._lock:
            now = environment.monotonic()
            if self._start_at is None:
                self._start_at = now + self._start_wait_s
            return self._start_at - now

    def _until_slot(self, most_s: float) -> float:
        if not self._gap_s:
            return 0.0
        with self._lock:
            now = environment.monotonic()
            reserved = len(self._slots)
            while self._slots and self._slots[0] + self._gap_s < now:
                self._slots.popleft()
            if not self._slots:
                # Twice as many as were used in time: a slow caller takes one by one and leaves the others theirs.
                self._take = 1 if reserved else min(self._most_slots, 2 * self._take)
                wait_s = self._pace.reserve(self._gap_s, self._take, most_s)
                if wait_s > most_s:
                    return wait_s
                self._slots.extend(now + wait_s + number * self._gap_s for number in range(self._take))
            return max(self._slots.popleft() - now, 0.0)
