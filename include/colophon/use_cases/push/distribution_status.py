"""PN-5, distribution status: sales, marketing and operations hear what became of a title at its recipients, as the ledger knows it.

All that happened to a title in one window is one message, by channel. Many titles are told by channel and imprint; those that were
refused, or are watched, each all the same. That a recipient has it is told once, when it takes it; what it says later only if it is no.
"""

import json
from collections import defaultdict
from collections.abc import Sequence

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.notice import Notice, short_name
from colophon.blocks.notices import Audience, address
from colophon.blocks.use_case import UseCase
from colophon.domain.delivery import HistoryRow
from colophon.domain.facts import Facts
from colophon.domain.launch import Launch
from colophon.domain.team import TeamMember
from colophon.domain.todo import Todo
from colophon.domain.work import Work
from colophon.use_cases.push.distribution_facts import (
    APPROVED,
    DELIVERED,
    FACTS,
    HEARD,
    REFUSED,
    UPDATED,
    WITHDRAWN,
    Fact,
    by_title,
    facts_of,
    heard_by,
    known,
    recalled,
    remembered,
    untold,
)
from colophon.use_cases.push.distribution_summary import left_over, summary


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """A message for each title about which something became known since the last run, or was and somebody could not be told."""
    rules, team, works = context.config.distribution_status, facts.records(TeamMember, ()), facts.records(Work, ())
    of_isbn = {edition.isbn13: work.subject for work in works for edition in work.editions if edition.isbn13}
    first_isbn = {work.id: edition.isbn13 for work in works for edition in reversed(work.editions) if edition.isbn13}
    left, new = (by_title(found, of_isbn) for found in (untold(context), known(facts, context, first_isbn)))
    by_subject, single = {work.subject: work for work in works}, list[Notice]()
    summed = defaultdict[tuple[str, str], list[tuple[str, Fact]]](list)
    for title in sorted({*left, *new}):
        work, found = by_subject.get(title), new.get(title, {})
        is_own = any(fact.kind in {REFUSED, APPROVED} or fact.isbn in rules.watch for fact in found.values())
        if not is_own and len(new) > rules.single_up_to:
            for fact in found.values():
                summed[fact.channel, (work.imprint if work else None) or "?"].append((title, fact))
            found = {}
        if every := left.get(title, {}) | found:
            single.append(_notice(title, work, [*every.values()]))

    def tell(notice: Notice, person: str) -> Notice | None:
        """Of a title that of which somebody has not heard; others may wait for their hours meanwhile."""
        if notice.record not in left:
            return notice
        every, heard = facts_of(notice.labels), heard_by(person, notice.subject, context)
        unheard = [fact for fact in every if fact not in heard]
        if not unheard:
            return None
        return _notice(notice.record, by_subject.get(notice.record), unheard, [fact for fact in every if fact in heard])

    summaries = [summary(*place, told, team, context) for place, told in sorted(summed.items())]
    audience, notices = Audience(rules.roles, rules.desk, rules.digest_above, keeps_hours=True), [*single, *summaries, *left_over(context)]
    plan = address(notices, team, audience, context, use_case=CASE.id, records={*left, *new}, tell=tell)
    plan.memory = remembered(facts, context)
    return plan


def _notice(title: str, work: Work | None, found: list[Fact], heard: Sequence[Fact] = ()) -> Notice:
    """What is said of a title. :param heard: what its reader knows and others wait for."""
    channels = {kind: sorted({fact.channel for fact in found if fact.kind == kind}) for kind in (DELIVERED, UPDATED, WITHDRAWN)}
    refused = [{"channel": fact.channel, "reason": fact.reason, "owner": fact.owner} for fact in found if fact.kind == REFUSED]
    told, before = (json.dumps(sorted(some), ensure_ascii=False) for some in (found, heard))
    approved = next((fact.what for fact in found if fact.kind == APPROVED), "")
    return Notice(
        subject=f"{title}/status",
        occurrence=short_name(told),
        work_id=work.id if work else 0,
        kind="distribution",
        fields={"title": (work.title if work else None) or title, "approved": approved, "refused": refused, **channels},
        severity="action" if refused else "info",
        data={"kind": "distribution", "title": title, "refused": str(len(refused))},
        labels={FACTS: told, **({HEARD: before} if heard else {})},
    )


CASE = UseCase(
    id="push__distribution_status",
    reads=(HistoryRow,),
    gains=(Todo, Launch, TeamMember, Work),
    recalled=recalled,
    decide=decide,
    backfill="silent",
    tells_people=True,
    systems=("opentext_push",),
)
