"""FP-4, availability in the portal: which cells of which products close and open, so that the portal shows what rights allow.

The state of the engine is compared with the state that the portal shows; only what differs is sent. What was switched by hand is
put right and reported. A product of the portal whose rights nobody knows is closed.
"""

import json

from colophon.blocks.decision import DecisionContext, Plan, RightsQuestion
from colophon.blocks.desired_state import CLOSES, OPENS, DesiredState, change, plan_for
from colophon.blocks.use_case import RIGHTS
from colophon.domain.delivery import Intent, LatestDelivery
from colophon.domain.facts import Facts
from colophon.domain.finding import Finding
from colophon.rights.rules import broken
from colophon.systems.fourallportal.availability import Place, open_cells, place_of, told
from colophon.systems.fourallportal.mapping import PortalMapping
from colophon.systems.fourallportal.records import PortalObject
from colophon.systems.fourallportal.rules import DESTINATION
from colophon.use_cases.fourallportal.compared_availability import Compared, compared

_MOST_TOLD = 10


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """Deliveries for products whose availability is not as rights say.

    :raises BadConfigError: a territory that is no country.
    """
    plan, (mapping,) = plan_for(DESTINATION, context), facts.records(PortalMapping)
    products = list(compared(facts, context))
    history = context.history(DESTINATION, [product.subject for product in products])
    for product in products:
        plan.judged[DESTINATION].append(product.subject)
        plan.names[product.subject] = product.name
        if product.fault is not None:
            plan.findings.append(product.fault)
        elif product.difference:
            plan.findings += _findings(product, mapping, history.get(product.subject), context)
            plan.intents.append(_intent(product, mapping, context))
        else:
            plan.settled[DESTINATION].append(product.subject)
    names = set(plan.names.values())
    faults_of_records = (finding for finding in context.rights.findings if finding.subject in names)
    plan.findings += [finding.model_copy(update={"blocks": DESTINATION}) for finding in faults_of_records]
    return plan


def still_open(facts: Facts, context: DecisionContext) -> list[Finding]:
    """What the portal shows as open although rights do not allow it, after everything was sent."""
    findings, (mapping,) = list[Finding](), facts.records(PortalMapping)
    for product in compared(facts, context):
        if product.fault is not None:
            findings.append(product.fault)
        elif places := product.difference.to_close:
            findings.append(product.finding("R7", _listed(told(places, mapping)), "closed"))
    return findings


def gone(isbn: str) -> Finding:
    """That the portal had a product of ours, and has it no more: nobody makes it anew."""
    expected, remedy = (
        "in the portal, as long as Consonance has it",
        "Restore it in the portal; if it was deleted on purpose, close this exception.",
    )
    return broken("R6", f"isbn:{isbn}", "product", "deleted by hand", expected, blocks=DESTINATION, remedy=remedy)


def _intent(product: Compared, mapping: PortalMapping, context: DecisionContext) -> Intent:
    words = {True: "open", False: "closed", None: "unknown"}
    content = {
        "kind": "availability",
        "isbn": product.isbn,
        "object": product.obj.id,
        "cells": [{"territory": cell[0], "channel": cell[1], "right": words[right]} for cell, right in sorted(product.wanted.items())],
        "before": [{"territory": cell[0], "channel": cell[1], "right": "open"} for cell in sorted(open_cells(product.obj, mapping))],
    }
    turn, seen = CLOSES if product.difference.to_close else OPENS, str(product.obj.mod_time)
    return change(CASE, context, product.subject, content, turn=turn, seen=seen, delivery_class="B", labels={"isbn": product.isbn})


def _findings(product: Compared, mapping: PortalMapping, last: LatestDelivery | None, context: DecisionContext) -> list[Finding]:
    """Products that nobody knows, and what a person switched: all that differs from what was confirmed last."""
    difference = product.difference
    if difference.to_close and product.isbn not in context.rights.products:
        return [product.finding("R2", "open, and not known in Consonance", "a product of Consonance; until then it is closed")]
    if last is not None and last.state != "confirmed":  # what we sent has not arrived: nobody's hand
        return []
    ours = _opened_by(last, mapping, context)
    opened, closed = told(difference.to_close - ours, mapping), told(difference.to_open & ours, mapping)
    words = [f"{place} opened" for place in opened] + [f"{place} closed" for place in closed]
    return [product.finding("R6", f"by hand: {_listed(words)}", "as rights say")] if words else []


def _opened_by(last: LatestDelivery | None, mapping: PortalMapping, context: DecisionContext) -> set[Place]:
    """Places that our last delivery opened."""
    body = context.content(last.content_hash) if last else None
    cells = json.loads(body)["cells"] if body else []
    return {place_of((cell["territory"], cell["channel"]), mapping) for cell in cells if cell["right"] == "open"}


def _listed(words: list[str]) -> str:
    more = f" and {len(words) - _MOST_TOLD} more" if len(words) > _MOST_TOLD else ""
    return ", ".join(words[:_MOST_TOLD]) + more


CASE = DesiredState(
    id="fourallportal__rights_availability",
    reads=(PortalObject,),
    upstream=RIGHTS,
    rights=RightsQuestion(lambda config: set(config.availability.portal.channels.values())),
    decide=decide,
    still_open=still_open,
    gone=gone,
    destination=DESTINATION,
    backfill="latest",
    systems=("fourallportal",),
)
