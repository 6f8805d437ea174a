"""Notices to people: occurrence -> audience -> words. Each occurrence reaches a person once; nobody reached is an exception.

    plan = address(notices, team, Audience(roles, desk, digest_above), context, use_case=CASE.id)

Who is told: in each role the title's team of that day. For a member without a device, the member's manager; where none of a role
can be reached, or there is none, the role's desk. A person with many notices in one run gets one digest, which carries them.
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache, lru_cache
from itertools import accumulate
from typing import Any, Literal, NamedTuple

from colophon.blocks.decision import DecisionContext, Plan
from colophon.config.wording import Text
from colophon.domain.finding import Finding, Severity
from colophon.domain.team import TeamMember, TeamRole
from colophon.ledger import Intent
from colophon.ledger.records import WAITING

PEOPLE = "people"
NOBODY, NO_DEVICE = "N1", "N2"
RULES = {
    NOBODY: (
        "Somebody hears of it",
        "Name a person of that role in the title's team or at the desk of the use case's configuration, with a device in the file of recipients.",
    ),
    NO_DEVICE: ("Whoever is to be told can be reached", "Enter a device or an address in the file of recipients; until then the next in line is told."),
}  # fmt: skip
"""What each rule says, and what to do where it is broken."""
MOST_LINES, _MOST_BYTES = 40, 2500
"""So many notices are told each in its line in a digest, and in so many bytes; the others are counted."""
MOST_CAUSES = 5
"""So many causes (label `cause` of notices) a digest may name, each with how many notices have it, the most frequent first."""
URGENCY = ("urgent", "action", "info")
_HOURS = {"info": 24, "action": 72, "urgent": 12}
"""How long a message that could not be shown is kept for a device: after that it is no news."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What is said of a work (0: of none). `subject` and `occurrence` name what happened: a person hears of it once, in whatever words.

    `subject` begins with the record that it is about (`todo:7/copyedit`). `kind` and `fields`: its words are those of the kind
    (`words/<kind>.yaml`), in each person's language; without a kind they are `title` and `body`. `severity`: what is urgent wakes a
    device. `silenced_by`: subjects of which whoever has heard is not told this one. `labels` are for the desk.
    `is_all_clear`: it takes back what was said of the subject before, and goes to those alone who have heard that. `people` hear of it beside
    the audience.
    """

    subject: str
    occurrence: str
    work_id: int
    kind: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""
    body: str = ""
    severity: Literal["info", "action", "urgent"] = "action"
    data: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    silenced_by: tuple[str, ...] = ()
    is_all_clear: bool = False
    people: tuple[str, ...] = ()

    @property
    def record(self) -> str:
        """How the ledger names the record."""
        return self.subject.partition("/")[0]


class Digest(NamedTuple):
    """One message in place of many; `work_id` is the title that it leads to, 0 for none."""

    title: str
    body: str
    work_id: int = 0


class Audience(NamedTuple):
    """Who hears of it: roles, the desk by role, and how many notices one message at most.

    `digest_kind`: whose words a digest has, with the fields `count`, `lines`, `more` and `causes`; or `digest` makes them. `is_each_role`: somebody of every role has to hear; else it is enough that anybody does.
    """

    roles: Sequence[TeamRole]
    desk: Mapping[TeamRole, Sequence[str]]
    digest_above: int
    digest: Callable[[Sequence[Notice]], Digest] | None = None
    is_each_role: bool = False
    digest_kind: str = "digest"


class Post(NamedTuple):
    """A role with the people who are told in it, as keys of the recipient directory, and who stands in for them."""

    role: TeamRole
    people: tuple[str, ...]
    managers: Mapping[str, str]
    desk: tuple[str, ...]

    def reached(self, is_reached: Callable[[str], bool]) -> set[str]:
        """Each of the post or else the manager; the desk where none of these can be reached."""
        lines = ((person, self.managers.get(person, person)) for person in self.people)
        people = {next(filter(is_reached, line), "") for line in lines} - {""}
        return people or set(filter(is_reached, self.desk))


def address(
    notices: Iterable[Notice],
    team: Iterable[TeamMember],
    audience: Audience,
    context: DecisionContext,
    *,
    use_case: str,
    records: Collection[str] = (),
) -> Plan:
    """Each notice to each person of the audience who has not heard of it, in the order given.

    :param records: what was looked at. What waits about one of them and is not told was undone, or is for somebody who has left
        the team: it is withdrawn.
    """
    plan, by_person = Plan(), defaultdict[str, list[Notice]](list)
    people, judged, is_reached = set[str](), _about(context, records), cache(context.is_reached)
    members, waiting = _by_post(team, context), context.waiting(PEOPLE)
    for notice in notices:
        posts = [_post(role, members.get((notice.work_id, role), ()), audience) for role in audience.roles]
        heard = {post.role: post.reached(is_reached) for post in posts}
        unheard = [role for role, reached in heard.items() if not reached]
        if audience.is_each_role or len(unheard) == len(posts):
            plan.findings += (_nobody(notice, role) for role in unheard)
        for person in set(filter(is_reached, notice.people)).union(*heard.values()):
            by_person[person].append(notice)
        people.update(notice.people, *(post.people for post in posts))
        judged.add(notice.record)
    plan.findings += (_without_device(person) for person in sorted(people) if not is_reached(person))
    for person, theirs in sorted(by_person.items()):
        judged.update(f"{who(person)}/{notice.subject}" for notice in theirs)
        judged.update(subject for subject in waiting if subject.startswith(f"{who(person)}/digest/"))  # its notices go in another one
        plan.intents += _messages(person, _unheard(person, theirs, context), audience, context, use_case)
    judged |= {who(person) for person in people} | {intent.subject for intent in plan.intents}
    plan.judged = {PEOPLE: sorted(judged)}
    plan.settled = {PEOPLE: sorted(judged - {intent.subject for intent in plan.intents})}
    return plan


def news(
    records: Collection[str], team: Iterable[TeamMember], audience: Audience, context: DecisionContext
) -> Callable[[str, datetime | None, date | None], bool]:
    """Asked of what happened to one of some records - the notice's subject, and its moment or its day - whether it is to be told.

    That is what happened since the last run, and what was planned by an earlier one and has not gone. A source that tells days
    counts the whole day, unless somebody was told on it or since.
    """
    since, left = context.since or context.as_of, {subject.partition("/")[2] for subject in _about(context, records)}
    ids = {contact for member in team for contact in (member.contact_id, member.manager_id) if contact is not None}
    people = {*map(str, ids), *(person for desk in audience.desk.values() for person in desk)}

    def is_to_be_told(subject: str, at: datetime | None, on: date | None) -> bool:
        if subject in left:
            return True
        if at is not None:
            return since < at <= context.as_of
        if on is None or on < since.date():
            return False
        told = context.history(PEOPLE, (f"{who(person)}/{subject}" for person in people))
        return all(last.as_of.date() < on for last in told.values())

    return is_to_be_told


@lru_cache(maxsize=10_000)
def who(person: str) -> str:
    """How the ledger names a person: by a hash of the key, for a key of the directory may be an address."""
    return f"person:{hashlib.sha256(person.encode()).hexdigest()[:12]}"


def _about(context: DecisionContext, records: Collection[str]) -> set[str]:
    """What was planned about some records and has not gone, to whomever."""
    return {subject for subject in context.waiting(PEOPLE) if subject.partition("/")[2].rpartition("/")[0] in records}


def _by_post(team: Iterable[TeamMember], context: DecisionContext) -> Mapping[tuple[int, TeamRole], list[TeamMember]]:
    """Who works on each title in each role on the day; who has left is not there."""
    members, day = defaultdict[tuple[int, TeamRole], list[TeamMember]](list), context.as_of.date()
    for member in team:
        if member.is_on(day):
            members[member.work_id, member.role].append(member)
    return members


def _post(role: TeamRole, members: Sequence[TeamMember], audience: Audience) -> Post:
    people = tuple(sorted({str(member.contact_id) for member in members}))
    managers = {str(member.contact_id): str(member.manager_id) for member in members if member.manager_id is not None}
    desk = tuple(sorted(audience.desk.get(role, ())))
    return Post(role, people or desk, managers, desk)


def _unheard(person: str, notices: Sequence[Notice], context: DecisionContext) -> list[Notice]:
    """Those of which a person has not heard, nor by another; what still waits was told to nobody, and is judged in the words of today."""
    name = who(person)
    named = {f"{name}/{subject}" for notice in notices for subject in (notice.subject, *notice.silenced_by)}
    heard = {subject: last.occurrence for subject, last in context.history(PEOPLE, named).items() if last.state != WAITING}
    return [
        notice
        for notice in notices
        if heard.get(f"{name}/{notice.subject}", None if notice.is_all_clear else "") not in {notice.occurrence, None}
        and heard.keys().isdisjoint(f"{name}/{subject}" for subject in notice.silenced_by)
    ]


def _messages(person: str, notices: Sequence[Notice], audience: Audience, context: DecisionContext, use_case: str) -> Iterator[Intent]:
    language = context.language(person) or context.config.publisher.default_language
    texts = [_text(notice, language, context) for notice in notices]

    def message(
        subject: str, occurrence: str, text: Text, about: Mapping[str, Any], labels: Mapping[str, str], carrier: str = ""
    ) -> Intent:
        otherwise = {name: value for name, value in text._asdict().items() if name.startswith(("email_", "sms")) and value}
        content = {"person": person, "title": text.title, "body": text.body, "link": text.link or None, **otherwise, **about}
        return Intent(
            use_case=use_case,
            destination=PEOPLE,
            subject=f"{who(person)}/{subject}",
            delivery_class=context.delivery_class,
            content=json.dumps(content, sort_keys=True, ensure_ascii=False).encode(),
            media_type="application/json",
            as_of=context.as_of,
            occurrence=occurrence,
            labels={"title": text.title[:200], **labels},
            carrier=carrier,
        )

    carrier = ""
    if len(notices) > audience.digest_above:
        named = "\n".join(f"{notice.subject} {notice.occurrence}" for notice in notices)
        subject = f"digest/{hashlib.sha256(named.encode()).hexdigest()[:12]}"
        about = _about_severity(min((notice.severity for notice in notices), key=URGENCY.index))
        digest = _digest(notices, texts, audience, language, context)
        intent = message(subject, "once", digest, about | {"data": {"kind": "digest", "count": str(len(notices))}}, {})
        carrier = intent.subject
        yield intent
    for notice, text in zip(notices, texts, strict=True):
        about = _about_severity(notice.severity) | {"data": dict(notice.data)}
        yield message(notice.subject, notice.occurrence, text, about, notice.labels, carrier)


def _text(notice: Notice, language: str, context: DecisionContext) -> Text:
    links = _links(notice.work_id, context)
    if not notice.kind:
        return Text(notice.title, notice.body, notice.title, links["work_link"])
    return context.config.words.text(notice.kind, language, notice.fields, links)


def _links(work_id: int, context: DecisionContext) -> dict[str, str]:
    publisher = context.config.publisher
    work_link = publisher.works_url.format(work_id=work_id) if publisher.works_url and work_id else ""
    return {"work_link": work_link, "desk_url": publisher.desk_url}


def _digest(notices: Sequence[Notice], texts: Sequence[Text], audience: Audience, language: str, context: DecisionContext) -> Text:
    """As many lines as a push has room for; the others are counted."""
    if audience.digest is not None:
        digest = audience.digest(notices)
        return Text(digest.title, digest.body, digest.title, _links(digest.work_id, context)["work_link"])
    sizes = accumulate(len(text.line.encode()) + 2 for text in texts[:MOST_LINES])
    lines = [text.line for text, size in zip(texts, sizes, strict=False) if size <= _MOST_BYTES]
    causes = Counter(notice.labels["cause"] for notice in notices if "cause" in notice.labels).most_common(MOST_CAUSES)
    fields = {"count": len(notices), "lines": lines, "more": len(notices) - len(lines), "causes": [list(cause) for cause in causes]}
    return context.config.words.text(audience.digest_kind, language, fields, _links(0, context))


def _about_severity(severity: str) -> dict[str, Any]:
    """How a device takes it: what is urgent wakes it, and for how long it is news."""
    about = {"ttl_s": _HOURS[severity] * 3600}
    return about | {"pipeline": True} if severity == "urgent" else about


def _nobody(notice: Notice, role: TeamRole) -> Finding:
    expected = f"a {role.lower().replace('_', ' ')} with a device"
    return _finding(NOBODY, notice.record, f"team.{role.lower()}", "nobody who can be reached", expected)


def _without_device(person: str) -> Finding:
    found = f"none of contact {person}" if person.isdigit() else "none of a person of the desk"
    return _finding(NO_DEVICE, who(person), "device", found, "a device or a fallback address")


def _finding(rule: str, subject: str, field_name: str, found: str, expected: str) -> Finding:
    return Finding(
        subject=subject,
        rule=rule,
        severity=Severity.ERROR,
        field=field_name,
        found=found,
        expected=expected,
        remedy=RULES[rule][1],
        owner="operations",
        blocks=PEOPLE,
    )
