"""What is remembered once: of many at the same moment one is the first, and again after a while."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from colophon.ledger import Ledger

NOW = datetime(2026, 5, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_of_many_who_remember_the_same_one_is_first(ledger_url: str) -> None:
    """Twelve tasks of one run meet the same trouble at once."""
    with Ledger.open(ledger_url) as ledger, ThreadPoolExecutor(12) as pool:
        first = list(pool.map(lambda n: ledger.memory.put_first("told:x", {"n": n}, NOW, again_after=HOUR), range(12)))
    assert sum(first) == 1


def test_what_was_remembered_is_remembered_anew_after_a_while(ledger_url: str) -> None:
    """Not within the hour, and from then on; another name is another matter."""
    with Ledger.open(ledger_url) as ledger:
        answers = [
            ledger.memory.put_first(name, {"at": minutes}, NOW + timedelta(minutes=minutes), again_after=HOUR)
            for name, minutes in (("told:x", 0), ("told:x", 59), ("told:y", 59), ("told:x", 60), ("told:x", 119))
        ]
        assert answers == [True, False, True, True, False]
        assert ledger.memory.get_each("told:") == [{"at": 60}, {"at": 59}]


def test_what_is_old_is_forgotten_and_nothing_else(ledger_url: str) -> None:
    """Names that begin otherwise stay, also one that a pattern would take for the same."""
    with Ledger.open(ledger_url) as ledger:
        for name, days in (("told:old", 40), ("told:new", 1), ("toldX", 40), ("health:x", 40)):
            ledger.memory.put(name, {"name": name}, NOW - timedelta(days=days))
        ledger.memory.forget("told:", NOW - timedelta(days=30))
        assert [ledger.memory.get(name) is None for name in ("told:old", "told:new", "toldX", "health:x")] == [True, False, False, False]
