"""XC-5, production orders: an approved run becomes file release, print order and warehouse booking, each after the one before was acknowledged.

An order is one subject at three destinations (`Intent.after`), named by its run, its format and a number that rises only after an order
was cancelled: however often an approval is told, it is one order. What changed before the printer took it is an amendment of the
same order; afterwards a person decides.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from typing import NamedTuple

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.use_case import UseCase
from colophon.domain.facts import Facts
from colophon.domain.finding import Finding, Severity
from colophon.domain.todo import Todo, TodoStatus
from colophon.domain.work import Edition, ProductionRun, Work
from colophon.ledger import HistoryRow, Intent, LatestDelivery, Ledger
from colophon.ledger.records import After, reached
from colophon.orders import STOPPED
from colophon.systems.xconnector.port import TYPE_LABEL
from colophon.use_cases.xconnector.order_steps import CANCEL, FILES, PRINT, STEPS, WAREHOUSE, cancel, steps_of

RULES = {
    "PO1": ("An approved run says all that its printer needs", "Complete the run in Consonance, or the title's part of production.yaml."),
    "PO2": ("What a printer has accepted stays as it is", "Ask the printer; cancel the order, or put Consonance back to what was ordered."),
    "PO3": (
        "An order is taken back before it has left",
        "Telephone the printer: plates and paper may be charged. If copies were made, hold them at the warehouse.",
    ),
}
OFF = "01"
"""ONIX List 64: cancelled."""


class Approved(NamedTuple):
    """One format of an approved run; `is_new`: it may be ordered, for nobody did so by other means."""

    run: ProductionRun
    edition: Edition
    is_new: bool


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """The steps of each order that is approved; for one that no longer is, what can still be stopped."""
    plan, works, stopped = Plan(judged={name: [] for name in STEPS}), facts.records(Work), context.memory.get(STOPPED, {})
    known = {row.subject for row in facts.records(HistoryRow)}
    history = {name: context.history(name, known) for name in STEPS}
    wanted = dict[str, Approved]()
    for stem, order in _approved(works, facts.records(Todo), context):
        if stem.removeprefix("order:") in stopped:
            continue
        number = 1
        while (last := history[FILES].get(f"{stem}-{number}")) is not None and _was_cancelled(last):
            number += 1
        if order.is_new or f"{stem}-{number}" in known:
            wanted[f"{stem}-{number}"] = order
    for subject in sorted(known | wanted.keys()):
        last_of = {name: history[name].get(subject) for name in STEPS}
        if subject in wanted:
            plan.findings += _order(plan, subject, wanted[subject], last_of, context)
        elif not facts.findings and not _is_over(last_of[PRINT], context):  # what could not be read may still be approved
            plan.findings += _pulled_back(plan, subject, last_of, context)
    plan.settled = {name: list(judged) for name, judged in plan.judged.items()}
    return plan


def _approved(works: Iterable[Work], todos: Iterable[Todo], context: DecisionContext) -> Iterator[tuple[str, Approved]]:
    """Runs whose own approval is done, by the stem of the order's name: the first to-do approves the first run, the second one a reprint."""
    rules, of_work = context.config.production, defaultdict[int, list[Todo]](list)
    for todo in sorted(todos, key=lambda todo: todo.id or 0):
        if todo.milestone is rules.approval and todo.work_id is not None and todo.is_proof:
            of_work[todo.work_id].append(todo)
    for work in works:
        runs = sorted(work.production_runs, key=lambda run: (run.delivery_on or date.max, run.id))
        for run, todo in zip(runs, of_work[work.id], strict=False):
            day = todo.completed_at.date() if todo.completed_at else todo.completed_on
            if todo.status is not TodoStatus.DONE or day is None or day > context.as_of.date():
                continue
            is_new = day >= rules.approved_from and not any(row.received for row in run.quantities)
            named = {row.product_id for row in run.quantities} | set(run.product_ids)
            for edition in work.editions:
                if (edition.product_id in named or named <= {None}) and edition.publishing_status != OFF:
                    yield f"order:{run.id}-{edition.product_id}", Approved(run, edition, is_new)


def _order(
    plan: Plan,
    subject: str,
    order: Approved,
    last_of: Mapping[str, LatestDelivery | None],
    context: DecisionContext,
) -> Iterator[Finding]:
    """The steps of an order as it is to be; as it was, where the printer has accepted it."""
    run, edition, _ = order
    for name in STEPS:
        plan.judged[name].append(subject)
    specification = context.config.production.specifications.get(edition.isbn13 or "")
    copies = [row for row in run.quantities if row.product_id in (None, edition.product_id)]
    faults = [] if sum(row.ordered for row in copies) > 0 else ["no quantity"]
    faults += [] if run.delivery_on else ["no delivery day"]
    faults += specification.faults() if specification else ["no specification in production.yaml"]
    taken = last_of[PRINT]
    is_accepted = taken is not None and taken.state in reached("confirmed")
    if faults and not is_accepted:
        yield _finding("PO1", subject, FILES, "; ".join(faults), "all that the printer needs")
        return
    intents = [] if faults or specification is None else steps_of(subject, run, edition, copies, specification, context.as_of)
    changed = [
        intent.destination for intent in intents if intent.destination != WAREHOUSE and _differs(intent, last_of[intent.destination])
    ]
    if is_accepted and (faults or changed):
        yield _finding("PO2", subject, PRINT, "; ".join(faults) or "another run or specification", "what the printer has accepted")
        intents = [kept for name in STEPS if (kept := _as_it_was(name, subject, last_of[name], context)) is not None]
    plan.intents += intents


def _pulled_back(plan: Plan, subject: str, last_of: Mapping[str, LatestDelivery | None], context: DecisionContext) -> Iterator[Finding]:
    """Of an order that nobody approves any more: what waits does not go, what has left is cancelled there."""
    for step, name in enumerate(STEPS, start=1):
        plan.judged[name].append(subject)
        last = last_of[name]
        if last is None or not (_has_left(last) or last.labels.get(TYPE_LABEL) == CANCEL):
            continue
        is_stopped = subject.partition(":")[2].rpartition("-")[0] in context.memory.get(STOPPED, {})
        reason = "stopped by hand" if is_stopped else "the approval was taken back"
        plan.intents.append(cancel(subject, name, [step], reason, context.as_of))
        if name == PRINT:
            yield _finding("PO3", subject, PRINT, "the order had left: it may be too late", "nothing ordered")


def _has_left(last: LatestDelivery) -> bool:
    """Whether the destination may have it; what it refused it has not."""
    return bool(last.held) and last.state != "failed"


def _is_over(printed: LatestDelivery | None, context: DecisionContext) -> bool:
    """Whether the copies of an order have come, by the day on which they were due: there is nothing left to stop."""
    content = context.content(printed.content_hash) if printed else None
    due_on = json.loads(content).get("dueOn") if content else None
    return due_on is not None and date.fromisoformat(due_on) < context.as_of.date()


def _as_it_was(name: str, subject: str, last: LatestDelivery | None, context: DecisionContext) -> Intent | None:
    """A step as it was planned last."""
    content = context.content(last.content_hash) if last else None
    if last is None or content is None:
        return None
    after = After(PRINT, subject, "confirmed") if name == WAREHOUSE else After(FILES, subject, "confirmed") if name == PRINT else None
    return Intent(CASE.id, name, subject, "A", content, "application/json", context.as_of, labels=dict(last.labels), after=after)


def _differs(intent: Intent, last: LatestDelivery | None) -> bool:
    return last is not None and last.content_hash != intent.content_hash


def _was_cancelled(last: LatestDelivery) -> bool:
    """Whether its cancellation has left: the name is used up."""
    return bool(last.held) and last.held[0].labels.get(TYPE_LABEL) == CANCEL


def _finding(rule: str, subject: str, blocks: str, found: str, expected: str) -> Finding:
    return Finding(
        subject=subject, rule=rule, severity=Severity.ERROR, field="order", found=found, expected=expected, remedy=RULES[rule][1],
        owner="production_manager", blocks=blocks,
    )  # fmt: skip


def recalled(ledger: Ledger, _context: DecisionContext, _isbns: Collection[str]) -> Iterator[HistoryRow]:
    """Every order that there is."""
    return iter(ledger.newest(CASE.id, FILES))


CASE = UseCase(
    id="xconnector__production_orders",
    reads=(Todo, Work),
    recalled=recalled,
    decide=decide,
    reads_all=True,  # runs and specifications change without a to-do, and an order that nobody approves any more is taken back
    backfill="latest",
    systems=("xconnector",),
)
