"""Which contracts, grants and licences end so soon, or have ended so lately, that somebody has to hear of it.

One alert for each record, end date and threshold; thresholds missed by skipped runs are one alert, at the nearest.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from colophon.domain.contract import Contract
from colophon.domain.finding import Finding
from colophon.domain.head_grant import HeadGrant
from colophon.domain.rights_deal import DealStatus, RightsDeal
from colophon.domain.team import TeamMember, TeamRole, posts_on
from colophon.rights.facts import Facts
from colophon.rights.renewal import IN_FORCE, carried_on
from colophon.rights.rules import ends_before_it_starts
from colophon.rights.term import last_day_of

THRESHOLDS = (0, 7, 30, 90, 180)
LAPSED = -1
JUST_LAPSED_DAYS = 30
"""So long after its end a record counts as just lapsed; an older one is history, unless it lapsed since the last run."""
LICENCE = "outbound_licence"
ROLES = (TeamRole.RIGHTS_MANAGER, TeamRole.LEGAL)
"""Who hears of it."""
_KINDS = {Contract: "head_contract", HeadGrant: "territorial_permission", RightsDeal: LICENCE}
_TOLD = ("territories", "excluded_territories", "formats", "languages", "licensee_id", "sell_off_until")


class Action(StrEnum):
    """What is asked of the people alerted."""

    RENEW = "renew"
    NEGOTIATE = "negotiate"
    REMOVE = "remove"
    RETURNED = "returned"


class Threshold(NamedTuple):
    """What an alert is about, and the ledger's key that it went: a record, its end and the days before it (-1: lapsed)."""

    subject: str
    ends_on: date
    days: int

    def __str__(self) -> str:
        """The subject of the notice."""
        return f"{self.subject}/{self.ends_on}/{'lapsed' if self.days == LAPSED else self.days}"

    def silencing(self) -> "tuple[Threshold, ...]":
        """Itself and the nearer ones of the same end: who was told of one of these is not told again."""
        return tuple(self._replace(days=days) for days in (LAPSED, *THRESHOLDS) if days <= self.days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One alert. `days_left` is negative after the end. `team`: those of `ROLES` who work on the title.

    In the lists `("*",)` is all, and None *not recorded* or not that record's business.
    """

    threshold: Threshold
    kind: str
    days_left: int
    work_id: int | None
    title: str
    team: tuple[TeamMember, ...] = ()
    territories: tuple[str, ...] | None = None
    excluded_territories: tuple[str, ...] | None = None
    formats: tuple[str, ...] | None = None
    languages: tuple[str, ...] | None = None
    licensee_id: int | None = None
    sell_off_until: date | None = None

    @property
    def action(self) -> Action:
        """What is asked for."""
        if self.threshold.days == LAPSED:
            return Action.RETURNED if self.kind == LICENCE else Action.REMOVE
        return Action.RENEW if self.threshold.days > 30 else Action.NEGOTIATE


def ending(facts: Facts, *, as_of: datetime, last_run: datetime | None) -> tuple[list[Due], list[Finding]]:
    """What is due on the day of `as_of` (aware UTC), the most urgent first; and what could not be read or judged.

    :param last_run: when the scan last told people; what lapsed since then is news, however long ago.
    """
    findings, due, today = list(facts.unreadable), list[Due](), as_of.date()
    just_lapsed = max(JUST_LAPSED_DAYS, (as_of - last_run).days + 1 if last_run else 0)
    titles = {contract.work_id: contract.work_title for contract in facts.contracts or () if contract.work_id and contract.work_title}
    titles |= {product.work_id: product.title for product in reversed(facts.products)}
    posts = posts_on(facts.team or (), today)
    for record in _running(facts):
        ends_on = last_day_of(record)
        if isinstance(ends_on, Finding):
            findings.append(ends_on)
        elif ends_on is not None and (days := _nearest((ends_on - today).days, just_lapsed)) is not None:
            alert = Due(
                threshold=Threshold(record.subject, ends_on, days),
                kind=_KINDS[type(record)],
                days_left=(ends_on - today).days,
                work_id=record.work_id,
                title=titles.get(record.work_id or 0) or (f"work {record.work_id}" if record.work_id else "a contract without a title"),
                team=tuple(member for role in ROLES for member in posts.get((record.work_id or 0, role), ())),
                **{name: getattr(record, name) for name in _TOLD if hasattr(record, name)},
            )
            due.append(alert)
    return sorted(dict.fromkeys(due), key=lambda each: (each.days_left, each.threshold.subject)), list(dict.fromkeys(findings))


def _running(facts: Facts) -> Iterator[Contract | HeadGrant | RightsDeal]:
    """Records that were neither terminated nor carried on. Licences are ours that hold or held; what is open-ended comes too."""
    contracts, grants, deals = facts.contracts or (), facts.grants or (), facts.deals or ()
    terminated = {contract.id for contract in contracts if contract.terminated_on is not None}
    continued = carried_on(grants) | carried_on(deals)
    yield from (contract for contract in contracts if contract.id not in terminated)
    ours: list[HeadGrant | RightsDeal] = [grant for grant in grants if grant.contract_id not in terminated]
    ours += [deal for deal in deals if deal.status in {*IN_FORCE, DealStatus.EXPIRED} and deal.terminated_on is None]
    yield from (right for right in ours if ends_before_it_starts(right) or right.subject not in continued)


def _nearest(days_left: int, just_lapsed: int) -> int | None:
    """The nearest threshold that is reached; None while none is, and for what is history."""
    if days_left < 0:
        return LAPSED if days_left >= -just_lapsed else None
    return next((days for days in THRESHOLDS if days_left <= days), None)
