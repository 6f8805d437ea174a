"""The delivery engine and what a system answers, or does not: what is waited for, told, and taken for delivered."""

from datetime import datetime, timedelta

import pytest
from told_port import DAY, Desk, Told, desk, unknown

from colophon.errors import RateLimitedError, RefusedError, ServerError, UnexpectedAnswerError, WrongAddressError

__all__ = ["desk"]


@pytest.mark.parametrize("kind", ["A", "B", "C", "D"])
def test_a_wrong_address_takes_nothing(desk: Desk, kind: str) -> None:
    """What is behind it is not the system: the run ends at once, all that was planned waits, and goes when the address is mended."""
    desk.plan(kind, 3)
    problem = WrongAddressError("there is something else")
    assert desk.run(Told(kind, [problem])).stopped_by is problem
    assert desk.states() == {"planned": 3}
    port = Told(kind)
    assert desk.run(port).counts == {"accepted": 3}
    assert [(d.tried, d.tried_at) for d in port.sent] == [(False, None)] * 3


@pytest.mark.parametrize("kind", ["A", "B", "C"])
def test_what_was_just_lost_is_looked_for_when_it_can_show(desk: Desk, kind: str) -> None:
    """The write shows a second later: it is looked for after that, found, and not sent again."""
    desk.plan(kind)
    port = Told(kind, [unknown()], found=lambda _: sum(desk.waited) >= port.settle_s)
    assert desk.run(port).counts == {"accepted": 1}
    assert len(port.sent) == 1
    assert desk.waited == [port.settle_s]


def test_what_a_dead_sender_lost_is_looked_for_when_it_can_show(desk: Desk) -> None:
    """It may have died a moment ago: its write shows a second later, is found, and not sent again."""
    desk.plan("C")
    desk.ledger.claim("uc", "kobo", owner="dead", lease_s=1, limit=1)
    desk.now += timedelta(minutes=1)
    port = Told("C", found=lambda _: sum(desk.waited) >= port.settle_s)
    assert desk.run(port).counts == {"accepted": 1}
    assert port.sent == []


def test_nothing_is_waited_for_where_no_answer_was_lost(desk: Desk) -> None:
    """Neither before the first try nor after a good one; a message to a person is not looked for at all."""
    for kind in "ABC":
        desk.plan(kind)
        desk.run(Told(kind))
    desk.plan("D", 2)
    desk.run(Told("D", [unknown()]))
    assert desk.waited == []


@pytest.mark.parametrize(("kind", "counts"), [("A", {"accepted": 1, "not_sent": 1}), ("D", {"accepted": 1, "unknown": 1})])
def test_what_an_answer_does_not_name_is_not_taken_for_delivered(desk: Desk, kind: str, counts: dict[str, int]) -> None:
    """It is looked for, and sent by the next try where the system does not hold it; a person decides on a message to a person."""
    desk.plan(kind, 2)
    done = desk.run(Told(kind, forgets=("isbn:1",)))
    assert done.counts == counts
    if kind == "A":
        assert isinstance(done.stopped_by, ServerError)
        port = Told(kind)
        assert desk.run(port).counts == {"accepted": 1}
        assert [(d.subject, d.tried) for d in port.sent] == [("isbn:1", True)]
    else:
        assert desk.states() == {"accepted": 1, "unknown": 1}
        assert done.refusals == [f"{desk.id_of('isbn:1')} unknown: [answer.missing] the answer does not name it"]


@pytest.mark.parametrize(("named", "minutes"), [(DAY + timedelta(hours=1), 60), (None, 1)])
def test_what_is_asked_to_wait_waits(desk: Desk, named: datetime | None, minutes: int) -> None:
    """Until the moment that the system names; a minute where it names none. The run says what stopped it."""
    desk.plan("A")
    problem = RateLimitedError("wait", not_before=named)
    assert desk.run(Told("A", [problem])).stopped_by is problem
    desk.now = DAY + timedelta(minutes=minutes, seconds=-1)
    assert desk.run(Told("A")).counts == {}
    desk.now += timedelta(seconds=1)
    assert desk.run(Told("A")).counts == {"accepted": 1}


def test_a_refusal_of_a_whole_call_stops_no_other(desk: Desk) -> None:
    """The deliveries in it have failed, and their reasons are told, twenty at most; what else waits goes."""
    desk.plan("A", 50)
    done = desk.run(Told("A", [RefusedError("no such recipient") for _ in range(12)]))
    assert (done.stopped_by, done.counts) == (None, {"refused": 24, "accepted": 26})
    assert desk.states() == {"failed": 24, "accepted": 26}
    assert done.codes == {RefusedError.code: 24}
    assert len(done.refusals) == 20
    assert all("refused: [refused" in line and "no such recipient" in line for line in done.refusals)


@pytest.mark.parametrize("kind", ["A", "B", "C"])
def test_a_system_in_trouble_stops_the_run_though_it_took_this_one(desk: Desk, kind: str) -> None:
    """What was read back is known; the error is told all the same, and the others wait."""
    desk.plan(kind, 3)
    problem = UnexpectedAnswerError("a login page")
    assert desk.run(Told(kind, [problem], found=lambda _: True, batch=1)).stopped_by is problem
    assert desk.states() == {"accepted": 1, "planned": 2}


def test_nothing_is_sent_where_all_was_found(desk: Desk) -> None:
    """No call is made for no delivery."""
    desk.plan("C")
    desk.ledger.claim("uc", "kobo", owner="dead", lease_s=1, limit=1)
    desk.now += timedelta(minutes=1)
    port = Told("C", [ServerError("in trouble")], found=lambda _: True)
    assert desk.run(port).stopped_by is None
    assert len(port.failures) == 1


def test_calls_that_leave_something_unknown_stop_the_run(desk: Desk) -> None:
    """Though each of them delivers something as well: the system is in trouble."""
    desk.plan("C", 20)
    done = desk.run(Told("C", forgets=tuple(f"isbn:{n}" for n in range(0, 20, 2)), lost=True))
    assert done.counts == {"accepted": 3, "unknown": 3}
    assert desk.states() == {"accepted": 3, "unknown": 3, "planned": 14}
