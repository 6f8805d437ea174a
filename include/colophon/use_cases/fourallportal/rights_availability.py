"""FP-4, availability in the portal: which cells of which products close and open, so that the portal shows what rights allow.

The state of the engine is compared with the state that the portal shows; only what differs is sent. What was switched by hand is
put right and reported. A product of the portal whose rights nobody knows is closed.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.desired_state import CLOSES, OPENS, DesiredState, change, plan_for
from colophon.blocks.use_case import RIGHTS, RightsQuestion
from colophon.domain.facts import Facts
from colophon.domain.finding import Finding
from colophon.errors import BadConfigError, BadRecordError
from colophon.ledger import Intent, LatestDelivery
from colophon.rights.atlas import Atlas
from colophon.rights.rules import broken
from colophon.systems.fourallportal.availability import Difference, Place, compare, isbn_of, open_cells, place_of, told
from colophon.systems.fourallportal.mapping import PortalMapping
from colophon.systems.fourallportal.records import Cell, PortalObject

DESTINATION = "4allportal"
_MOST_TOLD = 10


class _Compared(NamedTuple):
    """A product of the portal, every cell as it shall be (None: nobody knows the product), and what it lacks of that.

    `fault`: its entries cannot be read, so that nobody knows what it shows.
    """

    obj: PortalObject
    isbn: str
    wanted: Mapping[Cell, bool | None]
    difference: Difference
    fault: Finding | None = None

    @property
    def subject(self) -> str:
        """How the ledger calls it."""
        return f"portal:{self.obj.id}"

    @property
    def name(self) -> str:
        """How exceptions call it."""
        return f"isbn:{self.isbn}" if self.isbn else self.subject

    def finding(self, rule: str, found: str, expected: str) -> Finding:
        """What is wrong with what it shows."""
        return broken(rule, self.name, "available", found, expected, blocks=DESTINATION)


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """Deliveries for products whose availability is not as rights say.

    :raises BadConfigError: a territory that is no country.
    """
    plan, mapping = plan_for(DESTINATION, context), _mapping(facts)
    products = list(_compared(facts, context))
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
    findings, mapping = list[Finding](), _mapping(facts)
    for product in _compared(facts, context):
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


def _mapping(facts: Facts) -> PortalMapping:
    (mapping,) = facts.records(PortalMapping)
    return mapping


def _compared(facts: Facts, context: DecisionContext) -> Iterator[_Compared]:
    """The products that the run is about. One that `rights` lacks is unknown. Raises as `decide`."""
    mapping, rights, today = _mapping(facts), context.rights, context.as_of.date()
    channels, territories, closes_only = context.config.availability.portal.channels, _territories(context), rights.closes_only
    for obj in facts.records(PortalObject):
        isbn = isbn_of(obj, mapping)
        if rights.only is not None and isbn not in rights.only:
            continue
        product, wanted = rights.products.get(isbn), dict[Cell, bool | None]()
        try:
            may_open = open_cells(obj, mapping) if closes_only else None
            for theirs, ours in channels.items():
                countries = product.open_bits(ours, today) if product else 0
                for code, bit in territories:
                    is_allowed = bool(countries & bit) and (may_open is None or (code, theirs) in may_open)
                    wanted[code, theirs] = is_allowed if product else None
            yield _Compared(obj, isbn, wanted, compare(obj, wanted, mapping))
        except BadRecordError as problem:
            unread = _Compared(obj, isbn, wanted, Difference(frozenset(), frozenset(), frozenset()))
            yield unread._replace(fault=unread.finding("R7", problem.sentence, "entries with a value; their cells cannot be judged"))


def _territories(context: DecisionContext) -> Sequence[tuple[str, int]]:
    """The countries of the portal's cells, with their bits."""
    atlas = Atlas.load(context.config.publisher.code_lists)
    reach = atlas.reach(context.config.availability.portal.territories)
    if reach.unknown:
        raise BadConfigError(f"availability.yaml: portal.territories: {', '.join(reach.unknown)} is in no list of countries")
    return [(code, atlas.bit(code)) for code in atlas.names(reach.whole)]


def _intent(product: _Compared, mapping: PortalMapping, context: DecisionContext) -> Intent:
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


def _findings(product: _Compared, mapping: PortalMapping, last: LatestDelivery | None, context: DecisionContext) -> list[Finding]:
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
