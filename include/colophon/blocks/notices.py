"""Notices to people: occurrence -> audience -> words. Each occurrence reaches a person once; nobody reached is an exception.

    plan = address(notices, team, Audience(roles, desk, digest_above), context, use_case=CASE.id)

Who is told: in each role the title's team of that day, or whoever stands in. For a member who cannot be told, the member's manager;
where none of a role can be reached, or there is none, the role's desk. Who has left or opted out is told nothing. A person with many notices in one run gets one digest, which carries them; after so
many messages in a day (`publisher.yaml`) what is not urgent waits for the next morning.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from typing import NamedTuple

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.messages import PEOPLE, Audience, may_have_left, messages, unheard, who
from colophon.blocks.notice import MOST_LINES, Notice
from colophon.domain.finding import Finding, Severity
from colophon.domain.person import HOPS
from colophon.domain.team import TeamMember, TeamRole, posts_on

__all__ = ["IN_A_CIRCLE", "MOST_LINES", "PEOPLE", "Audience", "Notice", "Post", "address", "finding", "news", "who"]
NOBODY, NO_DEVICE, BARRED, IN_A_CIRCLE, NO_CONSENT, NO_END = "N1", "N2", "N3", "N4", "N5", "N6"
RULES = {
    NOBODY: (
        "Somebody hears of it",
        "Name a person of that role in the title's team or at the desk of the use case's configuration, with a device in the file of recipients.",
    ),
    NO_DEVICE: ("Whoever is to be told can be reached", "Enter a device or an address in the file of recipients; until then the next in line is told."),
    BARRED: (
        "Whoever is to be told has neither left nor opted out",
        "Name somebody else in the title's team or at the desk, or enter a stand-in in the file of recipients; until then the next in line is told.",
    ),
    NO_CONSENT: (
        "Whoever is outside the house has said whether it wants to hear of milestones",
        "Ask, and record the answer among the contact's fields in Consonance or in the file of recipients; until then nothing is told.",
    ),
    NO_END: ("The line of managers leads to somebody", "Correct whose manager is who in the teams of Consonance; until then the desk hears of what is late."),
    IN_A_CIRCLE: ("Tasks do not wait for one another in a circle", "Take one of them out of what it waits for, in Consonance."),
}  # fmt: skip
"""What each rule says, and what to do where it is broken."""
CIRCLE = "circle:"


class Post(NamedTuple):
    """A role with the people who are told in it, as keys of the recipient directory, and who stands in for them; `team`: who has it by the title's."""

    role: TeamRole
    people: tuple[str, ...]
    managers: Mapping[str, str]
    desk: tuple[str, ...]
    team: Collection[str]

    def reached(self, is_reached: Callable[[str], bool], stand_in: Callable[[str], str]) -> dict[str, str]:
        """Each of the post or whoever stands in, or else the manager; the desk where none of these can be reached. With why it is they."""
        found: dict[str, str] = {}
        at_desk = f"desk:{self.role}" if self.people == self.desk else ""
        for person in self.people:
            hearer, key = _hearer(person, stand_in), person if person.isdecimal() else "somebody"
            own = at_desk or (f"role:{self.role}" if person in self.team else "above" if self.role is TeamRole.MANAGER else "named")
            why = own if hearer == person else f"stand_in:{key}"
            line = ((hearer, why), (self.managers.get(person, ""), f"manager:{key}"))
            found |= next(({each: why} for each, why in line if each and is_reached(each)), {})
        return found or dict.fromkeys(filter(is_reached, self.desk), f"desk:{self.role}")


def address(
    notices: Iterable[Notice],
    team: Iterable[TeamMember],
    audience: Audience,
    context: DecisionContext,
    *,
    use_case: str,
    records: Collection[str] = (),
    tell: Callable[[Notice, str], Notice | None] = lambda notice, _person: notice,
) -> Plan:
    """Each notice to each person of the audience who has not heard of it, in the order given.

    :param records: what was looked at. What waits about one of them and is not told was undone, or is for somebody who has left
        the team: it is withdrawn. :param tell: what is new in a notice to a person, by the ledger's name; None: nothing.
    """
    plan, by_person, why = Plan(), defaultdict[str, list[Notice]](list), dict[tuple[str, str], str]()
    people, judged, is_reached, day = set[str](), _about(context, records), cache(context.is_reached), context.as_of.date()
    stand_in = cache(lambda person: context.person(person).stand_in(day))
    members, waiting = posts_on(team, day), context.waiting(PEOPLE)
    managers = {str(each.contact_id): str(each.manager_id) for post in members.values() for each in post if each.manager_id is not None}
    for notice in notices:
        wanted = notice.posts or [(role, ()) for role in audience.roles]
        posts = [_post(role, named, notice.work_id, members.get((notice.work_id, role), ()), managers, audience) for role, named in wanted]
        heard = [post.reached(is_reached, stand_in) for post in posts]
        unreached = [post.role for post, reached in zip(posts, heard, strict=True) if not reached]
        if audience.is_each_role or len(unreached) == len(posts):
            plan.findings += (_nobody(notice, role) for role in unreached)
        for person in set(filter(is_reached, notice.people)).union(*heard):
            if (said := tell(notice, who(person))) is None:
                continue
            by_person[person].append(said)
            why[person, notice.subject] = next((reached[person] for reached in heard if person in reached), "outside")
        people.update(notice.people, *(post.people for post in posts))
        judged.add(notice.record)
    hearers = {_hearer(person, stand_in) or f"{CIRCLE}{person}" for person in people}
    plan.findings += (_unreached(person, context) for person in sorted(hearers) if not is_reached(person))
    plan.findings += (finding(NO_END, who(person), "manager", "a circle", "a manager above") for person in _without_end(people, managers))
    for person, theirs in sorted(by_person.items()):
        last = context.history(
            PEOPLE, {f"{who(person)}/{subject}" for notice in theirs for subject in (notice.subject, *notice.silenced_by)}
        )
        judged.update(f"{who(person)}/{notice.subject}" for notice in theirs)
        judged.update(subject for subject in waiting if subject.startswith(f"{who(person)}/digest/"))  # its notices go in another one
        explained = [replace(notice, labels={**notice.labels, "why": why[person, notice.subject]}) for notice in theirs]
        again = [notice for notice in explained if may_have_left(person, notice, last)]
        new = unheard(person, explained, last)
        plan.intents += messages(person, new, again, audience, context, use_case) if new or again else ()
    judged |= {who(person.removeprefix(CIRCLE)) for person in people | hearers} | {intent.subject for intent in plan.intents}
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


def _about(context: DecisionContext, records: Collection[str]) -> set[str]:
    """What was planned about some records and has not gone, to whomever."""
    return {subject for subject in context.waiting(PEOPLE) if subject.partition("/")[2].rpartition("/")[0] in records}


def _without_end(people: Iterable[str], managers: Mapping[str, str]) -> Iterator[str]:
    """Whoever is, by others or at once, their own manager."""
    for person in sorted(people):
        seen, above = [person], managers.get(person)
        while above is not None and above not in seen:
            seen.append(above)
            above = managers.get(above)
        if above == person:
            yield person


def _hearer(person: str, stand_in: Callable[[str], str]) -> str:
    """Who hears for a person: the last of those who stand in for one another; nobody where they do so in a circle."""
    seen = [person]
    while following := stand_in(seen[-1]):
        if following in seen or len(seen) > HOPS:
            return ""
        seen.append(following)
    return seen[-1]


def _post(
    role: TeamRole, named: Sequence[str], work_id: int, members: Sequence[TeamMember], managers: Mapping[str, str], audience: Audience
) -> Post:
    people = tuple(sorted(set(named) or {str(member.contact_id) for member in members}))
    desk = tuple(sorted(audience.desk.get(role, ())))
    of_title = {str(member.contact_id): str(member.manager_id) for member in members if member.manager_id is not None}
    team = [str(member.contact_id) for member in members] if work_id else people  # of several titles the use case says whose team it is
    return Post(role, people or desk, {**managers, **of_title} if people else {}, desk, team)


def _nobody(notice: Notice, role: TeamRole) -> Finding:
    expected = f"a {role.lower().replace('_', ' ')} with a device"
    return finding(NOBODY, notice.record, f"team.{role.lower()}", "nobody who can be reached", expected)


def _unreached(person: str, context: DecisionContext) -> Finding:
    if person.startswith(CIRCLE):
        key = person.removeprefix(CIRCLE)
        found = f"those who stand in for {f'contact {key}' if key.isdigit() else 'a person'} do so for one another"
        return finding(BARRED, who(key), "stand_in", found, "somebody who is there")
    whom = f"contact {person}" if person.isdigit() else "a person of the desk"
    if barred := context.person(person).barred(context.as_of.date()):
        return finding(BARRED, who(person), "person", f"{whom} has {barred.replace('_', ' ')}", "somebody who wants to hear of it")
    return finding(NO_DEVICE, who(person), "device", f"none of {whom}", "a device or a fallback address")


def finding(rule: str, subject: str, field_name: str, found: str, expected: str) -> Finding:
    """An exception of the block's own rules."""
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
