"""PN-2, the daily rights-expiry scan: which contracts, grants and licences the rights manager and legal are told about today.

One alert for each record, end date and threshold. Who was told of a nearer threshold is not told of a farther one any more;
thresholds missed by skipped runs are one alert, at the nearest. A new end date starts over.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from colophon.domain.contract import Contract
from colophon.domain.finding import Finding
from colophon.domain.head_grant import HeadGrant
from colophon.domain.rights_deal import DealStatus, RightsDeal
from colophon.rights.renewal import IN_FORCE, carried_on
from colophon.rights.rules import broken
from colophon.rights.term import term_of

USE_CASE = "push__rights_expiry_scan"
THRESHOLDS = (0, 7, 30, 90, 180)
LAPSED = -1
LICENCE = "outbound licence"
JUST_LAPSED_DAYS = 30
"""So long after its end a record counts as just lapsed that nobody was told about before; an older one is history."""
ROLES = ("rights_manager", "legal")


class Action(StrEnum):
    """What is asked of the people alerted."""

    RENEW = "renew"
    NEGOTIATE = "negotiate"
    REMOVE = "remove from distribution"
    RETURNED = "rights have returned"


class Threshold(NamedTuple):
    """What an alert was about, and the ledger's key that it went: a record, its end and the days before it (-1: lapsed)."""

    subject: str
    ends_on: date
    days: int

    def __str__(self) -> str:
        """The occurrence of the delivery."""
        return f"{self.subject}/{self.ends_on}/{'lapsed' if self.days == LAPSED else self.days}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert. `days_left` is negative after the end. In the lists `("*",)` is all, and None *not recorded* or not that record's business."""

    threshold: Threshold
    kind: str
    work_id: int | None
    days_left: int
    action: Action
    territories: tuple[str, ...] | None = None
    excluded_territories: tuple[str, ...] | None = None
    formats: tuple[str, ...] | None = None
    languages: tuple[str, ...] | None = None
    licensee_id: int | None = None
    sell_off_until: date | None = None
    roles: tuple[str, ...] = ROLES


@dataclass(slots=True)
class Scan:
    """Today's alerts, the most urgent first; what could not be judged; and everything that was looked at."""

    alerts: list[Alert] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    judged: list[str] = field(default_factory=list)


def scan(
    contracts: Sequence[Contract],
    grants: Sequence[HeadGrant],
    deals: Sequence[RightsDeal],
    *,
    as_of: datetime,
    alerted: Collection[Threshold],
    unreadable: Sequence[Finding] = (),
    just_lapsed_days: int = JUST_LAPSED_DAYS,
) -> Scan:
    """Alerts that are due on the day of `as_of` (aware UTC).

    :param alerted: what earlier runs alerted about. :param unreadable: records that could not be read; they pass through.
    :param just_lapsed_days: more than usual after an outage, in which more may have lapsed.
    """
    judged = [*(c.subject for c in contracts), *(g.subject for g in grants), *(d.subject for d in deals)]
    made = Scan(findings=list(unreadable), judged=judged)
    today = as_of.date()
    told = _nearest_told(alerted)
    ending = [*_contracts(contracts, made), *_grants(grants, contracts, made), *_deals(deals, made)]
    for alert in dict.fromkeys(ending):
        days_left = (alert.threshold.ends_on - today).days
        days = _nearest(days_left)
        last_told = told.get(alert.threshold[:2])
        if days is None or (last_told is not None and last_told <= days):
            continue
        if last_told is None and days_left < -just_lapsed_days:
            continue
        made.alerts.append(_at(alert, days, days_left))
    made.alerts.sort(key=lambda alert: (alert.days_left, alert.threshold.subject))
    made.findings = list(dict.fromkeys(made.findings))
    return made


def _nearest(days_left: int) -> int | None:
    """The nearest threshold that is reached; None while none is."""
    if days_left < 0:
        return LAPSED
    return next((days for days in THRESHOLDS if days_left <= days), None)


def _nearest_told(alerted: Iterable[Threshold]) -> dict[tuple[str, date], int]:
    told: dict[tuple[str, date], int] = {}
    for subject, ends_on, days in alerted:
        told[subject, ends_on] = min(days, told.get((subject, ends_on), days))
    return told


def _at(alert: Alert, days: int, days_left: int) -> Alert:
    lapsed = Action.RETURNED if alert.kind == LICENCE else Action.REMOVE
    action = lapsed if days == LAPSED else Action.RENEW if days > 30 else Action.NEGOTIATE
    return replace(alert, threshold=alert.threshold._replace(days=days), days_left=days_left, action=action)


def _ending(subject: str, ends_on: date, kind: str, work_id: int | None) -> Alert:
    return Alert(threshold=Threshold(subject, ends_on, LAPSED), kind=kind, work_id=work_id, days_left=0, action=Action.RENEW)


def _contracts(contracts: Sequence[Contract], made: Scan) -> Iterator[Alert]:
    """Those that end by their term. A terminated one needs no alert, an open-ended one never ends."""
    for contract in contracts:
        if contract.terminated_on is not None or not (contract.term or "").strip():
            continue
        term = term_of(contract)
        if isinstance(term, Finding):
            made.findings.append(term)
        elif term[1] is not None:
            yield _ending(contract.subject, term[1], "head contract", contract.work_id)


def _grants(grants: Sequence[HeadGrant], contracts: Sequence[Contract], made: Scan) -> Iterator[Alert]:
    """Those with an end of their own, whose contract was not terminated and which no later grant carries on."""
    terminated, continued = {contract.id for contract in contracts if contract.terminated_on is not None}, carried_on(grants)
    for grant in grants:
        if grant.expires_on is None or grant.contract_id in terminated:
            continue
        if grant.starts_on and grant.expires_on < grant.starts_on:
            expected = f"a day not before {grant.starts_on}, when it starts"
            made.findings.append(broken("R4", grant.subject, "expires_on", grant.expires_on, expected))
        elif grant.subject not in continued:
            yield _with_reach(_ending(grant.subject, grant.expires_on, "territorial permission", grant.work_id), grant)


def _deals(deals: Sequence[RightsDeal], made: Scan) -> Iterator[Alert]:
    """Licences that we granted and that were neither terminated nor carried on."""
    continued = carried_on(deals)
    for deal in deals:
        is_running = deal.status in {*IN_FORCE, DealStatus.EXPIRED} and deal.terminated_on is None
        if not is_running or deal.expires_on is None:
            continue
        if deal.starts_on and deal.expires_on < deal.starts_on:
            expected = f"a day not before {deal.starts_on}, when it starts"
            made.findings.append(broken("R4", deal.subject, "expires_on", deal.expires_on, expected))
        elif deal.subject not in continued:
            alert = _with_reach(_ending(deal.subject, deal.expires_on, LICENCE, deal.work_id), deal)
            yield replace(alert, licensee_id=deal.licensee_id, sell_off_until=deal.sell_off_until)


def _with_reach(alert: Alert, record: HeadGrant | RightsDeal) -> Alert:
    return replace(
        alert,
        territories=record.territories,
        excluded_territories=record.excluded_territories,
        formats=record.formats,
        languages=record.languages,
    )
