"""BN-5, campaign readiness: key titles are asked of the video library with milestone and launch date; what is made, and shown, comes back.

A request is the record of a video in the library, whose campaign says the launch, the milestone and the day by which it is needed. What
the library says of it is a to-do of the title in Consonance, and stands on the title's readiness. No longer flagged: no longer asked for.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from colophon.blocks.decision import DecisionContext
from colophon.blocks.desired_state import OPENS, change
from colophon.blocks.launches import LaunchCase, LaunchPlan, Remembered
from colophon.blocks.write_back import intent
from colophon.domain.facts import Facts, Known
from colophon.domain.product import Product
from colophon.domain.todo import Todo
from colophon.http.jsontext import read_json
from colophon.launch.rules import STATUS, VIDEO, launch_fault
from colophon.launch.view import VIDEO as VIDEOS
from colophon.launch.view import name_of
from colophon.systems.bytenite.library import DESTINATION
from colophon.systems.bytenite.records import VERB
from colophon.systems.bytenite.shown import Shown
from colophon.systems.consonance.writes.operations import CONSONANCE
from colophon.use_cases.bytenite.campaign_videos import Deliverable, deliverables, is_asked, record_name


def decide(facts: Facts, context: DecisionContext) -> LaunchPlan:
    """Requests that differ from what the library has, what comes back to titles, and what is late. Nothing is asked while it cannot be read."""
    shown = facts.of(Shown)
    if not isinstance(shown, Known):
        return LaunchPlan(kept={row.name: _unknown(row.value) for row in facts.records(Remembered)})
    plan = LaunchPlan(
        judged={DESTINATION: [], CONSONANCE: []}, settled={DESTINATION: [], CONSONANCE: []}, everything=frozenset({DESTINATION, CONSONANCE})
    )
    wanted = list(deliverables(facts, shown.records, context))
    for each in wanted:
        _ask(plan, each, context)
        _tell(plan, each, context)
    by_work = defaultdict[int, list[dict[str, Any]]](list)
    for each in wanted:
        by_work[each.work.id].append({"kind": each.kind, "due": each.due.isoformat(), "is_there": each.is_there, "said": each.said})
    plan.kept = {name_of(VIDEOS, key): {"work": key, "videos": rows} for key, rows in by_work.items()}
    _withdraw(plan, wanted, shown.records, facts, context)
    return plan


def _ask(plan: LaunchPlan, each: Deliverable, context: DecisionContext) -> None:
    """The request, where the library has none or another one. A video that people brought there carries none: it is not ours to write."""
    plan.judged[DESTINATION].append(each.subject)
    plan.names[each.subject] = each.subject
    video, name = each.shown.video if each.shown else None, record_name(each.work.id, each.kind)
    if video is None or (video.external_id == name and video.campaign != each.campaign):
        isbns = [product.isbn13 for product in each.work.products if product.isbn13]
        new = {"title": f"{each.work.title[:150]}: {each.kind.lower().replace('_', ' ')}", "workId": each.work.id, "isbns": isbns}
        body = {"externalId": name, "kind": each.kind, "campaign": each.campaign, **(new if video is None else {"title": video.title})}
        labels = {VERB: "video", "isbn": isbns[0] if isbns else "", "title": each.work.title[:200], "work": str(each.work.id)}
        plan.intents.append(change(CASE, context, each.subject, body, turn=OPENS, seen=str(video.revision) if video else "", labels=labels))
    else:
        plan.settled[DESTINATION].append(each.subject)
    owner = context.config.readiness.owner(each.kind, "commercial")
    if each.is_there is None:
        plan.findings.append(
            launch_fault(STATUS, each.subject, "status", each.said, "a status that the contract names", blocks=DESTINATION)
        )
    elif not each.is_there and each.due < context.as_of.date():
        found, expected = f"{each.said} on {context.as_of.date()}", f"ready by {each.due}"
        plan.findings.append(
            launch_fault(VIDEO, each.subject, each.kind, found, expected, blocks=DESTINATION, owner=owner, imprint=each.work.imprint or "")
        )


def _tell(plan: LaunchPlan, each: Deliverable, context: DecisionContext) -> None:
    """What becomes of it, as a to-do of the title that others can look at; it says no more than it did before."""
    last = context.history(CONSONANCE, [each.subject]).get(each.subject)
    status = "DONE" if each.is_there else "OPEN"
    done = last.labels.get("done", "") if last and last.labels.get("status") == "DONE" else context.as_of.date().isoformat()
    labels = {"status": status, "title": each.work.title[:200], "work": str(each.work.id), "done": done if status == "DONE" else ""}
    members: dict[str, object] = {
        "workId": each.work.id,
        "description": f"Video: {each.kind.lower().replace('_', ' ')} ({each.said})"[:1000],
        "assigneeContactId": None,
        "dueOn": each.due.isoformat(),
        "completedOn": done if status == "DONE" else None,
        "status": status,
        "tags": ["video"],
    }
    _put(plan, each.work.id, each.kind, members, labels, context)


def _put(
    plan: LaunchPlan, work: int, kind: str, members: Mapping[str, object], labels: Mapping[str, str], context: DecisionContext
) -> None:
    subject = f"work:{work}/{kind}"
    plan.judged[CONSONANCE].append(subject)
    told = intent("upsertTodo", f"bn5:{work}:{kind}", members, use_case=CASE.id, subject=subject, as_of=context.as_of, labels=labels)
    plan.intents.append(told)


def _withdraw(plan: LaunchPlan, wanted: Sequence[Deliverable], shown: Sequence[Shown], facts: Facts, context: DecisionContext) -> None:
    """Requests of ours that nobody wants any more: the campaign is taken off, and the to-do with it. What is out keeps what it had."""
    names = {record_name(each.work.id, each.kind) for each in wanted}
    out = {product.work_id for product in facts.records(Product) if product.publishing_status == "04"}
    for each in shown:
        video = each.video
        if video.external_id in names or not is_asked(video) or int(str(video.work_id)) in out:
            continue
        subject = f"work:{video.work_id}/{video.kind}"
        body = {"externalId": video.external_id, "kind": video.kind, "title": video.title, "campaign": None}
        labels = {VERB: "video", "title": video.title, "work": str(video.work_id)}
        plan.judged[DESTINATION].append(subject)
        plan.intents.append(change(CASE, context, subject, body, turn=OPENS, seen=str(video.revision), labels=labels))
        last = context.history(CONSONANCE, [subject]).get(subject)
        if last is not None and (content := context.content(last.content_hash)):
            said: Any = read_json(content)
            members = {**said["members"], "completedOn": None, "status": "CANCELLED"}
            _put(plan, int(str(video.work_id)), video.kind, members, {**last.labels, "status": "CANCELLED", "done": ""}, context)


def _unknown(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """What was remembered, while nobody can say how it stands."""
    return {**row, "videos": [{**video, "is_there": None, "said": "the video library was not read"} for video in row["videos"]]}


CASE = LaunchCase(
    id="bytenite__campaign_readiness",
    reads=(Product, Todo),
    decide=decide,
    destination=DESTINATION,
    remembers=(VIDEOS,),
    keeps=(VIDEOS,),
    reads_all=True,
    backfill="silent",
    writes=("upsertTodo",),
    systems=("bytenite",),
)
