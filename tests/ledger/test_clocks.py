"""Whose clock counts: on PostgreSQL the database's, for what several machines must agree on."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from colophon import environment
from colophon.domain.delivery import Intent, Verdict
from colophon.errors import LedgerDamagedError
from colophon.ledger import Ledger, upgrade

DAY = datetime(2026, 5, 1, tzinfo=UTC)
SKEWS = [timedelta(minutes=20), timedelta(minutes=-20)]


@pytest.fixture
def postgres_url(ledger_url: str) -> Iterator[str]:
    """A ledger on a server, in the machine's own time."""
    if ledger_url.startswith("sqlite"):
        pytest.skip("SQLite is on one machine; COLOPHON_LEDGER_URL names a PostgreSQL where there is one")
    with environment.use(environment.REAL):
        yield ledger_url


def of_class(kind: str, subject: str = "isbn:1") -> Intent:
    return Intent("uc", "kobo", subject, kind, b"{}", "application/json", DAY)


@pytest.mark.parametrize("kind", ["C", "D"])
@pytest.mark.parametrize("skew", SKEWS, ids=["ahead", "behind"])
def test_a_worker_with_a_wrong_clock_takes_nothing_over(postgres_url: str, kind: str, skew: timedelta) -> None:
    """Neither it from another, nor another from it."""
    with Ledger.open(postgres_url) as right, Ledger.open(postgres_url, clock=lambda: environment.now() + skew) as wrong:
        for subject, (holder, other) in {"isbn:1": (right, wrong), "isbn:2": (wrong, right)}.items():
            right.plan([of_class(kind, subject)])
            (held,) = holder.claim("uc", "kobo", owner="holder", lease_s=900, limit=1)
            assert other.claim("uc", "kobo", owner="other", lease_s=900, limit=1) == []
            assert holder.renew([held.id], owner="holder", lease_s=900) == {held.id}
            assert other.claim("uc", "kobo", owner="other", lease_s=900, limit=1) == []
            assert holder.finish([Verdict(held.id, "accepted")], owner="holder") == 1
        assert right.counts("uc") == {"kobo": {"accepted": 2}}


def test_a_lease_ends_by_the_databases_clock(postgres_url: str) -> None:
    """Half an hour behind or not: what nobody holds any more is taken over."""
    with Ledger.open(postgres_url, clock=lambda: environment.now() - timedelta(minutes=30)) as ledger:
        ledger.plan([of_class("A")])
        ledger.claim("uc", "kobo", owner="dead", lease_s=-1, limit=1)
        assert [d.tried for d in ledger.claim("uc", "kobo", owner="b", lease_s=900, limit=1)] == [True]


def test_the_difference_of_the_clocks_is_told(postgres_url: str) -> None:
    """In seconds, with its sign."""
    for skew in SKEWS:
        with Ledger.open(postgres_url, clock=lambda skew=skew: environment.now() + skew) as ledger:
            ahead_s = ledger.ahead_s()
        assert ahead_s is not None
        assert abs(ahead_s - skew.total_seconds()) < 5


def test_a_file_has_no_clock_of_its_own(tmp_path) -> None:
    """Nothing is told of it."""
    upgrade(f"sqlite:///{tmp_path / 'ledger.db'}")
    with Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}") as ledger:
        assert ledger.ahead_s() is None


@pytest.mark.parametrize("damage", ["no database", "malformed"])
def test_a_damaged_file_is_told_as_such(tmp_path, damage: str) -> None:
    """Whether it is something else, or was a ledger: by our own error, with what to do."""
    file = tmp_path / "ledger.db"
    if damage == "malformed":
        upgrade(f"sqlite:///{file}")
        whole = file.read_bytes()
        file.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    else:
        file.write_bytes(b"This was a ledger once, and is none any more. " * 200)
    with pytest.raises(LedgerDamagedError, match="damaged") as caught, Ledger.open(f"sqlite:///{file}") as ledger:
        ledger.plan([of_class("A")])
    assert "backup" in caught.value.advice
    with pytest.raises(LedgerDamagedError):
        upgrade(f"sqlite:///{file}")
