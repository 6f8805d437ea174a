"""A call that outlasts its lease: what the system took is neither lost nor sent again, and every try ends in the story."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from moving_clock import Clock

from colophon.deliver import Summary, check_lease, deliver
from colophon.domain.delivery import Delivery, Intent, Judgement, OutcomeEvent, Verdict
from colophon.errors import BadConfigError, TransportError
from colophon.http.retry import time_left_s
from colophon.ledger import Ledger

DAY = datetime(2026, 5, 1, tzinfo=UTC)


@dataclass
class Told:
    """A port; `during` happens within its call, before it is answered."""

    delivery_class: str
    result: str = "accepted"
    during: Callable[[], object] = lambda: None
    batch: int = 1
    settle_s: float = 0.0
    longest_s: float = 0.0
    sent: list[Delivery] = field(default_factory=list)

    def send(self, deliveries: Sequence[Delivery]) -> list[Verdict]:
        self.sent += deliveries
        self.during()
        return [Verdict(d.id, self.result, "job-1" if self.result == "accepted" else None, "code") for d in deliveries]

    def read_back(self, _: Delivery) -> Verdict | None:
        return None


@pytest.fixture
def clock() -> Clock:
    """At the first of May."""
    return Clock(DAY)


@pytest.fixture
def ledger(ledger_url: str, clock: Clock) -> Iterator[Ledger]:
    """An empty ledger."""
    with Ledger.open(ledger_url, clock=clock) as opened:
        yield opened


def plan(ledger: Ledger, kind: str, content: bytes = b"one", days: int = 0) -> None:
    ledger.plan([Intent("uc", "kobo", "isbn:1", kind, content, "text/plain", DAY + timedelta(days=days))])


def run(ledger: Ledger, port: Told, owner: str, sleep: Callable[[float], object] = lambda _: None) -> Summary:
    return deliver(ledger, port, use_case="uc", destination="kobo", owner=owner, lease_s=900, sleep=sleep)


def only(ledger: Ledger) -> tuple[str, str | None, list[str]]:
    """State, remote id and the results of all tries of the newest row."""
    row = ledger.newest("uc", "kobo")[-1]
    story = ledger.desk.story(row.delivery_id)
    assert all((attempt.ended_at is None) == (attempt.result == "started") for attempt in story.attempts)
    return row.state, row.remote_id, [attempt.result for attempt in story.attempts]


def meanwhile(ledger: Ledger, clock: Clock, *more: Callable[[], object]) -> Callable[[], None]:
    """A quarter of an hour passes, and another run begins."""

    def happens() -> None:
        clock.now += timedelta(seconds=901)
        for happen in more:
            happen()

    return happens


def test_class_d_that_was_given_up_is_accepted_when_its_answer_comes(ledger: Ledger, clock: Clock) -> None:
    """Another run called it unknown; the answer settles it, and no person has to."""
    plan(ledger, "D")
    other = Told("D")
    run(ledger, Told("D", during=meanwhile(ledger, clock, lambda: run(ledger, other, "b"))), "a")
    assert (other.sent, only(ledger)) == ([], ("accepted", "job-1", ["accepted"]))


@pytest.mark.parametrize(("result", "state"), [("refused", "failed"), ("not_sent", "planned"), ("unknown", "unknown")])
def test_class_d_that_was_given_up_and_surely_did_not_go(ledger: Ledger, clock: Clock, result: str, state: str) -> None:
    """It is refused, or waits again; what nobody knows stays unknown."""
    plan(ledger, "D")
    port = Told("D", result, meanwhile(ledger, clock, lambda: ledger.claim("uc", "kobo", owner="b", lease_s=9, limit=1)))
    claimed = ledger.claim("uc", "kobo", owner="a", lease_s=900, limit=1)
    ledger.finish(port.send(claimed), owner="a")
    assert only(ledger)[0] == state


def test_a_try_that_was_given_up_is_closed_in_the_story(ledger: Ledger, clock: Clock) -> None:
    """Its sender is dead: lost, and not going on for ever."""
    plan(ledger, "D")
    ledger.claim("uc", "kobo", owner="dead", lease_s=900, limit=1)
    clock.now += timedelta(hours=1)
    assert ledger.claim("uc", "kobo", owner="b", lease_s=900, limit=1) == []
    assert only(ledger) == ("unknown", None, ["lost"])


def test_a_person_has_the_last_word_on_what_was_given_up(ledger: Ledger, clock: Clock) -> None:
    """Settled as failed before the late answer came: it stays failed."""
    plan(ledger, "D")
    (delivery,) = ledger.claim("uc", "kobo", owner="a", lease_s=900, limit=1)
    clock.now += timedelta(hours=1)
    ledger.claim("uc", "kobo", owner="b", lease_s=900, limit=1)
    ledger.resolve_by_operator(delivery.id, "failed", by="ann", why="I called them")
    ledger.finish([Verdict(delivery.id, "accepted", "job-1")], owner="a")
    assert only(ledger)[:2] == ("failed", "job-1")


def test_an_answer_that_comes_late_ends_its_try_when_it_comes(ledger: Ledger, clock: Clock) -> None:
    """Not when the try was given up."""
    plan(ledger, "D")
    (delivery,) = ledger.claim("uc", "kobo", owner="a", lease_s=900, limit=1)
    clock.now += timedelta(hours=1)
    ledger.claim("uc", "kobo", owner="b", lease_s=900, limit=1)
    clock.now += timedelta(hours=1)
    ledger.finish([Verdict(delivery.id, "accepted", "job-1")], owner="a")
    assert [attempt.ended_at for attempt in ledger.desk.story(delivery.id).attempts] == [clock.now]


def test_an_older_try_that_did_not_go_says_nothing_of_the_newest(ledger: Ledger, clock: Clock) -> None:
    """What became of the second try nobody knows: that the first one was refused does not settle it."""
    plan(ledger, "C")
    (delivery,) = ledger.claim("uc", "kobo", owner="slow", lease_s=900, limit=1)
    clock.now += timedelta(seconds=901)
    ledger.claim("uc", "kobo", owner="next", lease_s=900, limit=1)
    ledger.finish([Verdict(delivery.id, "unknown")], owner="next")
    ledger.finish([Verdict(delivery.id, "refused")], owner="slow")
    assert only(ledger)[0] == "unknown"


def test_class_c_is_not_sent_again_when_the_answer_comes_before(ledger: Ledger, clock: Clock) -> None:
    """The next run waits for the settle time, hears that the slow one was answered, and sends nothing."""
    plan(ledger, "C")
    (delivery,) = ledger.claim("uc", "kobo", owner="slow", lease_s=900, limit=1)
    clock.now += timedelta(seconds=901)
    port = Told("C")
    done = run(ledger, port, "next", lambda _: ledger.finish([Verdict(delivery.id, "accepted", "job-1")], owner="slow"))
    assert (port.sent, done.counts) == ([], {"accepted": 1})
    assert only(ledger) == ("accepted", "job-1", ["accepted", "accepted"])


def test_what_waits_again_is_not_sent_when_the_answer_comes(ledger: Ledger, clock: Clock) -> None:
    """The next run took it over and could not send it: the slow one's answer settles it."""
    plan(ledger, "C")
    (delivery,) = ledger.claim("uc", "kobo", owner="slow", lease_s=900, limit=1)
    clock.now += timedelta(seconds=901)
    ledger.claim("uc", "kobo", owner="next", lease_s=900, limit=1)
    ledger.finish([Verdict(delivery.id, "not_sent")], owner="next")
    ledger.finish([Verdict(delivery.id, "accepted", "job-1")], owner="slow")
    assert only(ledger)[:2] == ("accepted", "job-1")
    assert run(ledger, Told("C"), "third").counts == {}


def test_what_another_holds_stays_his(ledger: Ledger, clock: Clock) -> None:
    """His try goes on, and his result counts; a stranger's says nothing."""
    plan(ledger, "A")
    (delivery,) = ledger.claim("uc", "kobo", owner="slow", lease_s=900, limit=1)
    clock.now += timedelta(seconds=901)
    ledger.claim("uc", "kobo", owner="next", lease_s=900, limit=1)
    assert ledger.finish([Verdict(delivery.id, "refused")], owner="slow") == 0
    assert ledger.finish([Verdict(delivery.id, "accepted", "m-9")], owner="stranger") == 0
    assert only(ledger) == ("in_flight", None, ["lost", "started"])
    assert ledger.finish([Verdict(delivery.id, "accepted", "m-2")], owner="next") == 1
    assert only(ledger)[:2] == ("accepted", "m-2")


def test_what_is_withdrawn_and_was_taken_says_so(ledger: Ledger, clock: Clock) -> None:
    """Class B: no longer wanted while it was sent, its sender given up; what it took shows."""
    plan(ledger, "B")
    (delivery,) = ledger.claim("uc", "kobo", owner="slow", lease_s=900, limit=1)
    ledger.enter("uc", {"kobo": Judgement(subjects=["isbn:1"], settled=["isbn:1"])}, as_of=DAY, run="r")
    clock.now += timedelta(seconds=901)
    ledger.claim("uc", "kobo", owner="next", lease_s=900, limit=1)
    assert ledger.counts("uc") == {"kobo": {"withdrawn": 1}}
    ledger.finish([Verdict(delivery.id, "accepted", "job-1")], owner="slow")
    assert only(ledger) == ("accepted", "job-1", ["accepted"])


def test_what_a_system_reports_before_its_answer_keeps_the_answers_id(ledger: Ledger) -> None:
    """The report came in while the call went on: its rank stays, the id is kept, the try ends."""
    plan(ledger, "A")
    (delivery,) = ledger.claim("uc", "kobo", owner="a", lease_s=900, limit=1)
    ledger.record_outcomes([OutcomeEvent(delivery.id, "sent", DAY, "xconnector", "m-1", raw_state="sent")])
    ledger.finish([Verdict(delivery.id, "accepted", "m-1")], owner="a")
    assert only(ledger) == ("sent", "m-1", ["sent"])
    assert list(ledger.under_way("uc", "kobo")) == ["m-1"]


def test_many_calls_in_one_go_keep_their_lease(ledger: Ledger, clock: Clock) -> None:
    """Each lengthens it: an hour of calls, and no other run takes anything over."""
    plan(ledger, "A")
    left, other = [], Told("A")

    def an_hour_of_calls() -> None:
        for _ in range(9):
            left.append(time_left_s())
            clock.now += timedelta(seconds=400)
            run(ledger, other, "b")

    done = run(ledger, Told("A", during=an_hour_of_calls), "a")
    assert (other.sent, done.counts) == ([], {"accepted": 1})
    assert all(400 < seconds <= 900 for seconds in left)


def test_a_long_call_has_a_whole_lease_before_it(ledger: Ledger, clock: Clock) -> None:
    """It is told to last up to ten minutes: no call begins with less than that."""
    plan(ledger, "A")
    left: list[float] = []

    def calls() -> None:
        for _ in range(5):
            left.append(time_left_s())
            clock.now += timedelta(seconds=200)

    run(ledger, Told("A", during=calls, longest_s=600.0), "a")
    assert min(left) >= 600


def test_a_call_that_has_lost_its_lease_is_not_made(ledger: Ledger, clock: Clock) -> None:
    """Another run has taken over: what is left of this one's calls is not made, and nothing of its is written."""
    plan(ledger, "A")

    def too_late() -> None:
        clock.now += timedelta(seconds=901)
        ledger.claim("uc", "kobo", owner="b", lease_s=900, limit=1)
        time_left_s()

    done = run(ledger, Told("A", during=too_late), "a")
    assert isinstance(done.stopped_by, TransportError)
    assert only(ledger) == ("in_flight", None, ["lost", "started"])


def test_a_lease_too_short_for_a_call_is_refused() -> None:
    """With what to set."""
    with pytest.raises(BadConfigError, match="may last 600 s") as caught:
        check_lease(Told("A", longest_s=600.0), 601)
    wanted = re.search(r"lease_seconds in limits.yaml to (\d+) or more", caught.value.advice)
    assert wanted
    assert 630 <= int(wanted[1]) <= 633, "600 s, and a twentieth for the result"
    check_lease(Told("A", longest_s=600.0), int(wanted[1]))
