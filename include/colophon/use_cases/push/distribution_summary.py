"""PN-5: what became of many titles at once, told by channel and imprint: how many of each kind, to the teams of these titles. Pure."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence

from colophon.blocks.decision import DecisionContext
from colophon.blocks.notice import Notice, Posts, short_name
from colophon.blocks.notices import PEOPLE
from colophon.domain.team import TeamMember, TeamRole
from colophon.use_cases.push.distribution_facts import DELIVERED, UPDATED, WITHDRAWN, Fact

SUMMARY = "summary"
"""Label of a message: all that it is made of, so that it can go as it was planned."""


def summary(channel: str, imprint: str, told: Sequence[tuple[str, Fact]], team: Iterable[TeamMember], context: DecisionContext) -> Notice:
    """What became of titles of an imprint at a channel. :param told: facts, each with its title."""
    counts, posts = Counter(fact.kind for _, fact in told), _posts({title for title, _ in told}, team, context)
    name = short_name(json.dumps(sorted(told)))
    return _notice(json.dumps([channel, imprint, counts, posts, name], ensure_ascii=False))


def left_over(context: DecisionContext) -> list[Notice]:
    """Summaries that were planned and have not gone, as they were."""
    planned = context.history(PEOPLE, context.waiting(PEOPLE)).values()
    return [_notice(made_of) for made_of in dict.fromkeys(last.labels[SUMMARY] for last in planned if SUMMARY in last.labels)]


def _posts(titles: set[str], team: Iterable[TeamMember], context: DecisionContext) -> Posts:
    """Whoever has one of the roles in the teams of some titles; where nobody has, the desk of the role."""
    day, roles = context.as_of.date(), context.config.distribution_status.roles
    there = [member for member in team if f"work:{member.work_id}" in titles and member.is_on(day)]
    return tuple((role, tuple(sorted({str(member.contact_id) for member in there if member.role is role}))) for role in roles)


def _notice(made_of: str) -> Notice:
    channel, imprint, counts, posts, name = json.loads(made_of)
    return Notice(
        subject=f"distribution/{name}",
        occurrence="once",
        work_id=0,
        kind="distribution_summary",
        fields={"channel": channel, "imprint": imprint, **{kind: counts.get(kind, 0) for kind in (DELIVERED, UPDATED, WITHDRAWN)}},
        severity="info",
        data={"kind": "distribution_summary"},
        labels={SUMMARY: made_of},
        posts=tuple((TeamRole(role), tuple(people)) for role, people in posts),
    )
