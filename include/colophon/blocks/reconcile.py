"""Reconciliation: what the ledger believes of a counterpart, beside what that holds. What cannot be read is *not compared*, never *equal*."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from colophon.ledger.key_value import KeyValue

REPORT, WEEK = "drift:report:", "drift:week:"
KEPT_FOR = timedelta(days=370)
MOST_SHOWN = 1000


class Belief(NamedTuple):
    """What the ledger believes that a counterpart has of a subject, in words that can be compared. `key`: what is sent again to repair it; `name`: how people call the subject."""

    value: str
    key: str
    name: str = ""


class Holding(NamedTuple):
    """What a counterpart has of a subject, in the same words; `at`: when that changed last, where it tells."""

    value: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is otherwise than we believe. `who`: who should act, and how."""

    subject: str
    ours: str
    theirs: str
    at: str
    who: str
    key: str


@dataclass(frozen=True, slots=True)
class Compared:
    """One counterpart: how many were compared, and what differs. `why_not`: why it could not be compared."""

    counterpart: str
    number: int = 0
    differences: Sequence[Difference] = ()
    why_not: str = ""


def compare(counterpart: str, believed: Mapping[str, Belief], held: Iterable[tuple[str, Holding]], who: str) -> Compared:
    """What is otherwise, and what is gone. What we believe nothing of is none of ours."""
    found, seen = [], set()
    for subject, holding in held:
        belief = believed.get(subject)
        if belief is None or subject in seen:
            continue
        seen.add(subject)
        if holding.value != belief.value:
            at = holding.at.isoformat(timespec="minutes") if holding.at else ""
            found.append(Difference(belief.name or subject, belief.value, holding.value, at, who, belief.key))
    gone = [
        Difference(belief.name or name, belief.value, "gone", "", who, belief.key) for name, belief in believed.items() if name not in seen
    ]
    return Compared(counterpart, len(believed), sorted([*found, *gone], key=lambda each: each.subject))


def keep(memory: KeyValue, compared: Compared, now: datetime) -> None:
    """Keep a counterpart's newest report, and its numbers for the trend by week; of a week the last comparison counts."""
    told = {**asdict(compared), "differences": [asdict(each) for each in compared.differences[:MOST_SHOWN]], "at": now.isoformat()}
    memory.put(f"{REPORT}{compared.counterpart}", {**told, "count": len(compared.differences)}, now)
    year, week, _ = now.isocalendar()
    if not compared.why_not:
        numbers = {
            "week": f"{year}-W{week:02}",
            "counterpart": compared.counterpart,
            "count": len(compared.differences),
            "of": compared.number,
        }
        memory.put(f"{WEEK}{year}-W{week:02}:{compared.counterpart}", numbers, now)
    memory.forget(WEEK, now - KEPT_FOR)


def reports(memory: KeyValue) -> list[Mapping[str, Any]]:
    """The newest report of each counterpart."""
    return memory.get_each(REPORT)


def trend(memory: KeyValue) -> dict[str, dict[str, int]]:
    """Differences by week, newest first, and by counterpart."""
    weeks: dict[str, Counter[str]] = {}
    for each in memory.get_each(WEEK):
        weeks.setdefault(each["week"], Counter())[each["counterpart"]] = each["count"]
    return {week: dict(counts) for week, counts in sorted(weeks.items(), reverse=True)}
