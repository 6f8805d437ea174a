"""PN-3, metadata exceptions: the metadata specialist hears of faults in titles that are about to go out, before and as the nightly feed finds them.

The nightly feed's own decision says what is wrong (XC-1, asked and not acted on), under its ids; of titles that have not changed since,
what it keeps back stands in the ledger. A fault is told when it is new; from the next day on it stands in its person's daily digest.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.notice import Notice
from colophon.blocks.notices import Audience, address
from colophon.blocks.use_case import RIGHTS, UseCase
from colophon.config.monitoring import MetadataExceptions
from colophon.domain.facts import Facts
from colophon.domain.product import Product
from colophon.domain.team import TeamMember, TeamRole
from colophon.use_cases.push.title_faults import TITLES, KeptBack, Title, remembered

MOST_FAULTS = 6


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """New faults of each title as one notice, those of earlier days in one digest for each person; what is mended is forgotten."""
    rules, today = context.config.metadata_exceptions, context.as_of.date()
    memory = remembered(facts, context)
    team = [*facts.records(TeamMember, ()), *_imprint_desks(memory, facts.records(TeamMember, ()), rules, today)]
    records = {f"{subject}/{what}" for subject in {*memory, *context.memory} for what in ("faults", "open")}
    news, still_open = (
        Audience(rules.roles, rules.desk, rules.digest_above, digest_kind="faults_digest", keeps_hours=True),
        list[tuple[str, Notice]](),
    )
    notices = list[Notice]()
    for subject, row in memory.items():
        for since, faults in _by_since(row).items():
            if datetime.fromisoformat(since).date() == today:
                notices.append(_notice(subject, row, faults, f"faults/{since}", "metadata_faults", 0))
            else:
                days = (today - datetime.fromisoformat(since).date()).days
                still_open.append((since, _notice(subject, row, faults, f"open/{today}_{since}", "open_faults", days)))
        notices += _mended(subject, row) if rules.all_clear else ()
    plan = address(notices, team, news, context, use_case=CASE.id, records=records)
    daily = news._replace(digest_above=0, digest_kind="open_faults_digest")
    oldest_first = [notice for _, notice in sorted(still_open, key=lambda pair: (pair[0], pair[1].subject))]
    plan |= address(oldest_first, team, daily, context, use_case=CASE.id, records=records)
    return replace(plan, memory=memory)


def _by_since(row: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Faults that are worth telling, by when they began to be."""
    groups = defaultdict[str, list[dict[str, Any]]](list)
    for _, fault in sorted(row["faults"].items()):
        if fault["since"]:
            groups[fault["since"]].append(fault)
    return groups


def _notice(subject: str, row: Mapping[str, Any], faults: Sequence[Mapping[str, Any]], what: str, kind: str, days: int) -> Notice:
    blocks = sorted({name for fault in faults for name in fault["blocks"]})
    return Notice(
        subject=f"{subject}/{what}",
        occurrence="once",
        work_id=row["work_id"] or 0,
        kind=kind,
        fields={
            "title": row["title"],
            "isbn": row["isbn13"],
            "count": len(faults),
            "faults": [{name: fault[name] for name in ("rule", "field", "found", "expected")} for fault in faults[:MOST_FAULTS]],
            "blocks": ", ".join(blocks),
            "days": days,
        },
        data={"kind": kind, "isbn": row["isbn13"], "rules": " ".join(fault["rule"] for fault in faults[:40])},
        labels={"isbn": row["isbn13"], "cause": ", ".join(f"{fault['field']} ({fault['rule']})" for fault in faults[:MOST_FAULTS])},
    )


def _mended(subject: str, row: Mapping[str, Any]) -> Iterator[Notice]:
    """All that was told of at one time is mended."""
    for since in row["mended"]:
        yield Notice(
            subject=f"{subject}/faults/{since}",
            occurrence="mended",
            work_id=row["work_id"] or 0,
            kind="all_clear",
            fields={"title": row["title"], "stage": "", "trouble": "metadata_faults"},
            data={"kind": "all_clear", "isbn": row["isbn13"]},
            is_all_clear=True,
        )


def _imprint_desks(memory: Mapping[str, Any], team: Iterable[TeamMember], rules: MetadataExceptions, today: date) -> Iterator[TeamMember]:
    """Who stands for a role at the imprint's desk, for titles of which nobody has it."""
    named = {(member.work_id, member.role) for member in team if member.is_on(today)}
    for work_id, imprint in {(row["work_id"], row["imprint"]) for row in memory.values() if row["work_id"]}:
        for role in rules.roles:
            if (work_id, role) not in named:
                yield from (_at_desk(work_id, role, contact_id) for contact_id in rules.imprint_desks.get(imprint or "", ()))


def _at_desk(work_id: int, role: TeamRole, contact_id: int) -> TeamMember:
    return TeamMember(id=None, revision=None, updated_at=None, work_id=work_id, role=role, contact_id=contact_id)


CASE = UseCase(
    id="push__metadata_exceptions",
    reads=(Title, KeptBack),
    gains=(TeamMember,),
    upstream=(Product, *RIGHTS[1:]),
    staged=TITLES.facts,
    decide=decide,
    backfill="silent",
    tells_people=True,
    systems=("opentext_push", "people", "recipients"),
)
