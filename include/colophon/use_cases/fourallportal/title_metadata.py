"""FP-1, titles in the portal: of every approved title the fields that Consonance owns, and of those only what is not as it should be.

The portal is compared with what Consonance says now and with what both held last: so a field that somebody changed there is told from
one that is new here. What the portal owns is never looked at. A withdrawn product is switched off and stays.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.ownership import Owner, changes
from colophon.blocks.use_case import UseCase
from colophon.domain.facts import Facts
from colophon.domain.product import Product
from colophon.domain.todo import Todo
from colophon.errors import BadRecordError
from colophon.ledger import Intent, LatestDelivery
from colophon.systems.fourallportal.mapping import PortalMapping
from colophon.systems.fourallportal.orders import Fact, asking
from colophon.systems.fourallportal.records import PortalObject
from colophon.systems.fourallportal.rules import DESTINATION, fault
from colophon.systems.fourallportal.values import entries
from colophon.use_cases.fourallportal.title_facts import DISABLED, TitleFacts, title_facts

Said = dict[tuple[str, tuple[tuple[str, str], ...]], Any]
"""Values by field (our name) and dimensions (our names)."""


@dataclass(frozen=True, slots=True)
class TitleAtPortal:
    """A product of ours and its object at the portal, and what was sent of it last.

    `obj`: None where the portal has none, and then `is_gone` says whether it had. `product`: None where Consonance has it no more.
    `twins`: ids of further objects with its ISBN. Who has no `product` and was never sent is nobody's, and left alone.
    """

    object_id: str
    obj: PortalObject | None = None
    product: Product | None = None
    last: LatestDelivery | None = None
    twins: tuple[str, ...] = ()
    is_gone: bool = False

    @property
    def subject(self) -> str:
        """How the ledger calls it; it stays when the ISBN is corrected."""
        return f"portal:{self.object_id}"

    @property
    def isbn(self) -> str:
        """The ISBN as it is now, or was last."""
        return (self.product.isbn13 or "") if self.product else str(self.last.labels.get("isbn", "")) if self.last else ""


class _Compared(NamedTuple):
    """What an object shall say as a whole, which of it it does not say, and which of that a person changed or typed there, or both sides changed."""

    facts: Mapping[str, Sequence[Fact]]
    lacking: tuple[str, ...]
    drift: tuple[str, ...]
    both: tuple[str, ...]


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """Deliveries of titles that are not at the portal as Consonance has them."""
    plan, (mapping,) = Plan(judged={DESTINATION: []}, settled={DESTINATION: []}), facts.records(PortalMapping)
    titles = facts.records(TitleAtPortal)
    twins = {title.object_id for title in titles if title.twins}
    for title in (title for title in titles if title.twins or title.object_id not in twins):
        plan.judged[DESTINATION].append(title.subject)
        plan.names[title.subject] = f"isbn:{title.isbn}" if title.isbn else title.subject
        before = len(plan.findings), len(plan.intents)
        _decide_title(title, mapping, context, plan)
        if before == (len(plan.findings), len(plan.intents)):
            plan.settled[DESTINATION].append(title.subject)
    return plan


def _decide_title(title: TitleAtPortal, mapping: PortalMapping, context: DecisionContext, plan: Plan) -> None:
    name, owners, config = plan.names[title.subject], context.config.owners, context.config
    if title.is_gone:
        plan.findings.append(
            fault("PORTAL-GONE", name, "product", "deleted by hand", "in the portal, as long as Consonance has it", owners)
        )
        return
    if title.twins:
        found = f"{title.object_id} and {', '.join(title.twins)}"
        plan.findings.append(fault("PORTAL-TWICE", name, mapping.product.key, found, "one object with this ISBN", owners))
        return
    agreed = _agreed(title, context)
    if title.product is not None:
        wanted = title_facts(title.product, config, mapping, context.as_of.date())
        plan.findings += wanted.findings
    elif title.last is not None:
        wanted = _withdrawn(agreed, mapping)
    else:
        return
    try:
        compared = _compare(title, wanted, agreed, mapping)
    except BadRecordError as problem:
        plan.findings.append(fault("PORTAL-ENTRY", name, "entry", problem.sentence, "an entry with a value", owners))
        return
    if compared.drift:
        plan.findings.append(fault("PORTAL-DRIFT", name, "fields", f"by hand: {', '.join(compared.drift)}", "as Consonance says", owners))
    if compared.both:
        plan.findings.append(
            fault("PORTAL-BOTH", name, "fields", f"concurrent_edit: {', '.join(compared.both)}", "changed on one side", owners)
        )
    if compared.lacking or title.obj is None:
        plan.intents.append(_intent(title, compared.facts, context))


def _compare(title: TitleAtPortal, wanted: TitleFacts, agreed: Said, mapping: PortalMapping) -> _Compared:
    """Field by field. What was said in a dimension and is no longer is cleared there. Raises BadRecordError for an entry without value."""
    ours = {"isbn": (Fact(value=title.isbn),), **wanted.facts}
    said = _said(ours)
    cleared = {key: None for key, value in agreed.items() if key[0] in ours and key not in said and value is not None}
    right = said | cleared
    there = _there(title.obj, right, mapping) if title.obj else {}
    names = {f"{field} ({', '.join(value for _, value in place)})" if place else field: (field, place) for field, place in right}
    is_first, last_was_taken = title.last is None, title.last is not None and title.last.state == "confirmed"
    found = list(
        changes(
            dict.fromkeys(names, Owner.OURS),
            agreed={name: agreed.get(key) for name, key in names.items()},
            ours={name: right[key] for name, key in names.items()},
            theirs={name: there.get(key) for name, key in names.items()},
        )
    )
    overruled = {change.field: names[change.field] for change in found if change.is_overruled and title.obj is not None}
    typed_before = [name for name, key in overruled.items() if is_first and there.get(key) is not None]
    by_hand = [name for name, key in overruled.items() if last_was_taken and key in agreed]
    both = [name for name in by_hand if right[names[name]] != agreed.get(names[name])]
    facts: dict[str, list[Fact]] = {}
    for (field, place), value in right.items():
        facts.setdefault(field, []).append(Fact(value=value, dimensions=dict(place)))
    del facts["isbn"]
    return _Compared(
        facts, tuple(change.field for change in found), tuple(name for name in [*typed_before, *by_hand] if name not in both), tuple(both)
    )


def _there(obj: PortalObject, keys: Mapping[Any, Any], mapping: PortalMapping) -> Said:
    """What an object says in our fields and dimensions, in our words. Raises BadRecordError."""
    rules, found = mapping.product.ours, Said()
    for field, place in keys:
        name = mapping.product.key if field == "isbn" else rules[field].field
        words = {theirs: ours for ours, theirs in rules[field].words.items()} if field in rules else {}
        wire = tuple(sorted(mapping.wire_dimensions(dict(place)).items()))
        value = next((entry.value for entry in entries(obj, name) if entry.dimensions == wire), None)
        if field == "isbn" and isinstance(value, str):
            value = value.replace("-", "").strip()
        found[field, place] = words.get(value, value) if isinstance(value, str) else value or None
    return found


def _said(facts: Mapping[str, Sequence[Fact]]) -> Said:
    return {(name, tuple(sorted(fact.dimensions.items()))): fact.value for name, told in facts.items() for fact in told}


def _agreed(title: TitleAtPortal, context: DecisionContext) -> Said:
    """What both sides held last; nothing where nothing was taken."""
    taken = title.last.taken if title.last else None
    body = context.content(taken.content_hash) if taken else None
    if body is None:
        return {}
    order = json.loads(body)
    told = {name: [Fact.model_validate(fact) for fact in facts] for name, facts in order["facts"].items()}
    return _said({"isbn": [Fact(value=order["isbn"])], **told})


def _withdrawn(agreed: Said, mapping: PortalMapping) -> TitleFacts:
    """As it was, and switched off: Consonance has it no more."""
    facts: dict[str, list[Fact]] = {}
    for (name, place), value in agreed.items():
        if name in mapping.product.ours:
            facts.setdefault(name, []).append(Fact(value=value, dimensions=dict(place)))
    if "state" in mapping.product.ours:
        facts["state"] = [Fact(value=DISABLED)]
    return TitleFacts({name: tuple(told) for name, told in facts.items()})


def _intent(title: TitleAtPortal, facts: Mapping[str, Sequence[Fact]], context: DecisionContext) -> Intent:
    """The whole of it; the port writes what differs. Equal content goes once a day in one state of the object, so that no refusal is a storm."""
    told = {name: [fact.model_dump(mode="json") for fact in each] for name, each in sorted(facts.items())}
    order = {"kind": "product", "isbn": title.isbn, "object": title.object_id, "facts": told}
    product, last = title.product, title.last.labels if title.last else {}
    named = (
        {"title": product.title[:200], "product": str(product.id)}
        if product
        else {name: last.get(name, "") for name in ("title", "product")}
    )
    asked = asking(CASE.id, title.subject, order, context.as_of, labels={"isbn": title.isbn, **named})
    return replace(asked, occurrence=f"{context.as_of:%Y-%m-%d}/{title.obj.mod_time if title.obj else ''}/{asked.content_hash[:12]}")


CASE = UseCase(
    id="fourallportal__title_metadata",
    reads=(TitleAtPortal,),
    upstream=(Product,),
    upstream_gains=(Todo,),
    decide=decide,
    backfill="latest",
    systems=("fourallportal",),
)
