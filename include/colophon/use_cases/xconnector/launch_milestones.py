"""XC-7, launch milestones: campaigns and pre-orders follow what is really done, format by format.

What a campaign system is to know of a format is one state: which stage has begun, or what it waits for. Only a state other than the
one that it has is told, so that a hold and a release between two runs are nothing, and what waits and is out of date does not go.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date, timedelta

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.ids import SYNDICATION
from colophon.blocks.use_case import UseCase
from colophon.domain.delivery import HistoryRow, Intent, LatestDelivery
from colophon.domain.facts import Facts, Known
from colophon.domain.launch import Launch
from colophon.domain.todo import Todo
from colophon.domain.work import Edition, Work
from colophon.launch.campaigns import CANCELLED, Campaign, campaign
from colophon.launch.done import begun
from colophon.ledger import Ledger
from colophon.systems.xconnector.planned import TYPE_LABEL, event
from colophon.use_cases.xconnector.asset_handoff import CASE as ASSET_HANDOFF
from colophon.use_cases.xconnector.asset_handoff import RELEASED, WITHDRAWN

MILESTONE, HOLD, RELEASE = "campaign.milestone", "campaign.hold", "campaign.release"
STAGE = "stage"


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """For each format that comes out, and each campaign system: its state, where that is another one than the system has."""
    plan, done, faults = Plan(), begun(facts.records(Todo), context.as_of.date()), context.faults()
    launches = {launch.work_id: launch for launch in facts.records(Launch, ())}
    works, rows, state = facts.records(Work), facts.records(HistoryRow, ()), facts.of(Work)
    is_all_read = isinstance(state, Known) and not state.unreadable
    withdrawn, isbns = _withdrawn(rows), {edition.isbn13 for work in works for edition in work.editions}
    for recipient, routes in context.config.routes_of(MILESTONE).items():
        formats = [
            (work, edition)
            for work in works
            for edition in work.editions
            if edition.isbn13 and any(route.takes(MILESTONE, work.imprint) for route in routes)
        ]
        known = {row.labels["isbn"] for row in rows if (row.use_case, row.destination) == (CASE.id, recipient)}
        gone = sorted(known - isbns) if is_all_read else []  # what could not be read may still be there
        history = context.history(recipient, [f"isbn:{isbn}" for isbn in (*(edition.isbn13 for _, edition in formats), *gone)])
        judged = plan.judged.setdefault(recipient, [])
        for work, edition in formats:
            subject = f"isbn:{edition.isbn13}"
            last = history.get(subject)
            if last is None and not _comes_out(edition, context):
                continue
            judged.append(subject)
            kinds = withdrawn.get(edition.isbn13 or "", frozenset())
            ready = campaign(
                work, edition, done.get(work.id, {}), launches.get(work.id), faults.get(subject, ()), kinds, context.config.launches
            )
            plan.intents += _state(recipient, subject, ready, edition.publication_on, last, context)
        for isbn in gone:
            judged.append(f"isbn:{isbn}")
            plan.intents += _state(recipient, f"isbn:{isbn}", Campaign(CANCELLED), None, history.get(f"isbn:{isbn}"), context)
        plan.settled[recipient] = list(judged)
    return plan


def _state(
    recipient: str, subject: str, ready: Campaign, published_on: date | None, last: LatestDelivery | None, context: DecisionContext
) -> Iterator[Intent]:
    """The state to tell; nothing where the system has it, or there is none yet."""
    had = next(iter(last.held), None) if last else None
    labels = had.labels if had else {}
    if (had is None and ready.stage in {"", CANCELLED}) or ready.stage == labels.get(STAGE) == CANCELLED:
        return
    if ready.missing or not ready.stage:
        kind, stage = HOLD, ready.stage or labels.get(STAGE, "")
        more = {"reason": "; ".join(ready.missing) or "it is no longer ready"}
    elif ready.stage != CANCELLED and (
        labels.get(TYPE_LABEL) == HOLD or (labels.get(TYPE_LABEL) == RELEASE and labels.get(STAGE) == ready.stage)
    ):
        kind, stage, more = RELEASE, ready.stage, {"reason": f"{ready.stage}: nothing is missing any more"}
    else:
        kind, stage, more = MILESTONE, ready.stage, {"milestone": ready.stage}
    isbn, finals = subject.removeprefix("isbn:"), {"assetsFinal": ready.are_assets_final, "metadataFinal": ready.is_metadata_final}
    data = {"isbn": isbn, "publicationDate": published_on, **finals, **more}
    wanted = event(CASE.id, recipient, subject, kind, data, context.as_of, labels={STAGE: stage, "isbn": isbn})
    if had is None or had.content_hash != wanted.content_hash:
        yield wanted


def _withdrawn(rows: Iterable[HistoryRow]) -> dict[str, frozenset[str]]:
    """By ISBN, the kinds of files that receivers were told are withdrawn, and of which they have no other."""
    told = defaultdict[str, dict[bool, set[str]]](lambda: {True: set(), False: set()})
    for row in rows:
        if row.use_case == ASSET_HANDOFF.id:
            told[row.labels["isbn"]][row.labels[TYPE_LABEL] == WITHDRAWN].add(row.labels["kind"])
    return {isbn: frozenset(kinds[True] - kinds[False]) for isbn, kinds in told.items()}


def recalled(ledger: Ledger, context: DecisionContext, _isbns: Collection[str]) -> Iterator[HistoryRow]:
    """Every file that a receiver was told of, and every format that a campaign system was."""
    for case, kind in ((ASSET_HANDOFF, RELEASED), (CASE, MILESTONE)):
        for recipient in context.config.routes_of(kind):
            yield from ledger.newest(case.id, recipient)


def _comes_out(edition: Edition, context: DecisionContext) -> bool:
    """Whether it has a day of publication that is not long past, and is not cancelled."""
    last_day = context.as_of.date() - timedelta(days=context.config.launches.days_after)
    return not edition.is_cancelled and (edition.publication_on is None or edition.publication_on >= last_day)


CASE = UseCase(
    id="xconnector__launch_milestones",
    reads=(Todo, Work),
    gains=(Launch,),
    recalled=recalled,
    decide=decide,
    faults_of=SYNDICATION,  # what that keeps back is not final
    reads_all=True,  # days come, copies arrive and holds are set without a to-do
    backfill="latest",
    systems=("xconnector",),
)
