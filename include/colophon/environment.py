"""Clock, sleep, chance, ids and threads: everything that the code would otherwise take from the machine around it.

Everything here asks for them by this module's functions, which ask the environment in force: the machine's (`REAL`), or another
one for the length of `with use(environment)`. So one process can live in a time of its own. A linter's rule bans every other way.
"""

import random as machine_random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from uuid import uuid4


@dataclass(frozen=True, slots=True)
class Environment:
    """`clock`: aware UTC. `monotonic` and `sleep`: seconds. `random`: 0 to 1. `new_id`: a UUID. `pool`: so many workers at once."""

    clock: Callable[[], datetime]
    monotonic: Callable[[], float]
    sleep: Callable[[float], None]
    random: Callable[[], float]
    new_id: Callable[[], str]
    pool: Callable[[int], Executor]


def threads(workers: int) -> Executor:
    """A pool of threads in which the environment of the thread that made it is in force, too."""
    return ThreadPoolExecutor(workers, initializer=_current.set, initargs=(_current.get(),))


REAL = Environment(
    clock=lambda: datetime.now(UTC),
    monotonic=time.monotonic,
    sleep=time.sleep,
    random=machine_random.random,
    new_id=lambda: str(uuid4()),
    pool=threads,
)
"""The machine's own."""

_current: ContextVar[Environment] = ContextVar("environment", default=REAL)


@contextmanager
def use(environment: Environment) -> Iterator[Environment]:
    """While the block runs, this environment is in force: in this thread, its pools, and coroutines begun here."""
    before = _current.set(environment)
    try:
        yield environment
    finally:
        _current.reset(before)


def in_force() -> Environment:
    """The environment of this thread, to be used in another."""
    return _current.get()


def now() -> datetime:
    """The present moment, aware UTC."""
    return _current.get().clock()


def is_real() -> bool:
    """Whether the machine's own environment is in force: only then do clocks of other machines tell the same time."""
    return _current.get() is REAL


def monotonic() -> float:
    """Seconds since some moment; never goes back."""
    return _current.get().monotonic()


def sleep(seconds: float) -> None:
    """Wait."""
    _current.get().sleep(seconds)


def random() -> float:
    """A number by chance, 0 to 1. No secret may rest on it."""
    return _current.get().random()


def new_id() -> str:
    """A UUID that nobody else has."""
    return _current.get().new_id()


def pool(workers: int) -> Executor:
    """An executor of so many workers; use it as a context manager."""
    return _current.get().pool(workers)


def kept_pool(name: str, workers: int) -> Executor:
    """An executor of so many workers that lives under this name as long as the process; nobody closes it."""
    return _kept_pool(name, workers, _current.get().pool)


@cache
def _kept_pool(_name: str, workers: int, make: Callable[[int], Executor]) -> Executor:
    return make(workers)
