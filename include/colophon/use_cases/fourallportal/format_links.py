"""FP-8, links of formats: each format has its own files, approved and of its own ISBN.

An empty link is filled with the newest approved file of the product in its locale, and follows it as long as nobody else chose another one: also
to nothing, when that may no longer be used. What somebody linked wrongly is an exception with the file that would be right: a person decides.
"""

import json
from collections.abc import Mapping

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.use_case import UseCase
from colophon.domain.delivery import Intent, LatestDelivery
from colophon.domain.facts import Facts
from colophon.domain.nearest import nearest
from colophon.errors import BadConfigError, BadRecordError
from colophon.systems.fourallportal.availability import isbn_of
from colophon.systems.fourallportal.mapping import PortalMapping
from colophon.systems.fourallportal.orders import asking
from colophon.systems.fourallportal.records import PortalObject
from colophon.systems.fourallportal.rules import DESTINATION
from colophon.use_cases.fourallportal.linked_products import Files, FileShelf, LinkedProduct


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """Links to fill, and those that are wrong.

    :raises BadConfigError: portal_links.yaml names a kind that the mapping does not have.
    """
    plan, (mapping,), (shelf,) = (
        Plan(judged={DESTINATION: []}, settled={DESTINATION: []}),
        facts.records(PortalMapping),
        facts.records(FileShelf),
    )
    _check(context, mapping)
    products = facts.records(PortalObject)
    history = context.history(DESTINATION, [f"portal:{obj.id}" for obj in products])
    for obj in products:
        subject, isbn = f"portal:{obj.id}", isbn_of(obj, mapping)
        plan.judged[DESTINATION].append(subject)
        plan.names[subject] = f"isbn:{isbn}" if isbn else subject
        product = LinkedProduct(obj, isbn, plan.names[subject], mapping, shelf, context)
        try:
            ours = _linked_by_us(history.get(subject), context)
            wanted = product.wanted(ours) if isbn and product.edition else {}
            findings = list(product.faults(wanted)) if isbn and product.edition else []
        except BadRecordError as problem:
            wanted, findings = {}, [product.fault("PORTAL-ENTRY", "link", problem.sentence, "an entry with a value")]
        plan.findings += findings
        plan.intents += [_intent(product, {**ours, **wanted})] if wanted else []
        plan.settled[DESTINATION] += [] if wanted or findings else [subject]
    return plan


def _linked_by_us(last: LatestDelivery | None, context: DecisionContext) -> dict[str, Files]:
    taken = last.taken if last else None
    body = context.content(taken.content_hash) if taken else None
    links = json.loads(body)["links"] if body else {}
    return {name: (value,) if isinstance(value, str) else tuple(value or ()) for name, value in links.items()}


def _intent(product: LinkedProduct, links: Mapping[str, Files]) -> Intent:
    """Links that differ, beside those that we made before: what is ours stays known."""
    known, as_of = product.mapping.links, product.context.as_of
    told = {name: ids if known[name].list else next(iter(ids), None) for name, ids in links.items() if name in known}
    order = {"kind": "product", "isbn": product.isbn, "object": product.obj.id, "facts": {}, "links": told}
    seen = f"{as_of:%Y-%m-%d}/{product.obj.mod_time}"
    return asking(CASE.id, f"portal:{product.obj.id}", order, as_of, labels={"isbn": product.isbn}, occurrence=seen)


def _check(context: DecisionContext, mapping: PortalMapping) -> None:
    rules = context.config.portal_links
    for kind in (*rules.form_of, *rules.shared):
        if kind not in mapping.asset_kinds:
            raise BadConfigError(f"portal_links.yaml: {nearest(kind, mapping.asset_kinds, 'kind of file')}")
    if "form" not in mapping.product.fields:
        raise BadConfigError("mapping.yaml: product.fields has no form, by which formats are known", system="fourallportal")


CASE = UseCase(
    id="fourallportal__format_links",
    reads=(PortalObject,),
    gains=(FileShelf,),
    decide=decide,
    backfill="latest",
    systems=("fourallportal",),
)
