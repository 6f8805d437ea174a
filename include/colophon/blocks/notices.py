"""Notices to people: occurrence -> audience -> words. Each occurrence reaches a person once; nobody reached is an exception.

    plan = address(notices, team, Audience(roles, desk, digest_above), context, use_case=CASE.id)

Who is told: in each role the title's team of that day, else the desk; where none of these has a device, the desk. A person with
many notices in one run gets one digest, which carries them.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from colophon.blocks.decision import DecisionContext, Plan
from colophon.domain.finding import Finding, Severity
from colophon.domain.team import TeamMember, TeamRole
from colophon.ledger import Intent
from colophon.ledger.records import WAITING

PEOPLE = "people"
NOBODY, NO_DEVICE = "N1", "N2"
"""Rules: somebody is there to be told; whoever is to be told can be reached."""
MOST_LINES = 40
"""So many notices are told by their titles in a digest; the others are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What is said of a work. `subject` and `occurrence` name what happened: a person hears of it once, in whatever words."""

    subject: str
    occurrence: str
    work_id: int
    title: str
    body: str
    data: Mapping[str, str] = field(default_factory=dict)


class Audience(NamedTuple):
    """Who hears of it: roles, the desk by role where the title's team names nobody, and how many notices one message at most."""

    roles: Sequence[TeamRole]
    desk: Mapping[TeamRole, Sequence[str]]
    digest_above: int


class Post(NamedTuple):
    """A role with the people who are told in it, as keys of the recipient directory, and those told where none of them can be."""

    role: str
    people: tuple[str, ...]
    next_in_line: tuple[str, ...] = ()

    def reached(self, unreached: Collection[str]) -> list[str]:
        """Those of a post who can be reached, else those of the next in line who can."""
        people = [person for person in self.people if person not in unreached]
        return people or [person for person in self.next_in_line if person not in unreached]


def address(notices: Iterable[Notice], team: Iterable[TeamMember], audience: Audience, context: DecisionContext, *, use_case: str) -> Plan:
    """Each notice to each person of the audience who has not heard of it."""
    plan = Plan(judged={PEOPLE: []}, settled={PEOPLE: []})
    by_person: dict[str, list[Notice]] = defaultdict(list)
    members = list(team)
    for notice in notices:
        posts = _posts(notice, members, audience, context)
        unreached = {person for post in posts for person in (*post.people, *post.next_in_line) if not context.is_reached(person)}
        people = sorted({person for post in posts for person in post.reached(unreached)})
        plan.findings += (_without_device(person) for post in posts for person in post.people if person in unreached)
        if not people:
            plan.findings.append(_nobody(notice, audience))
        for person in people:
            by_person[person].append(notice)
    plan.findings = list(dict.fromkeys(plan.findings))
    for person, theirs in sorted(by_person.items()):
        plan.intents += _messages(person, theirs, audience, context, use_case)
    plan.judged[PEOPLE] = sorted({intent.subject for intent in plan.intents} | {finding.subject for finding in plan.findings})
    return plan


def who(person: str) -> str:
    """How the ledger names a person: by a hash of the key, for a key of the directory may be an address."""
    return f"person:{hashlib.sha256(person.encode()).hexdigest()[:12]}"


def still_waits(context: DecisionContext, subjects: Iterable[str]) -> set[str]:
    """Those of some subjects that were planned and have not gone: whoever judges them again has to say whether they are wanted."""
    return {subject for subject, last in context.history(PEOPLE, subjects).items() if last.state == WAITING}


def _posts(notice: Notice, team: Sequence[TeamMember], audience: Audience, context: DecisionContext) -> list[Post]:
    day = context.as_of.date()
    posts = []
    for role in audience.roles:
        members = {str(one.contact_id) for one in team if one.work_id == notice.work_id and one.role is role and one.is_on(day)}
        desk = tuple(sorted(audience.desk.get(role, ())))
        posts.append(Post(role, tuple(sorted(members)), desk) if members else Post(role, desk))
    return posts


def _messages(person: str, notices: Sequence[Notice], audience: Audience, context: DecisionContext, use_case: str) -> Iterator[Intent]:
    works_url = context.config.publisher.works_url
    message = partial(
        Intent,
        use_case=use_case,
        destination=PEOPLE,
        delivery_class=context.delivery_class,
        media_type="application/json",
        as_of=context.as_of,
    )
    carrier = ""
    if len(notices) > audience.digest_above:
        named = "\n".join(f"{notice.subject} {notice.occurrence}" for notice in notices)
        carrier = f"{who(person)}/digest/{hashlib.sha256(named.encode()).hexdigest()[:12]}"
        yield message(subject=carrier, content=_digest(person, notices), occurrence="once", labels={"title": f"{len(notices)} notices"})
    for notice in notices:
        link = works_url.format(work_id=notice.work_id) if works_url else None
        words = {"title": notice.title, "body": notice.body, "data": dict(notice.data), "link": link}
        yield message(
            subject=f"{who(person)}/{notice.subject}",
            content=_content({"person": person, **words}),
            occurrence=notice.occurrence,
            labels={"title": notice.title[:200]},
            carrier=carrier,
        )


def _digest(person: str, notices: Sequence[Notice]) -> bytes:
    """Every notice of one message, by its title."""
    lines = [notice.title for notice in notices[:MOST_LINES]]
    more = [f"and {len(notices) - MOST_LINES} more"] if len(notices) > MOST_LINES else []
    data = {"kind": "digest", "count": str(len(notices))}
    return _content({"person": person, "title": f"{len(notices)} notices", "body": "\n".join([*lines, *more]), "data": data, "link": None})


def _content(message: Mapping[str, object]) -> bytes:
    return json.dumps(message, sort_keys=True, ensure_ascii=False).encode()


def _nobody(notice: Notice, audience: Audience) -> Finding:
    return Finding(
        subject=notice.subject,
        rule=NOBODY,
        severity=Severity.ERROR,
        field="team",
        found="nobody who can be reached",
        expected=f"somebody with a device in one of the roles {', '.join(role.lower() for role in audience.roles)}",
        remedy="Name a person in the title's team or at the desk of the use case's configuration, with a device in the file of recipients.",
        owner="operations",
        blocks=PEOPLE,
    )


def _without_device(person: str) -> Finding:
    return Finding(
        subject=who(person),
        rule=NO_DEVICE,
        severity=Severity.ERROR,
        field="device",
        found=f"none of contact {person}" if person.isdigit() else "none of a person of the desk",
        expected="a device or a fallback address",
        remedy="Enter one in the file of recipients; until then the next in line is told.",
        owner="operations",
        blocks=PEOPLE,
    )
