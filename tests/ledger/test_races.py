"""A transaction that loses a race for the same rows is run again, and not for ever."""

import pytest
from kobo import claim, intent
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from colophon.errors import TransportError
from colophon.ledger import Ledger
from colophon.ledger.statements import RaceLostError
from colophon.ledger.store import RACES, explained, repeat_races


class DriverError(Exception):
    """What a driver of PostgreSQL raises."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


def lost(problem: type[DBAPIError], sqlstate: str = "") -> DBAPIError:
    """What SQLAlchemy makes of it."""
    return problem("UPDATE", {}, DriverError(sqlstate))


class Work:
    """Fails so often, then is done."""

    def __init__(self, problem: Exception, times: int) -> None:
        self.problem, self.times, self.runs = problem, times, 0

    def __call__(self) -> str:
        self.runs += 1
        if self.runs <= self.times:
            raise self.problem
        return "done"


RACE = [lost(IntegrityError), RaceLostError()]


@pytest.mark.parametrize("problem", RACE, ids=["a key that was taken", "a row that moved"])
def test_what_lost_a_race_runs_again(problem: Exception) -> None:
    """Four races may be lost; the fifth is told."""
    assert RACES == 5
    work = Work(problem, 4)
    assert (repeat_races(work), work.runs) == ("done", 5)
    work = Work(problem, 5)
    with pytest.raises(TransportError, match="5 times in a row"):
        repeat_races(work)
    assert work.runs == 5


@pytest.mark.parametrize("sqlstate", ["40001", "40P01"], ids=["not in a row", "a deadlock"])
def test_what_postgresql_gives_up_for_others_is_a_lost_race(sqlstate: str) -> None:
    """It is run again like one."""
    with pytest.raises(RaceLostError), explained("sqlite://"):
        raise lost(OperationalError, sqlstate)


def test_what_is_no_race_is_told_at_once() -> None:
    """A disk that is full does not get emptier by trying again."""
    work = Work(lost(OperationalError, "53100"), 1)
    with pytest.raises(OperationalError):
        repeat_races(work)
    assert work.runs == 1


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)  # SQLite has one writer at a time
def test_a_claim_waits_for_no_other(ledger_url: str) -> None:
    """What another one is just claiming is left to it; the next deliveries are taken at once."""
    with Ledger.open(f"{ledger_url}&options=-c%20lock_timeout%3D3s") as ledger:
        ledger.plan([intent("isbn:1"), intent("isbn:2")])
        with ledger.begin() as other:
            other.exec_driver_sql("SELECT id FROM deliveries WHERE subject = 'isbn:1' FOR UPDATE")
            assert [delivery.subject for delivery in claim(ledger)] == ["isbn:2"]
        assert [delivery.subject for delivery in claim(ledger)] == ["isbn:1"]
