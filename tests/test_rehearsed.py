"""Plans that people read: what changes comes first, and what was too much to keep is counted."""

from datetime import UTC, datetime

import pytest
from ledger_database import make_ledger

from colophon.ledger import Ledger
from colophon.onix.said import Change
from colophon.rehearsed import GOES, KEPT_BACK, MOST_PARTS, MOST_ROWS, OUTSIDE, heads, keep, keep_head, not_kept, row_of, rows_of

AT = datetime(2026, 5, 2, 1, tzinfo=UTC)
FACTS = {"dry": True, "read": 9, "destinations": {}, "unarmed": []}


@pytest.fixture
def memory(tmp_path):
    """A ledger's memory."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    make_ledger(url)
    with Ledger.open(url) as ledger:
        yield ledger.memory


def kept(memory, *parts):
    """The lines of a plan that was kept in parts, and how many were too many."""
    for number, rows in enumerate(parts):
        keep(memory, "uc", "run", number, rows, AT)
    keep_head(memory, "uc", "run", FACTS, AT)
    [head] = heads(memory)
    return rows_of(memory, head), not_kept(memory, head)


def test_what_changes_stands_before_what_does_not(memory) -> None:
    """In whichever part it was; then what is kept back, what is new, what is the same again, and last what is not for a recipient."""
    change = [Change("Price", "1", "2")]
    rows, _ = kept(
        memory,
        [row_of("a", "out", OUTSIDE), row_of("a", "same", GOES), row_of("a", "new", GOES, is_first=True)],
        [row_of("a", "back", KEPT_BACK), row_of("a", "changed", GOES, changes=change)],
    )
    assert [row["subject"] for row in rows] == ["changed", "back", "new", "same", "out"]


def test_each_recipient_has_its_lines_and_what_is_too_much_is_counted(memory) -> None:
    """One with many titles does not push out another with few; parts that are too many are counted too."""
    many = [row_of("many", str(number), GOES) for number in range(MOST_ROWS + 50)]
    few = [row_of("few", str(number), GOES) for number in range(3)]
    rows, left = kept(memory, many + few)
    assert sum(row["recipient"] == "few" for row in rows) == 3
    assert (len(rows), left) == (MOST_ROWS, 53)
    keep(memory, "uc", "run", MOST_PARTS, few, AT)
    assert not_kept(memory, heads(memory)[0]) == 56
