"""The delivery engine with a port that does as it is told: what is known after each failure, and who goes next."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from told_port import DAY, Desk, Told, desk, unknown

from colophon.deliver import UNKNOWN_IN_A_ROW
from colophon.domain.delivery import Delivery, Verdict
from colophon.errors import (
    EffectUnknownError,
    NotTakenError,
    RateLimitedError,
    ServerError,
    TransportError,
    UnexpectedAnswerError,
)

__all__ = ["desk"]


@pytest.mark.parametrize("kind", ["A", "B"])
def test_a_lost_answer_is_remembered_for_as_long_as_it_takes(desk: Desk, kind: str) -> None:
    """Not there when looked for, then refused for want of a connection, then a month passes: it still comes back as tried."""
    desk.plan(kind)
    assert isinstance(desk.run(Told(kind, [ServerError("lost")])).stopped_by, ServerError)
    desk.now += timedelta(minutes=5)
    desk.run(Told(kind, [TransportError("not reached")]))
    desk.now += timedelta(days=31)
    port = Told(kind)
    assert desk.run(port).counts == {"accepted": 1}
    assert [(d.tried, d.tried_at) for d in port.sent] == [(True, DAY)]


def test_what_never_left_is_not_tried(desk: Desk) -> None:
    """No connection, asked to wait, or told that nothing was taken: the next one sends without a look; a message to a person, too."""
    desk.plan("D")
    for problem in (TransportError("not reached"), RateLimitedError("wait", not_before=DAY), NotTakenError("in trouble")):
        assert desk.run(Told("D", [problem])).counts == {"not_sent": 1}
    port = Told("D")
    desk.run(port)
    assert [(d.tried, d.tried_at) for d in port.sent] == [(False, None)]


def test_asked_to_wait_after_a_lost_answer(desk: Desk) -> None:
    """An earlier try of the same call may have been taken: tried."""
    desk.plan("A")
    problem = RateLimitedError("wait", not_before=DAY)
    problem.may_have_gone = True
    desk.run(Told("A", [problem]))
    port = Told("A")
    desk.run(port)
    assert [d.tried for d in port.sent] == [True]


def test_a_known_outcome_ends_the_doubt(desk: Desk) -> None:
    """Sent again by hand after it was accepted and failed at its target, it goes like a new one."""
    desk.plan("A")
    desk.run(Told("A", [ServerError("lost")]))
    port = Told("A")
    desk.run(port)
    with desk.ledger.begin() as connection:
        connection.exec_driver_sql("UPDATE deliveries SET state = 'failed'")
    desk.ledger.redrive("uc", "kobo")
    desk.run(port)
    assert [d.tried for d in port.sent] == [True, False]


def test_a_sender_that_died_is_remembered_after_its_row_changed_hands(desk: Desk) -> None:
    """Taken over under the same name and not sent then: the one after that still looks first."""
    desk.plan("C")
    desk.ledger.claim("uc", "kobo", owner="me", lease_s=1, limit=1)
    desk.now += timedelta(hours=1)
    assert desk.run(Told("C", [TransportError("not reached")])).counts == {"not_sent": 1}
    port = Told("C", found=lambda _: True)
    assert desk.run(port).counts == {"accepted": 1}
    assert port.sent == []


@pytest.mark.parametrize("kind", ["A", "B", "C"])
def test_what_cannot_be_read_back_now_waits(desk: Desk, kind: str) -> None:
    """It is neither sent nor given up for unknown: the next try looks, and finds it."""
    desk.plan(kind)
    assert isinstance(desk.run(Told(kind, [ServerError("lost")], blind=True)).stopped_by, ServerError)
    assert desk.states() == {"planned": 1}
    if kind == "C":
        still_blind = Told(kind, blind=True)
        assert isinstance(desk.run(still_blind).stopped_by, ServerError)
        assert still_blind.sent == []
    port = Told(kind, found=lambda _: True)
    desk.run(port)
    assert desk.states() == {"accepted": 1}
    assert len(port.sent) == (0 if kind == "C" else 1)


def test_class_c_found_by_reading_back_is_no_trouble(desk: Desk) -> None:
    """The answer was lost and the system has it: the others go on, and the task is green."""
    desk.plan("C", 4)
    done = desk.run(Told("C", [unknown()], found=lambda _: True))
    assert (done.stopped_by, done.counts) == (None, {"accepted": 4})


def test_class_c_that_is_absent_is_sent_by_the_next_try(desk: Desk) -> None:
    """The error is one after which Airflow tries again."""
    desk.plan("C")
    assert isinstance(desk.run(Told("C", [unknown()])).stopped_by, ServerError)
    assert desk.run(Told("C")).counts == {"accepted": 1}


def test_class_c_of_which_nobody_can_know_is_for_a_person(desk: Desk) -> None:
    """The system says that it cannot know: asked once, stays unknown, and the task shows it. Nothing is sent again."""
    desk.plan("C")
    done = desk.run(Told("C", [unknown()], lost=True))
    assert (done.counts, type(done.stopped_by)) == ({"unknown": 1}, EffectUnknownError)
    assert desk.run(Told("C")).counts == {}


def test_class_c_of_which_nobody_can_know_after_a_crash(desk: Desk) -> None:
    """The same where the sender died: the run ends, and the others have gone."""
    desk.plan("C", 3)
    desk.ledger.claim("uc", "kobo", owner="dead", lease_s=1, limit=1)
    desk.now += timedelta(minutes=1)
    port = Told("C", lost=True, batch=1)
    done = desk.run(port, owner="next")
    assert (done.counts, type(done.stopped_by)) == ({"unknown": 1, "accepted": 2}, EffectUnknownError)
    assert len(port.sent) == 2


def test_class_d_one_unknown_stops_no_other(desk: Desk) -> None:
    """The others go in the same run; the task is red for the one that nobody knows."""
    desk.plan("D", 5)
    done = desk.run(Told("D", [unknown()]))
    assert isinstance(done.stopped_by, EffectUnknownError)
    assert done.counts == {"unknown": 1, "accepted": 4}


def test_class_d_many_unknown_in_a_row_stop_the_run(desk: Desk) -> None:
    """A system in trouble does not make every delivery unknown."""
    assert UNKNOWN_IN_A_ROW == 3
    desk.plan("D", 9)
    done = desk.run(Told("D", [unknown() for _ in range(9)]))
    assert done.counts == {"unknown": UNKNOWN_IN_A_ROW}
    assert desk.states() == {"unknown": UNKNOWN_IN_A_ROW, "planned": 9 - UNKNOWN_IN_A_ROW}


def test_class_d_another_error_stops_at_once(desk: Desk) -> None:
    """What concerns all deliveries ends the run, also after an unknown one."""
    desk.plan("D", 5)
    problem = UnexpectedAnswerError("a login page")
    done = desk.run(Told("D", [unknown(), problem]))
    assert (done.stopped_by, sum(done.counts.values())) == (problem, 2)


class Slow(Told):
    """A port whose reading back takes minutes each, in which something may happen."""

    def read_back(self, delivery: Delivery) -> Verdict | None:
        for happen in self.while_reading:
            happen()
        return None

    while_reading: tuple[Callable[[], object], ...] = ()


def slow(desk: Desk, *more: Callable[[], object], minutes: int = 10) -> Slow:
    """A port of class C that moves the clock with each look."""

    def pass_time() -> None:
        desk.now += timedelta(minutes=minutes)

    port = Slow("C")
    port.while_reading = (pass_time, *more)
    return port


@pytest.mark.parametrize("minutes", [8, 10])
def test_a_lease_is_lengthened_while_a_run_looks_before_it_sends(desk: Desk, minutes: int) -> None:
    """Two looks under a lease of fifteen minutes, each for more than half of it: another run finds nothing to take over, each goes once."""
    desk.plan("C", 2)
    desk.ledger.claim("uc", "kobo", owner="dead", lease_s=60, limit=2)
    desk.now += timedelta(hours=1)
    other = Told("C")
    port = slow(desk, lambda: desk.run(other, owner="other"), minutes=minutes)
    assert desk.run(port).counts == {"accepted": 2}
    assert (len(port.sent), other.sent) == (2, [])


def test_what_another_run_took_over_is_not_sent(desk: Desk) -> None:
    """A look of forty minutes outlives the lease; the other run has sent by then, and this one leaves it at that."""
    desk.plan("C")
    desk.ledger.claim("uc", "kobo", owner="dead", lease_s=60, limit=2)
    desk.now += timedelta(hours=1)
    other = Told("C")

    def pass_time() -> None:
        desk.now += timedelta(minutes=30)

    port = slow(desk, pass_time, lambda: desk.run(other, owner="other"))
    desk.run(port)
    assert (port.sent, len(other.sent)) == ([], 1)
    assert desk.states() == {"accepted": 1}
