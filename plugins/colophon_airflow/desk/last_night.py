"""*Last night by recipient*: what moved since yesterday, from the ledger, and what stayed as it was or was kept back, from the runs' pages."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from colophon import run_page
from colophon.domain.delivery_states import FINAL_BAD, RANK
from colophon.ledger import Ledger
from colophon_airflow.desk.source import midnight

SENT, REJECTED = tuple(RANK), tuple(sorted(FINAL_BAD))
MOST = 40


@dataclass(slots=True)
class Line:
    """A recipient of a use case. `run`: key of the newest run's page (empty: none is kept); `unchanged` and `kept_back` are that run's, None: not known."""

    use_case: str
    recipient: str
    sent: int = 0
    rejected: int = 0
    unknown: int = 0
    closed: int = 0
    run: str = ""
    unchanged: int | None = None
    kept_back: int | None = None


def last_night(ledger: Ledger, at: datetime) -> tuple[date, Sequence[Line], int]:
    """The day since which it is counted, the lines (most trouble first), and how many more there are."""
    since = at.date() - timedelta(days=1)
    lines: dict[tuple[str, str], Line] = {}

    def line(use_case: str, recipient: str) -> Line:
        return lines.setdefault((use_case, recipient), Line(use_case, recipient))

    for moved in ledger.desk.moved(midnight(since)):
        there = line(moved.use_case, moved.destination)
        there.sent += moved.number if moved.state in SENT else 0
        there.rejected += moved.number if moved.state in REJECTED else 0
        there.unknown += moved.number if moved.state == "unknown" else 0
        there.closed += moved.closed
    for page in reversed(run_page.newest(ledger.memory, since=midnight(since), limit=None)):
        if not page["dry"]:
            for recipient, counts in _plans(page).items():
                there = line(str(page["use_case"]), recipient)
                there.run, there.unchanged, there.kept_back = str(page["key"]), counts["unchanged"], counts["refused"]
    order = sorted(lines.values(), key=lambda each: (-each.rejected - each.unknown, -(each.kept_back or 0), -each.sent, each.recipient))
    return since, order[:MOST], max(0, len(order) - MOST)


def _plans(page: Mapping[str, Any]) -> dict[str, Mapping[str, int]]:
    return {name: defaultdict(int, there.get("plan", {})) for name, there in page["destinations"].items()}
