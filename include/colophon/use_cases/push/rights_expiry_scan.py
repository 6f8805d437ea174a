"""PN-2, the daily rights-expiry scan: the rights manager and legal hear of contracts, grants and licences that end.

Each threshold of an end is a notice of its own: who was told of a nearer one is not told of a farther one any more, and a new end
date starts over. The scan of a batch finds what is due and what each product's rights come to; the decision says who is told.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from colophon import environment
from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.notices import PEOPLE, Audience, Notice, address
from colophon.blocks.panels import EndsPanel
from colophon.blocks.use_case import RIGHTS, UseCase
from colophon.config import Config
from colophon.config.wording import clipped
from colophon.domain.contact import Contact
from colophon.domain.facts import Facts
from colophon.domain.finding import Finding
from colophon.domain.team import TeamMember
from colophon.rights import Atlas, judge
from colophon.rights.facts import Facts as RightsFacts
from colophon.rights.state import fingerprint
from colophon.use_cases.push.ending_rights import ROLES, THRESHOLDS, Due, ending

MOST_CODES, MOST_NAME = 12, 40
RECORDS = "rights"
"""Destination of the exceptions about records: no person is kept waiting by them."""


@dataclass(frozen=True, slots=True)
class State:
    """What a product's rights come to (`rights.state.fingerprint`)."""

    isbn13: str
    work_id: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Scanned:
    """That a batch was scanned. `is_whole`: contracts, grants and licences are all known, so that an end that is not due is none."""

    is_whole: bool


@dataclass(frozen=True, slots=True)
class ScanResult:
    """What a batch comes to."""

    scanned: Scanned
    due: list[Due]
    states: list[State]
    findings: list[Finding]


def scan(facts: RightsFacts, atlas: Atlas, config: Config, *, as_of: datetime, last_run: datetime | None) -> ScanResult:
    """Ends that somebody may have to be told of, what each product's rights come to, and what is wrong with the records.

    :param last_run: when the scan last told people.
    """
    due, findings = ending(facts, as_of=as_of, last_run=last_run)
    states = []
    for holding in facts.holdings(config.embargoes.first_day_of_sale):
        judged = judge(holding, atlas)
        findings += judged.findings
        if holding.product.isbn13:
            states.append(State(holding.product.isbn13, holding.product.work_id, fingerprint(judged, as_of.date())))
    is_whole = None not in (facts.contracts, facts.grants, facts.deals)
    return ScanResult(Scanned(is_whole), due, states, list(dict.fromkeys(findings)))


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """Each threshold of an end once to each person of the team, in today's words; what waits and is not due any more is withdrawn."""
    rules = context.config.rights_alerts
    due = sorted(facts.records(Due), key=lambda each: (each.days_left, each.threshold.subject))
    names = {contact.id: contact.name for contact in facts.records(Contact, ()) if contact.name}
    audience = Audience(
        roles=ROLES,
        desk={role: rules.desk.get(role.lower(), ()) for role in ROLES},
        digest_above=rules.digest_above,
        is_each_role=True,
        digest_kind="ending_rights",
    )
    team = {member for each in due for member in each.team}
    plan = address([_notice(each, names) for each in due], team, audience, context, use_case=CASE.id)
    scans = facts.records(Scanned)
    plan.everything = frozenset([PEOPLE] if scans and all(each.is_whole for each in scans) else [])
    return plan


def _notice(due: Due, names: Mapping[int, str]) -> Notice:
    """What ends where and when, and what is asked; what is not recorded is left out.

    :param names: of licensees, by contact id; one that is not known goes by its number.
    """
    threshold, licensee = due.threshold, names.get(due.licensee_id or 0) or str(due.licensee_id or "")
    reach = {
        "territories": _codes(due.territories, due.excluded_territories),
        "formats": _codes(due.formats),
        "languages": _codes(due.languages),
        "licensee": clipped(licensee, MOST_NAME),
    }
    return Notice(
        subject=str(threshold),
        occurrence="once",
        work_id=due.work_id or 0,
        kind="ending_right",
        fields={
            "title": due.title,
            "kind": due.kind,
            "number": threshold.subject.rpartition(":")[2],
            "reach": [[name, words] for name, words in reach.items() if words],
            "ends": threshold.ends_on,
            "days": due.days_left,
            "sell_off": due.sell_off_until,
            "action": due.action.value,
        },
        data={
            "record": threshold.subject,
            "kind": due.kind,
            "ends_on": threshold.ends_on.isoformat(),
            "days_left": str(due.days_left),
            "action": due.action.value,
            **{name: words for name, words in reach.items() if words},
        },
        labels={"title": due.title[:200], "threshold": str(threshold), "name": f"{threshold.subject} ({due.days_left})"},
        silenced_by=tuple(map(str, threshold.silencing())),
    )


def _codes(codes: Sequence[str] | None, without: Sequence[str] | None = None) -> str:
    """A list for people, cut where it is long; not recorded is empty."""
    shown = ", ".join((codes or ())[:MOST_CODES]) + (" …" if codes and len(codes) > MOST_CODES else "")
    return f"{shown} (− {_codes(without)})" if shown and without else shown


def to_lines(rows: Iterable[Due | Scanned | State]) -> Iterator[str]:
    """Rows as lines of a staged batch."""
    return (_ROW.dump_json(row).decode() for row in rows)


def staged(lines: Iterable[str]) -> Facts:
    """What all scans have staged for the decision."""
    rows = [_ROW.validate_json(line) for line in lines]
    kinds: dict[type, list[Any]] = {kind: [row for row in rows if isinstance(row, kind)] for kind in (Due, Scanned)}
    return Facts.known(kinds, source="scan", as_of=environment.now())


_ROW: TypeAdapter[Due | Scanned | State] = TypeAdapter(Due | Scanned | State)

CASE = UseCase(
    id="push__rights_expiry_scan",
    reads=(Due,),
    gains=(Contact,),
    upstream=RIGHTS,
    upstream_gains=(TeamMember,),
    staged=staged,
    decide=decide,
    backfill="silent",
    tells_people=True,
    systems=("opentext_push", "people"),
)
PANEL = EndsPanel(CASE, THRESHOLDS, ending)
