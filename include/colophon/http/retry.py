"""How long to wait before a repeat, and when to stop: tries, budget, `Retry-After` (contract README section 4)."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from colophon.errors import AuthFailedError, ColophonError, EffectUnknownError, NotTakenError, RateLimitedError, ServerError
from colophon.http.failure import REPEATS, Case, Failure, FailureKind
from colophon.http.operation import DeliveryClass, Waits

LONGEST_WAIT_S = 60.0
_MOST_TRIES: ContextVar[int | None] = ContextVar("most_tries", default=None)
_LEFT_S: ContextVar[Callable[[], float] | None] = ContextVar("left_s", default=None)


@contextmanager
def asking_once() -> Iterator[None]:
    """While the block runs, no call is repeated (but once with a fresh token): a person waits for the answer."""
    before = _MOST_TRIES.set(1)
    try:
        yield
    finally:
        _MOST_TRIES.reset(before)


@contextmanager
def within(left_s: Callable[[], float]) -> Iterator[None]:
    """While the block runs, a call with its repeats, waits and files lasts no longer than `left_s` says when it begins."""
    before = _LEFT_S.set(left_s)
    try:
        yield
    finally:
        _LEFT_S.reset(before)


def time_left_s() -> float:
    """How long a call that begins now may last; without end outside of `within`. Raises what its `left_s` raises."""
    left_s = _LEFT_S.get()
    return float("inf") if left_s is None else left_s()


def tries_now(tries: int) -> int:
    """`tries`, or 1 inside `asking_once`."""
    return _MOST_TRIES.get() or tries


@dataclass(slots=True)
class Attempts:
    """The tries of one call: what was spent, and what may still follow. All times in seconds.

    `busy_wait_s` is the wait after "slow down" without `Retry-After`, `waits` are the contract's own; None for the common ones.
    """

    writes: DeliveryClass | None
    tries: int
    budget_s: float
    random: Callable[[], float]
    clock: Callable[[], datetime]
    busy_wait_s: float | None = None
    waits: Waits | None = None
    made: int = 0
    spent_s: float = 0.0
    _cases: Counter[Case] = field(default_factory=Counter)
    _maybe_done: bool = False

    @property
    def left_s(self) -> float:
        """What is left of the budget."""
        return self.budget_s - self.spent_s

    def wait_after(self, failure: Failure, took_s: float) -> float:
        """Seconds to wait before the repeat; counted as spent.

        :raises ColophonError: nothing may follow this failure.
        """
        self.made += 1
        self.spent_s += took_s
        self._cases[failure.case] += 1
        self._maybe_done = self._maybe_done or (self.writes is not None and failure.case.kind is FailureKind.UNKNOWN)
        if self._cases[failure.case] > self._repeats(failure.case):
            raise self.marked(self._final(failure))
        if failure.case is Case.UNAUTHORISED:
            return 0.0
        wait_s = self._wait_s(failure)
        if failure.retry_after_s is not None and wait_s > self.left_s:
            raise self.marked(_later(failure.error, self.clock() + timedelta(seconds=wait_s)))
        if self.made >= self.tries or wait_s > self.left_s:
            raise self.marked(self._final(failure))
        self.spent_s += wait_s
        return wait_s

    def marked(self, error: ColophonError) -> ColophonError:
        """The error with which the call ends, saying whether an earlier try may have been taken."""
        error.may_have_gone = self._maybe_done
        return error

    def _repeats(self, case: Case) -> int:
        row = REPEATS[Case.LOST if case is Case.CRASHED and self.waits else case]
        return row[self.writes]

    def _wait_s(self, failure: Failure) -> float:
        stated_s = failure.retry_after_s
        if stated_s is None and failure.case is Case.BUSY:
            stated_s = self.busy_wait_s
        elif stated_s is None and self.waits and failure.case.kind is FailureKind.UNKNOWN:
            stated_s = min(self.waits.longest_s, self.waits.first_s * 2.0 ** (self.made - 1))
        if stated_s is not None:
            return stated_s * (1 + 0.1 * self.random())
        return self.random() * min(LONGEST_WAIT_S, 2.0 ** (self.made - 1))

    def _final(self, failure: Failure) -> ColophonError:
        error = failure.error
        if self.writes in {DeliveryClass.C, DeliveryClass.D} and failure.case.kind is FailureKind.UNKNOWN:
            return EffectUnknownError("nobody can know whether the write took effect", **_where(error))
        if failure.case is Case.UNAUTHORISED:
            return AuthFailedError("the system refused the connection's credentials twice", **_where(error))
        if failure.case is Case.NOT_SENT and self._maybe_done:
            # Saying "never taken" would be wrong: an earlier try may have been.
            return ServerError("the system cannot be reached any more, and an earlier try may have been taken", **_where(error))
        if isinstance(error, RateLimitedError):
            return _later(error, self.clock() + timedelta(seconds=failure.retry_after_s or LONGEST_WAIT_S))
        return NotTakenError(error.sentence, **_where(error)) if failure.case is Case.BUSY else error


def _later(error: ColophonError, not_before: datetime) -> RateLimitedError:
    return RateLimitedError("the system asked us to come back later than this call can wait", not_before=not_before, **_where(error))


def _where(error: ColophonError) -> dict[str, str]:
    return {"system": error.system, "operation": error.operation, "subject": error.subject, "evidence": error.evidence}
