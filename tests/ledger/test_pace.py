"""One limit for each account, whoever calls it: several clients of one account together go no faster than one may."""

import logging
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from colophon.environment import REAL, use
from colophon.errors import RateLimitedError
from colophon.http.pacing import SLACK, Pacing, paced_by
from colophon.http.settings import HttpSettings
from colophon.ledger.pace import LedgerPace

ACCOUNT = "xconnector:one"


class Day:
    """A clock that goes on only while somebody waits."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 5, 1, tzinfo=UTC)

    def sleep(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@pytest.fixture
def day(ledger_url: str) -> Iterator[Day]:
    """One clock for all; PostgreSQL goes by its own."""
    if not ledger_url.startswith("sqlite"):
        pytest.skip("the clock of PostgreSQL cannot be stopped")
    found = Day()
    with use(replace(REAL, clock=lambda: found.moment, monotonic=lambda: found.moment.timestamp(), sleep=found.sleep)):
        yield found


@pytest.fixture
def member(ledger_url: str) -> Iterator[Callable[..., Pacing]]:
    """A client's gate, with a pace of its own in the ledger."""
    paces: list[LedgerPace] = []

    def make(account: str = ACCOUNT, url: str = ledger_url, sleep: Callable[[float], None] = time.sleep, **settings: float) -> Pacing:
        paces.append(LedgerPace(account, lambda: url))
        with paced_by(paces[-1]):
            return Pacing(HttpSettings("https://house.test", start_jitter_s=0, **settings), sleep=sleep, random=lambda: 0.0)

    yield make
    for pace in paces:
        pace.close()


def test_clients_of_one_account_share_its_limit(day: Day, member: Callable[..., Pacing]) -> None:
    """Six clients that may make two calls a second make two calls a second, all together."""
    gates = [member(max_per_second=2, sleep=day.sleep) for _ in range(6)]
    began, starts = day.moment, []
    for _ in range(3):
        for gate in gates:
            with gate.turn():
                starts.append((day.moment - began).total_seconds())
    assert starts == pytest.approx([number / 2 * SLACK for number in range(18)])


def test_other_accounts_go_at_their_own_pace(day: Day, member: Callable[..., Pacing]) -> None:
    """What one account has used up is no concern of another."""
    one, other = member(max_per_second=1, sleep=day.sleep), member("xconnector:other", max_per_second=1, sleep=day.sleep)
    began = day.moment
    for gate in (one, other):
        with gate.turn():
            pass
    assert day.moment == began


def test_a_pause_that_one_was_asked_for_holds_all(day: Day, member: Callable[..., Pacing]) -> None:
    """Also those without a limit, and those that have a slot already; one that can wait no longer says until when."""
    asked, limited, unlimited = member(sleep=day.sleep), member(max_per_second=5, sleep=day.sleep), member(sleep=day.sleep)
    for gate in (limited, unlimited):
        with gate.turn():
            pass
    day.sleep(1)
    asked.pause(40)
    began = day.moment
    with limited.turn():
        assert day.moment >= began + timedelta(seconds=40)
    with unlimited.turn():
        pass
    asked.pause(3600)
    day.sleep(1)
    with pytest.raises(RateLimitedError) as caught, unlimited.turn():
        pass
    assert caught.value.not_before == pytest.approx(day.moment + timedelta(seconds=3599), abs=timedelta(seconds=1))
    with pytest.raises(RateLimitedError), limited.turn():
        pass


def test_a_turn_that_nobody_waits_for_is_not_taken(day: Day, member: Callable[..., Pacing]) -> None:
    """Calls that give up do not push those behind them back."""
    hurried, patient = (member(max_per_second=1, budget_s=budget, sleep=day.sleep) for budget in (0.5, 100))
    began = day.moment
    with patient.turn():
        pass
    for _ in range(10):
        with pytest.raises(RateLimitedError), hurried.turn():
            pass
    with patient.turn():
        assert day.moment == began + timedelta(seconds=SLACK)


def test_a_fast_account_costs_few_transactions(day: Day, member: Callable[..., Pacing], monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred calls a second take their slots by the tenth of a second and are not slower for it."""
    moves = []
    inner = LedgerPace.reserve
    monkeypatch.setattr(LedgerPace, "reserve", lambda self, *given: moves.append(given) or inner(self, *given))
    gate, began = member(max_per_second=200, sleep=day.sleep), day.moment
    for _ in range(100):
        with gate.turn():
            pass
    assert (day.moment - began).total_seconds() == pytest.approx(99 / 200 * SLACK, abs=0.01)
    assert len(moves) < 20


def test_processes_share_the_limit(ledger_url: str, member: Callable[..., Pacing], tmp_path: Path) -> None:
    """Four processes, twenty calls a second for all of them."""
    children = []
    for number in range(4):
        if not (pid := os.fork()):
            gate = member(max_per_second=20)
            for _ in range(6):
                with gate.turn(), (tmp_path / f"starts-{number}").open("a") as file:
                    file.write(f"{time.time()}\n")
            os._exit(0)
        children.append(pid)
    assert [os.waitpid(pid, 0)[1] for pid in children] == [0] * 4
    starts = sorted(float(line) for file in tmp_path.glob("starts-*") for line in file.read_text().split())
    assert len(starts) == 24
    busiest = max(sum(1 for other in starts if start <= other < start + 0.5) for start in starts)
    assert busiest <= 12


@pytest.mark.parametrize("url", ["sqlite:////nowhere/at/all.db", "postgresql+psycopg://127.0.0.1:1/none", "no address"])
def test_without_a_ledger_each_process_has_the_limit_and_says_so_once(
    day: Day, member: Callable[..., Pacing], url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The calls go on, two a second, and nothing is made where the ledger should be."""
    gate, began = member(url=url, max_per_second=2, sleep=day.sleep), day.moment
    with caplog.at_level(logging.WARNING):
        for _ in range(200):
            with gate.turn():
                pass
    assert (day.moment - began).total_seconds() == pytest.approx(99.5 * SLACK)
    assert [record.message.partition(":")[0] for record in caplog.records] == ["Calls of xconnector"]


def test_a_pause_holds_on_every_database(member: Callable[..., Pacing]) -> None:
    """In true time: another client of the account begins when the pause is over, and not before."""
    asked, other = member(), member(max_per_second=100)
    asked.pause(0.5)
    began = time.monotonic()
    with other.turn():
        assert 0.4 <= time.monotonic() - began < 5
