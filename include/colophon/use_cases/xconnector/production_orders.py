"""XC-5, production orders: an approved run becomes file release, print order and warehouse booking, each after the one before was acknowledged.

An order is one subject at three destinations (`Intent.after`), named by its run, its format and a number that rises only once all who may
have had the order have confirmed that it is cancelled. What changed before the printer took it is an amendment of the same order, and a
new order where it is another book or printer; afterwards what it took stands, and a person decides. To a printer that is blocked nothing new goes, and what has left stands.
"""

from collections.abc import Iterator
from itertools import count

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.ids import PRODUCTION_ORDERS
from colophon.blocks.use_case import UseCase
from colophon.domain.delivery import HistoryRow, Intent, LatestDelivery
from colophon.domain.facts import Facts
from colophon.domain.finding import Finding
from colophon.domain.todo import Todo
from colophon.domain.work import Work
from colophon.orders import FILES, PRINT, STEPS, STOPPED, WAREHOUSE
from colophon.use_cases.xconnector.order_approvals import Approved, approved, spent
from colophon.use_cases.xconnector.order_checks import blocked, came, faults_of, finding
from colophon.use_cases.xconnector.order_steps import (
    LastOf,
    booking,
    cancel,
    has_left,
    is_called_back,
    is_made_otherwise,
    is_over,
    is_used_up,
    steps_of,
)


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """The steps of each order that is approved; for one that no longer is, what can still be stopped."""
    plan, stopped = Plan(judged={name: [] for name in STEPS}), {note["order"] for note in context.remembered(STOPPED)}
    known = {row.subject for row in facts.records(HistoryRow)}
    history = {name: context.history(name, known) for name in STEPS}

    def last_of(subject: str) -> LastOf:
        return {name: history[name].get(subject) for name in STEPS}

    wanted, waits = dict[str, Approved](), set[str]()
    spent_on = spent({subject: last_of(subject) for subject in known})
    for stem, order in approved(facts.records(Work), facts.records(Todo), spent_on, context.config.production, context.as_of):
        subject = next(name for name in (f"order:{stem}-{number}" for number in count(1)) if not is_used_up(last_of(name)))
        if stem in stopped:
            continue
        if is_called_back(last_of(subject)):
            waits.add(subject)
        elif order.is_new or subject in known:
            wanted[subject] = order
    for subject in sorted(known | wanted.keys()):
        if subject in wanted:
            plan.findings += _order(plan, subject, wanted[subject], last_of(subject), context)
        elif facts.findings:
            continue  # what could not be read may still be approved
        elif not is_over(last_of(subject)[PRINT], context):
            is_stopped = subject.partition(":")[2].rpartition("-")[0] in stopped
            reason = "stopped by hand" if is_stopped else "the approval was taken back"
            plan.findings += _pulled_back(plan, subject, last_of(subject), reason, context, waits=subject in waits)
        for name in STEPS:
            plan.judged[name].append(subject)
    plan.settled = {name: list(judged) for name, judged in plan.judged.items()}
    return plan


def _order(plan: Plan, subject: str, order: Approved, last_of: LastOf, context: DecisionContext) -> Iterator[Finding]:
    """The steps of an order as it is to be; what the printer has accepted stands."""
    rules, edition = context.config.production, order.edition
    specification = rules.specifications.get(edition.isbn13 or "")
    faults = faults_of(order, specification)
    steps = (
        []
        if faults or not specification
        else steps_of(subject, order.run, edition, order.copies, specification, context.as_of, order.approval)
    )
    printed = last.taken if (last := last_of[PRINT]) else None
    if printed is None and any(is_made_otherwise(step, last_of[step.destination], context.content) for step in steps):
        yield from _pulled_back(plan, subject, last_of, "it is to be made otherwise", context, waits=True)
        return
    if printed is None and steps and specification and (who := blocked(str(specification.printer), context)):
        left = "; it may have the order already" if has_left(last) else ""
        yield finding("PO5", subject, PRINT, f"its printer is blocked ({who}){left}", "a printer that gets orders")
        return
    is_changed = bool(faults) or any(_differs(step, last_of[step.destination]) for step in steps if step.destination != WAREHOUSE)
    if printed is None and faults:
        yield finding("PO1", subject, FILES, "; ".join(faults), "all that the printer needs")
    if printed is None or not is_changed:
        plan.intents += steps
    if printed is None:
        return
    told = context.sent_json(printed.content_hash)
    if is_changed:
        yield finding("PO2", subject, PRINT, "; ".join(faults) or "another run or specification", "what the printer has accepted")
        plan.intents += [booking(subject, told, context.as_of)] if last_of[WAREHOUSE] and told else []
    received = came(order.copies)
    if received is not None and told and not rules.is_usual(received, told["quantity"], specification):
        yield finding("PO4", subject, PRINT, f"{received} copies came of {told['quantity']}", "about as many as were ordered")


def _pulled_back(plan: Plan, subject: str, last_of: LastOf, reason: str, context: DecisionContext, *, waits: bool) -> Iterator[Finding]:
    """Of an order that is not wanted as it is: what waits does not go, what has left is cancelled there. `waits`: another one follows."""
    for name, last in last_of.items():
        if last is None or not has_left(last):
            continue
        plan.intents.append(cancel(subject, name, last, reason, context))
        if name == PRINT:
            again = "; the next one waits until the printer has confirmed that" if waits else ""
            yield finding("PO3", subject, PRINT, f"the order had left: it may be too late{again}", "nothing ordered")


def _differs(step: Intent, last: LatestDelivery | None) -> bool:
    return last is None or last.content_hash != step.content_hash


CASE = UseCase(
    id=PRODUCTION_ORDERS,
    reads=(Todo, Work),
    recalls=lambda _config: (FILES,),
    decide=decide,
    reads_all=True,  # runs and specifications change without a to-do, and an order that nobody approves any more is taken back
    backfill="latest",
    systems=("xconnector",),
)
