"""PN-2, second half: who is told of which end, in how many messages, and what a person was told before.

Each threshold of which a person is told is a subject of its own in the ledger, so that planning an alert and remembering it are
one act, and an alert whose effect nobody knows keeps no later one waiting. A person with many alerts in one run gets one
digest, which carries them.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import Any

from pydantic import TypeAdapter

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.notices import PEOPLE, Post, who
from colophon.config import Config
from colophon.domain.finding import Finding
from colophon.domain.team import TeamRole
from colophon.ledger import Intent
from colophon.ledger.records import WAITING
from colophon.rights import Atlas, judge
from colophon.rights.facts import Facts
from colophon.rights.rules import broken
from colophon.rights.state import fingerprint
from colophon.use_cases.push.rights_alert_words import digest, message
from colophon.use_cases.push.rights_expiry_scan import JUST_LAPSED_DAYS, LAPSED, THRESHOLDS, USE_CASE, Alert, Threshold, scan

RECORDS, DEVICES = "rights", "devices"
"""Destinations of the exceptions about records, and about people who cannot be reached: no person is kept waiting by them."""


@dataclass(frozen=True, slots=True)
class Due:
    """An alert with the title's words and the posts that are to get it."""

    alert: Alert
    title: str
    posts: tuple[Post, ...]


@dataclass(frozen=True, slots=True)
class State:
    """What a product's rights come to (`rights.state.fingerprint`)."""

    isbn13: str
    work_id: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Looked:
    """What a batch comes to. `is_whole`: contracts, grants and licences are all known, so that an end that is not due is none."""

    due: list[Due]
    states: list[State]
    findings: list[Finding]
    is_whole: bool


def look(facts: Facts, atlas: Atlas, config: Config, *, as_of: datetime, last_run: datetime | None) -> Looked:
    """Ends that somebody may have to be told of, what each product's rights come to, and what is wrong with the records.

    :param last_run: when the scan last told people; what lapsed since then is news, however long ago.
    """
    outage = timedelta() if last_run is None else as_of - last_run
    just_lapsed = max(JUST_LAPSED_DAYS, outage.days + 1)
    found = scan(
        facts.contracts or (),
        facts.grants or (),
        facts.deals or (),
        as_of=as_of,
        alerted=(),
        unreadable=facts.unreadable,
        just_lapsed_days=just_lapsed,
    )
    findings, states = list(found.findings), []
    for holding in facts.holdings(config.embargoes.first_day_of_sale):
        judged = judge(holding, atlas)
        findings += judged.findings
        if holding.product.isbn13:
            state = fingerprint(judged, as_of.date())
            states.append(State(holding.product.isbn13, holding.product.work_id, state))
    titles, teams = _titles(facts), _teams(facts, as_of.date())
    due = [_due(alert, titles, _posts(alert, teams, config, findings)) for alert in found.alerts]
    is_whole = None not in (facts.contracts, facts.grants, facts.deals)
    return Looked([one for one in due if one.posts], states, list(dict.fromkeys(findings)), is_whole)


def plan(
    due: Iterable[Due],
    question: DecisionContext,
    *,
    delivery_class: str,
    names: Mapping[int, str] = MappingProxyType({}),
    is_reached: Callable[[str], bool] = lambda _: True,
) -> Plan:
    """What goes to whom: each threshold of an end once to each person, or in one digest where a person has many.

    :param delivery_class: what the messaging system's connection makes of a repeat, A or D. :param names: of licensees, by
    contact id. :param is_reached: whether a person has a device; who has none is an exception, and is not told until there is one.
    """
    made, by_person = Plan(), defaultdict[str, list[Due]](list)
    devices = made.judged.setdefault(DEVICES, [])
    for one in due:
        people = {person for post in one.posts for person in (*post.people, *post.next_in_line)}
        unreached = {person for person in people if not is_reached(person)}
        devices += [who(person) for person in people]
        made.findings += [_without_device(person) for post in one.posts for person in post.people if person in unreached]
        for person in {person for post in one.posts for person in post.reached(unreached)}:
            by_person[person].append(one)
    made.findings = list(dict.fromkeys(made.findings))
    judged = made.judged.setdefault(PEOPLE, [])
    for person, theirs in sorted(by_person.items()):
        judged += [_subject(person, one.alert.threshold) for one in theirs]
        silencing = {one: [_subject(person, nearer) for nearer in _silencing(one.alert.threshold)] for one in theirs}
        history = question.history(PEOPLE, (subject for subjects in silencing.values() for subject in subjects))
        # What still waits was told to nobody: it is judged anew, in the words of today.
        told = {subject for subject, last in history.items() if last.state != WAITING}
        fresh = [one for one, subjects in silencing.items() if told.isdisjoint(subjects)]
        fresh.sort(key=lambda one: (one.alert.days_left, one.alert.threshold.subject))
        made.intents += _intents(person, fresh, question, delivery_class, names)
    wanted = {intent.subject for intent in made.intents}
    made.judged[PEOPLE] = sorted({*judged, *wanted})
    made.settled[PEOPLE] = [subject for subject in judged if subject not in wanted]
    return made


def to_lines(rows: Iterable[Due | State]) -> Iterator[str]:
    """Rows as lines of a staged batch."""
    return (_ADAPTERS[type(row)].dump_json(row).decode() for row in rows)


def read_due(lines: Iterable[str]) -> Iterator[Due]:
    """Rows of a staged batch."""
    return map(_ADAPTERS[Due].validate_json, lines)


def _titles(facts: Facts) -> Mapping[int, str]:
    titles = {contract.work_id: contract.work_title for contract in facts.contracts or () if contract.work_id and contract.work_title}
    products = {product.work_id: product.title for product in reversed(facts.products)}
    return titles | products


def _teams(facts: Facts, on: date) -> Mapping[tuple[int, TeamRole], set[str]]:
    """People of each work by role, as keys of the recipient directory."""
    teams: dict[tuple[int, TeamRole], set[str]] = defaultdict(set)
    for member in facts.team or ():
        if member.is_on(on):
            teams[member.work_id, member.role].add(str(member.contact_id))
    return teams


def _due(alert: Alert, titles: Mapping[int, str], posts: Sequence[Post]) -> Due:
    work_id = alert.work_id or 0
    return Due(alert, titles.get(work_id) or (f"work {work_id}" if work_id else "a contract without a title"), tuple(posts))


def _posts(alert: Alert, teams: Mapping[tuple[int, TeamRole], set[str]], config: Config, findings: list[Finding]) -> list[Post]:
    """Who is told: in each role the title's team, else the desk; it is a finding where that is nobody."""
    posts = []
    for role in alert.roles:
        team = tuple(sorted(teams.get((alert.work_id or 0, TeamRole[role.upper()]), ())))
        desk = tuple(sorted(config.rights_alerts.desk.get(role, ())))
        if team or desk:
            posts.append(Post(role, team, desk) if team else Post(role, desk))
        else:
            expected = f"a {role.replace('_', ' ')} in the title's team, or in rights_alerts.yaml"
            findings.append(broken("R8", alert.threshold.subject, f"team.{role}", None, expected))
    return posts


def _without_device(person: str) -> Finding:
    whom = f"contact {person}" if person.isdigit() else "a person of the desk"
    return broken("R11", who(person), "device", f"none of {whom}", "a device or a fallback address in the file of recipients")


def _silencing(threshold: Threshold) -> Iterator[Threshold]:
    """The threshold itself and the nearer ones of the same end: who was told of one of these is not told again."""
    return (threshold._replace(days=days) for days in (LAPSED, *THRESHOLDS) if days <= threshold.days)


def _subject(person: str, threshold: Threshold) -> str:
    """Whom the ledger says what was told: a person by a hash of its key, for a key may be an address."""
    return f"{who(person)}/{threshold}"


def _intents(
    person: str, fresh: Sequence[Due], question: DecisionContext, delivery_class: str, names: Mapping[int, str]
) -> Iterator[Intent]:
    works_url = question.config.publisher.works_url
    made = partial(
        Intent, use_case=USE_CASE, destination=PEOPLE, delivery_class=delivery_class, media_type="application/json", as_of=question.as_of
    )
    carrier = ""
    if len(fresh) > question.config.rights_alerts.digest_above:
        thresholds = "\n".join(str(one.alert.threshold) for one in fresh)
        carrier = f"{who(person)}/digest/{hashlib.sha256(thresholds.encode()).hexdigest()[:12]}"
        content = _content(digest(person, [(one.alert, one.title) for one in fresh], works_url, names))
        yield made(subject=carrier, content=content, occurrence="once", labels={"title": f"{len(fresh)} rights that end"})
    for one in fresh:
        yield made(
            subject=_subject(person, one.alert.threshold),
            content=_content(message(person, one.alert, one.title, works_url, names)),
            labels={"title": one.title[:200], "threshold": str(one.alert.threshold)},
            occurrence="once",
            carrier=carrier,
        )


def _content(alert: Mapping[str, object]) -> bytes:
    return json.dumps(alert, sort_keys=True, ensure_ascii=False).encode()


_ADAPTERS: Mapping[type, TypeAdapter[Any]] = {kind: TypeAdapter(kind) for kind in (Due, State)}
