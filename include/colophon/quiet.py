"""Nights on which unusually little moves: nothing was sent, where the same weekdays of the last thirty days say otherwise."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from colophon.domain.finding import Finding, Severity
from colophon.ledger import Ledger
from colophon.unsettled import Rule

RULE = "RUN-QUIET"
LOOKS_BACK, FEWEST, SHARE = timedelta(days=30), 3, 20
"""So far it looks back; so many nights of that weekday have to be known; less than this part of their least is unusual."""
RULES = {
    RULE: Rule(
        "A night moves about as much as others of its weekday",
        "moved unusually little",
        "See whether Consonance tells what changed, and whether people worked; then close this: the next night that moves closes it too.",
    )
}


def note(ledger: Ledger, use_case: str, moved: int, as_of: datetime, *, owner: str) -> Finding | None:
    """Remember how much a scheduled night moved, and raise it where that is unusually little; the exception where it is."""
    name, day = f"moved:{use_case}", as_of.date()
    kept = ledger.memory.get(name)
    nights = {date.fromisoformat(text): int(count) for text, count in (kept[0]["nights"] if kept else {}).items()}
    finding = _finding(use_case, moved, usual, owner) if (usual := least(nights, day)) and moved * SHARE < usual else None
    ledger.exceptions.record(use_case, "run", None, [finding] if finding else [], as_of=as_of)
    within = {night: count for night, count in nights.items() if day - LOOKS_BACK <= night} | {day: moved}
    ledger.memory.put(name, {"nights": {night.isoformat(): count for night, count in sorted(within.items())}}, as_of)
    return finding


def least(nights: Mapping[date, int], day: date) -> int:
    """The least that moved on the same weekdays before; 0 where too few are known to say."""
    alike = [count for night, count in nights.items() if day - LOOKS_BACK <= night < day and night.weekday() == day.weekday()]
    return min(alike) if len(alike) >= FEWEST else 0


def _finding(use_case: str, moved: int, usual: int, owner: str) -> Finding:
    return Finding(
        subject=f"run:{use_case}",
        rule=RULE,
        severity=Severity.ERROR,
        field="sent",
        found=f"{moved} titles moved",
        expected=f"at least {usual}, as on the same weekdays of the last 30 days",
        remedy=RULES[RULE].remedy,
        owner=owner,
    )
