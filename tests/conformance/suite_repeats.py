"""What follows each failure: how many tries, how many effects, which error (contract README sections 4 and 5)."""

import json
import socket
from datetime import timedelta
from typing import Any

import pytest

from colophon.errors import (
    ConflictError,
    EffectUnknownError,
    ForbiddenError,
    GoneError,
    InvalidError,
    NotFoundError,
    ServerError,
    TryAgainLaterError,
    WrongAddressError,
)

STOPS: dict[int, Any] = {
    400: InvalidError,
    403: ForbiddenError,
    404: (NotFoundError, WrongAddressError),
    405: WrongAddressError,
    406: InvalidError,
    409: ConflictError,
    410: GoneError,
    413: InvalidError,
    415: InvalidError,
    422: InvalidError,
}
TROUBLE = (408, 500, 502, 503, 504)
LOST = [
    "drop-before",
    "drop-after",
    "reset-before",
    "reset-after",
    "truncate-after",
    "delay-after",
    "login_page-before",
    "login_page-after",
]
# Header and what follows: seconds that are asked for, "backoff" for no header at all, "later" for more than the budget.
RETRY_AFTER: dict[str, tuple[str | None, Any]] = {
    "none": (None, "backoff"),
    "seconds": ("3", 3),
    "blanks": ("  7 ", 7),
    "zero": ("0", "backoff"),
    "negative": ("-5", "backoff"),
    "fraction": ("1.5", "backoff"),
    "words": ("soon", "backoff"),
    "empty": ("", "backoff"),
    "date": ("Fri, 01 May 2026 06:00:10 GMT", 10),
    "rfc850": ("Friday, 01-May-26 06:00:10 GMT", 10),
    "asctime": ("Fri May  1 06:00:10 2026", 10),
    "past": ("Fri, 01 May 2026 05:00:00 GMT", "backoff"),
    "bad_date": ("Fri, 99 May 2026 06:00:10 GMT", "backoff"),
    "long": ("86400", "later"),
    "far_date": ("Sat, 02 May 2026 06:00:00 GMT", "later"),
}
SHORT = {"connect": 2, "read": 0.3, "total": 0.3}


class Repeats:
    """K3 to K6, K8, K15, K16."""

    def test_it_works(self, verb: Any) -> None:
        """Nothing goes wrong: success, one effect, every request accepted, JSON bodies with sorted members."""
        client, given = self.ready(verb)
        assert self.attempt(verb, client, given).is_done
        assert self.calls(verb) >= 1
        for one in self.box.calls(verb):
            if "json" in one.headers.get("content-type", ""):
                json.loads(one.body, object_pairs_hook=_sorted)
        if verb.writes:
            assert self.effects(verb) >= 1
        assert not self.waits

    def test_the_same_again_has_no_effect(self, sure: Any) -> None:
        """K15: the same write by another run changes nothing."""
        client, given = self.ready(sure)
        self.attempt(sure, client, given)
        first = self.effects(sure)
        assert self.attempt(sure, self.client(), given).is_done
        assert self.effects(sure) == first

    @pytest.mark.parametrize("status", STOPS)
    def test_a_refusal_ends_the_call(self, verb: Any, status: int) -> None:
        """K3: one request, the error of its class or a result that tells it, no effect, nothing of the answer's prose."""
        if status in verb.answers:
            pytest.skip(f"{status} is an answer of {verb.name}")
        client, given = self.ready(verb)
        self.box.fault(verb, "status", times=None, value={"status": status, "body": self.leaky()})
        outcome = self.attempt(verb, client, given)
        assert not outcome.is_done
        if outcome.error is not None or not verb.writes:
            assert isinstance(outcome.error, verb.meanings.get(status, STOPS[status])), outcome
            assert outcome.error.system == (self.named or self.system)
        assert (self.calls(verb), self.effects(verb), self.waits) == (1, 0, [])

    @pytest.mark.parametrize("when", ["before", "after"])
    @pytest.mark.parametrize("status", TROUBLE)
    def test_trouble_once(self, verb: Any, status: int, when: str) -> None:
        """K3, K5, K6: a status that leaves the effect open, once."""
        if status in verb.not_taken and when == "after":
            pytest.skip(f"{status} says that nothing was done")
        client, given = self.ready(verb)
        self.box.fault(verb, "status", when=when, value={"status": status, "body": self.leaky()})
        outcome = self.attempt(verb, client, given)
        if status in verb.not_taken:
            self.judge_refused_once(verb, outcome)
        else:
            self.judge_lost_once(verb, outcome, when)

    @pytest.mark.parametrize("fault", LOST)
    def test_answer_lost_once(self, verb: Any, fault: str) -> None:
        """K5, K6, K7: the connection breaks, stalls, or somebody else answers, before or after the effect."""
        kind, when = fault.split("-")
        self.skip_harmless(verb, kind)
        client, given = self.ready(verb, **({"timeouts": SHORT} if kind == "delay" else {}))
        self.box.fault(verb, kind, when=when, value=0.8 if kind == "delay" else None)
        self.judge_lost_once(verb, self.attempt(verb, client, given), when)

    @pytest.mark.parametrize("status", TROUBLE)
    def test_trouble_without_end(self, verb: Any, status: int) -> None:
        """K3: so many tries and no more, waits within the budget, then the error that Airflow understands."""
        client, given = self.ready(verb)
        self.box.fault(verb, "status", times=None, value={"status": status, "body": self.leaky()})
        outcome = self.attempt(verb, client, given)
        self.judge_lost_for_good(verb, outcome, once=status == 500, taken=status not in verb.not_taken)

    @pytest.mark.parametrize("fault", ["drop-before", "drop-after", "reset-before", "reset-after", "truncate-after", "dribble-after"])
    def test_answers_lost_without_end(self, verb: Any, fault: str) -> None:
        """K5, K6, K8: no answer ever comes whole, or in time."""
        if fault in verb.harmless:
            pytest.skip(f"{fault} is only slow for {verb.name}")
        kind, when = fault.split("-")
        self.skip_harmless(verb, kind)
        client, given = self.ready(verb, **({"timeouts": SHORT} if kind == "dribble" else {}))
        self.box.fault(verb, kind, when=when, times=None, value=0.1 if kind == "dribble" else None)
        self.judge_lost_for_good(verb, self.attempt(verb, client, given), once=False, when=when)

    @pytest.mark.parametrize("fault", ["reset-before", "status-before", "status-after"])
    def test_waits_that_the_contract_states(self, sure: Any, fault: str) -> None:
        """K3: a contract's own waits after lost answers are kept, up to a tenth longer."""
        if not self.lost_waits_s:
            pytest.skip("the contract states no waits of its own")
        kind, when = fault.split("-")
        client, given = self.ready(sure)
        self.box.fault(sure, kind, when=when, times=None, value={"status": 500} if kind == "status" else None)
        assert isinstance(self.attempt(sure, client, given).error, ServerError)
        assert all(low <= wait <= low * 1.1 for low, wait in zip(self.lost_waits_s, self.waits, strict=True))

    @pytest.mark.parametrize("form", RETRY_AFTER)
    def test_retry_after(self, verb: Any, form: str) -> None:
        """K4: asked to slow down once, with a header in each form."""
        header, expected = RETRY_AFTER[form]
        client, given = self.ready(verb)
        headers = {} if header is None else {"Retry-After": header}
        self.box.fault(verb, "status", value={"status": 429, "body": self.leaky(), "headers": headers})
        outcome = self.attempt(verb, client, given)
        if expected == "later":
            assert isinstance(outcome.error, TryAgainLaterError)
            assert outcome.error.not_before is not None
            assert timedelta(hours=24) <= outcome.error.not_before - self.now <= timedelta(hours=27)
            assert (self.calls(verb), self.effects(verb), self.waits) == (1, 0, [])
            return
        self.judge_refused_once(verb, outcome)
        low, high = self.busy_s if expected == "backoff" else (expected, expected * 1.1)
        assert [low <= wait <= high for wait in self.waits] == [True]

    @pytest.mark.parametrize("status", [425, 429])
    def test_asked_to_slow_down_without_end(self, verb: Any, status: int) -> None:
        """K4: so many tries and no more, then Airflow reschedules at a stated moment."""
        client, given = self.ready(verb)
        self.box.fault(verb, "status", times=None, value={"status": status, "body": self.leaky()})
        outcome = self.attempt(verb, client, given)
        assert isinstance(outcome.error, TryAgainLaterError)
        assert outcome.error.not_before is not None
        assert outcome.error.not_before > self.now
        assert self.calls(verb) == (self.write_tries if verb.writes else self.read_tries)
        assert self.effects(verb) == 0
        self.judge_waits()

    def test_nobody_is_there(self, verb: Any) -> None:
        """K16: nothing was sent for sure, so every class tries again, and then says so."""
        _, given = self.ready(verb)
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            client = self.client(address=f"http://127.0.0.1:{taken.getsockname()[1]}{self.base}")
            outcome = self.attempt(verb, client, given)
        assert isinstance(outcome.error, self.unreachable), outcome
        assert outcome.error.system == (self.named or self.system)
        assert (self.calls(verb), self.effects(verb)) == (0, 0)
        self.judge_waits()

    def judge_refused_once(self, verb: Any, outcome: Any) -> None:
        """Nothing was taken: every class tries again."""
        assert outcome.is_done, outcome
        self.judge_extra_calls(verb, 1)
        if verb.writes:
            assert self.effects(verb) == self.whole(verb)

    def judge_lost_once(self, verb: Any, outcome: Any, when: str) -> None:
        """Nobody knows what was taken: the class decides."""
        if verb.writes in {None, "A", "B"}:
            self.judge_refused_once(verb, outcome)
            return
        if outcome.is_done:
            assert verb.writes == "C"
            assert self.effects(verb) == self.whole(verb)
            assert self.calls(verb) == (1 if when == "after" else 2)
            assert self.waits, "read back at once: what was lost may still be on its way"
            return
        self.judge_unknown(verb, outcome)
        assert self.calls(verb) == 1
        assert self.effects(verb) == (self.whole(verb) if when == "after" else 0)

    def judge_lost_for_good(self, verb: Any, outcome: Any, *, once: bool, taken: bool = True, when: str = "before") -> None:
        """It never gets better."""
        self.judge_waits()
        if verb.writes in {None, "A", "B"} or not taken:
            assert isinstance(outcome.error, ServerError), outcome
            most = self.write_tries if verb.writes else self.read_tries
            assert self.calls(verb) == (2 if once and verb.writes and not self.lost_waits_s else most)
        elif not outcome.is_done:
            self.judge_unknown(verb, outcome)
            assert self.calls(verb) <= (self.write_tries if verb.writes == "C" and when == "before" else 1)
        if verb.writes:
            done = self.whole(verb) if when == "after" else 0
            assert self.effects(verb) == done
            assert not outcome.is_done or (verb.writes == "C" and done)

    def judge_unknown(self, verb: Any, outcome: Any) -> None:
        """Told as unknown: by the error, or in class C by a result that claims nothing."""
        assert not outcome.is_done
        assert isinstance(outcome.error, EffectUnknownError) or (verb.writes == "C" and outcome.error is None), outcome

    def judge_waits(self) -> None:
        """Never longer than the contract allows, each and all together."""
        longest_s = 1.1 * max(60, *self.lost_waits_s) if self.lost_waits_s else 66
        assert all(0 <= wait <= longest_s for wait in self.waits)
        assert sum(self.waits) <= self.budget_s

    def judge_extra_calls(self, verb: Any, extra: int) -> None:
        """So many more tries than a good run needs."""
        made = self.calls(verb) - extra
        assert made >= 1 if verb.small_pages else made == 1

    def whole(self, verb: Any) -> int:
        """Effects of one good run."""
        return int(verb.size)


def _sorted(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    assert names == sorted(names)
    return dict(pairs)
