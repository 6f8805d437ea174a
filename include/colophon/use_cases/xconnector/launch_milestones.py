"""XC-7, launch milestones: campaigns and pre-orders follow what is really done, format by format.

What a campaign system is to know of a format is one state: which stage has begun, or what it waits for. Only a state other than the
one that it has is told, so that a hold and a release between two runs are nothing, and what waits and is out of date does not go.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.use_case import UseCase
from colophon.config.launches import Launches
from colophon.domain.facts import Facts
from colophon.domain.launch import Launch
from colophon.domain.todo import Milestone, Todo, done_milestones
from colophon.domain.work import Edition, Work
from colophon.ledger import Intent, LatestDelivery
from colophon.systems.xconnector.port import TYPE_LABEL

MILESTONE, HOLD, RELEASE = "campaign.milestone", "campaign.hold", "campaign.release"
STAGE = "stage"
OFF, CANCELLED = "01", "cancelled"
SYNDICATION = "xconnector__metadata_syndication"
"""What it keeps back is not final."""


class Readiness(NamedTuple):
    """How far a format's campaign may go: the stage that has begun (empty: none yet), and what is missing."""

    stage: str
    missing: tuple[str, ...]


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """For each format that comes out, and each campaign system: its state, where that is another one than the system has."""
    plan, done, faults = Plan(), done_milestones(facts.records(Todo), context.as_of), context.faults()
    launches = {launch.work_id: launch for launch in facts.records(Launch, ())}
    works = facts.records(Work)
    for recipient, routes in context.config.routes_of(MILESTONE).items():
        formats = [
            (work, edition)
            for work in works
            for edition in work.editions
            if edition.isbn13 and any(route.takes(MILESTONE, work.imprint) for route in routes)
        ]
        history = context.history(recipient, [f"isbn:{edition.isbn13}" for _, edition in formats])
        judged = plan.judged.setdefault(recipient, [])
        for work, edition in formats:
            subject = f"isbn:{edition.isbn13}"
            last = history.get(subject)
            if last is None and not _comes_out(edition, context):
                continue
            judged.append(subject)
            ready = _readiness(work, edition, done[work.id], launches.get(work.id), faults.get(subject, ()), context.config.launches)
            told = {
                "isbn": edition.isbn13,
                "publicationDate": str(edition.publication_on) if edition.publication_on else None,
                "assetsFinal": set(context.config.launches.assets) <= done[work.id].keys(),
                "metadataFinal": subject not in faults,
            }
            if edition.publishing_status == OFF:
                ready = Readiness(CANCELLED, ())
            plan.intents += _state(recipient, subject, ready, told, last, context)
        plan.settled[recipient] = list(judged)
    return plan


def _readiness(
    work: Work, edition: Edition, done: Mapping[Milestone, str], launch: Launch | None, faults: Collection[str], launches: Launches
) -> Readiness:
    """What has begun, and what holds it; delayed is a title until its publication is scheduled anew."""
    begun = [name for name, stage in launches.stages.items() if stage.begins in done]
    missing = [f"{need} is missing" for name in begun for need in launches.stages[name].needs if need not in done]
    copies = [row for run in work.production_runs for row in run.quantities if row.product_id in (None, edition.product_id)]
    if any(launches.stages[name].stock for name in begun) and copies and not any(row.received for row in copies):
        missing.append("no copies were received")
    if done.get(Milestone.TITLE_DELAYED, "") > done.get(Milestone.PUBLICATION_SCHEDULED, ""):
        missing.append("the title is delayed")
    if launch is not None and launch.is_on_hold:
        missing.append("the launch is on hold")
    if faults:
        missing.append(f"metadata is not final ({', '.join(faults)})")
    return Readiness(begun[-1] if begun else "", tuple(dict.fromkeys(missing)))


def _state(
    recipient: str, subject: str, ready: Readiness, told: Mapping[str, Any], last: LatestDelivery | None, context: DecisionContext
) -> Iterable[Intent]:
    """The state to tell; nothing where the system has it, or there is none yet."""
    had = next(iter(last.held), None) if last else None
    labels = had.labels if had else {}
    if had is None and ready.stage in {"", CANCELLED}:
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
    content = json.dumps({**told, **more}, sort_keys=True).encode()
    if had is not None and had.content_hash == hashlib.sha256(content).hexdigest():
        return
    yield Intent(
        use_case=CASE.id,
        destination=recipient,
        subject=subject,
        delivery_class="A",
        content=content,
        media_type="application/json",
        as_of=context.as_of,
        labels={TYPE_LABEL: kind, STAGE: stage, "isbn": str(told["isbn"])},
    )


def _comes_out(edition: Edition, context: DecisionContext) -> bool:
    """Whether it has a day of publication that is not long past, and is not cancelled."""
    last_day = context.as_of.date() - timedelta(days=context.config.launches.days_after)
    return edition.publishing_status != OFF and (edition.publication_on is None or edition.publication_on >= last_day)


CASE = UseCase(
    id="xconnector__launch_milestones",
    reads=(Todo, Work),
    gains=(Launch,),
    decide=decide,
    faults_of=SYNDICATION,
    reads_all=True,  # days come, copies arrive and holds are set without a to-do
    backfill="latest",
    systems=("xconnector",),
)
