"""FP-1, titles in the portal: of every approved title the fields that Consonance owns, and of those only what is not as it should be.

The portal is compared with what Consonance says now and with what both held last: so a field that somebody changed there is told from
one that is new here. What the portal owns is never looked at. A withdrawn product is switched off and stays.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.use_case import UseCase
from colophon.domain.delivery import Intent, LatestDelivery
from colophon.domain.facts import Facts
from colophon.domain.product import Product
from colophon.domain.todo import Todo
from colophon.errors import BadRecordError
from colophon.systems.fourallportal.mapping import PortalMapping
from colophon.systems.fourallportal.orders import Fact, asking
from colophon.systems.fourallportal.records import PortalObject
from colophon.systems.fourallportal.rules import DESTINATION, fault
from colophon.use_cases.fourallportal.title_compare import ISBN, Said, agreed_on, compare, facts_in
from colophon.use_cases.fourallportal.title_facts import DISABLED, TitleFacts, title_facts


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
    def broken(rule: str, field: str, found: str, expected: str) -> None:
        plan.findings.append(fault(rule, plan.names[title.subject], field, found, expected, context.config.owners))

    if title.is_gone:
        broken("PORTAL-GONE", "product", "deleted by hand", "in the portal, as long as Consonance has it")
        return
    if title.twins:
        broken("PORTAL-TWICE", mapping.product.key, f"{title.object_id} and {', '.join(title.twins)}", "one object with this ISBN")
        return
    agreed = agreed_on(title.last, context)
    if title.product is not None:
        wanted = title_facts(title.product, context.config, mapping, context.as_of.date())
    elif title.last is not None:
        wanted = TitleFacts(_withdrawn(agreed, mapping))
    else:
        return
    plan.findings += wanted.findings
    try:
        compared = compare(title.obj, {ISBN: (Fact(value=title.isbn),), **wanted.facts}, agreed, title.last, mapping)
    except BadRecordError as problem:
        broken("PORTAL-ENTRY", "entry", problem.sentence, "an entry with a value")
        return
    if compared.drift:
        broken("PORTAL-DRIFT", "fields", f"by hand: {', '.join(compared.drift)}", "as Consonance says")
    if compared.both:
        broken("PORTAL-BOTH", "fields", f"concurrent_edit: {', '.join(compared.both)}", "changed on one side")
    if compared.lacking or title.obj is None:
        plan.intents.append(_intent(title, compared.facts, context))


def _withdrawn(agreed: Said, mapping: PortalMapping) -> dict[str, tuple[Fact, ...]]:
    """As it was, and switched off: Consonance has it no more."""
    off = {"state": (Fact(value=DISABLED),)} if "state" in mapping.product.ours else {}
    return {name: told for name, told in facts_in(agreed).items() if name in mapping.product.ours} | off


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
