"""XC-1, one title for one recipient: the record that goes, or why none does, and what is taken back of an earlier one.

A title that is kept back says nothing new. Yet no fault of it keeps back where its recipient may no longer sell it.
"""

import json
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

from colophon.blocks.decision import DecisionContext, Plan
from colophon.domain.finding import Finding
from colophon.domain.product import Product
from colophon.ledger import Intent, LatestDelivery
from colophon.ledger.records import FINAL_BAD
from colophon.onix.build import build, without_details
from colophon.onix.codelists import CodeLists
from colophon.onix.json_feed import title_updated
from colophon.onix.narrow import narrowed, offered
from colophon.onix.profile import Profile
from colophon.onix.record import OnixProduct, Prior
from colophon.onix.territory import Saleable, intersection, is_inside, saleable
from colophon.onix.validate import Validator
from colophon.onix.write import cover_dates, product_xml
from colophon.quality.gates import closed_after_building, closed_gates, is_offered
from colophon.quality.judge import errors, finding, judge
from colophon.quality.rule import Fault
from colophon.rights.atlas import Atlas

USE_CASE = "xconnector__metadata_syndication"
CLOSED = "closed"
"""Label of a record that takes back countries in which its title was offered; such records go before others."""
NOWHERE = Saleable(frozenset(), is_known=True)
UNKNOWN = Saleable(frozenset(), is_known=False, why_not="no rights of this product were read, or two products have its ISBN")


class Pair(NamedTuple):
    """A title and a recipient, and what this one got of it last."""

    subject: str
    profile: Profile
    context: DecisionContext
    last: LatestDelivery | None

    @property
    def lists(self) -> CodeLists:
        """The publisher's code lists."""
        return CodeLists.load(self.context.config.publisher.code_lists)

    def where(self, product: Product | None) -> Saleable:
        """Where rights allow it for the recipient's channel, within the product's own sets; nowhere where nobody knows its rights."""
        standing = self.context.rights.products.get(self.subject.removeprefix("isbn:"))  # one without ISBN is there by its subject
        if standing is None:
            return UNKNOWN
        atlas, lists = _atlas(self.lists), self.lists
        allowed = atlas.names(standing.open_bits(self.profile.sale_channel, self.context.as_of.date()))
        if product is None:
            return Saleable(frozenset(allowed), is_known=True)
        return saleable(product, lists).within(allowed, standing.why_closed(atlas.reach(self.profile.market).touched))

    def finding(self, rule: str, fault: Fault, product: Product) -> Finding:
        """A fault that keeps the title from the recipient."""
        return finding(rule, fault, product, self.profile, self.context.config.owners)


def decide_title(product: Product, pair: Pair, plan: Plan) -> None:
    """The record as it is now; where it is kept back, the countries that may no longer be sold are taken back all the same."""
    where = pair.where(product)
    intent = _clean(product, pair, where, plan)
    if intent is None and pair.last is not None and pair.last.held and where is not UNKNOWN:
        if not is_offered(pair.profile, where, pair.lists):
            intent = _closing(product, pair, where, plan) or _less(pair, pair.last, where)
        elif _is_told_too_much(pair, pair.last, where):
            intent = _less(pair, pair.last, where) or _closing(product, pair, NOWHERE, plan)
    if intent is not None:
        plan.intents.append(intent)


def decide_unread(pair: Pair, plan: Plan) -> None:
    """Of a title whose record cannot be read: the countries that may no longer be sold are taken back, and nothing else is said."""
    where = pair.where(None)
    if pair.last is not None and where is not UNKNOWN and _is_told_too_much(pair, pair.last, where):
        less = _less(pair, pair.last, where)
        plan.intents += [less] if less else []


def occurrence(params: Mapping[str, Any], as_of: datetime) -> str:
    """Why a content that a recipient has already is sent again: a full feed or a list asked for by hand, once each."""
    return "" if params["mode"] == "delta" else f"{params['mode']}/{as_of:%Y-%m-%dT%H:%M:%SZ}"


def _clean(product: Product, pair: Pair, where: Saleable, plan: Plan) -> Intent | None:
    """The record; none where a gate or rule keeps it back, which is among the findings."""
    profile, context, lists = pair.profile, pair.context, pair.lists
    closed = [pair.finding(gate, why, product) for gate, why in closed_gates(product, profile, where, lists)]
    plan.findings += closed
    if closed:
        return None
    prior = _prior(product, pair.last)
    record = build(product, profile, context.config.publisher, as_of=context.as_of, prior=prior, where=where)
    found = judge(record, product, profile, on=context.as_of.date(), lists=lists, prior=prior, owners=context.config.owners)
    found += [pair.finding(gate, why, product) for gate, why in closed_after_building(record, profile)]
    plan.findings += found
    if any(errors(found)):
        return None
    intent = _intent(*_written(record, product, profile), pair)
    if pair.last is not None and intent.content_hash == pair.last.content_hash:
        return intent
    invalid = _faults(intent.content, pair)
    plan.findings += [pair.finding("G6", fault, product) for fault in invalid]
    return None if invalid else intent


def _is_told_too_much(pair: Pair, last: LatestDelivery, where: Saleable) -> bool:
    """Whether a record that the recipient may have offers the title where it may not be sold; so may one that cannot be read."""
    offers = (offered(_content(delivery, pair), pair.profile, pair.lists) for delivery in last.held)
    return any(places is None or not is_inside(places, where.places) for places in offers)


def _less(pair: Pair, last: LatestDelivery, where: Saleable) -> Intent | None:
    """What the recipient took last, in those of its countries alone that are left; none where that would be no valid record."""
    taken = next((delivery for delivery in last.held if delivery.state not in FINAL_BAD), last)
    content = _content(taken, pair)
    places = offered(content, pair.profile, pair.lists)
    if places is None:
        return None
    less = narrowed(content, intersection(places, where.places), pair.profile, pair.lists)
    return None if _faults(less, pair) else _intent(less, {**taken.labels, CLOSED: "in part"}, pair)


def _closing(product: Product, pair: Pair, where: Saleable, plan: Plan) -> Intent | None:
    """A record that says that the title may not be sold in the recipient's market; faults of its details do not keep that back."""
    publisher, prior = pair.context.config.publisher, _prior(product, pair.last)
    record = build(product, pair.profile, publisher, as_of=pair.context.as_of, prior=prior, where=where)
    content, labels = _written(record, product, pair.profile)
    if _faults(content, pair):
        content, labels = _written(without_details(record), product, pair.profile)
        if invalid := _faults(content, pair):
            plan.findings += [pair.finding("G6", fault, product) for fault in invalid]
            return None
    return _intent(content, labels | {CLOSED: "rights"}, pair)


def _content(delivery: LatestDelivery, pair: Pair) -> bytes:
    return pair.context.content(delivery.content_hash) or b""


def _prior(product: Product, last: LatestDelivery | None) -> Prior:
    if last is None:
        return Prior(cover_dates={})
    labels = last.labels
    return Prior(
        sent_before=True,
        full_sent=True,
        record_reference=labels.get("record_reference"),
        isbn=product.isbn13,
        cover_dates={link: date.fromisoformat(day) for link, day in json.loads(labels.get("covers", "{}")).items()},
    )


def _written(record: OnixProduct, product: Product, profile: Profile) -> tuple[bytes, dict[str, str]]:
    labels = {"isbn": product.isbn13 or "", "title": product.title[:200], "record_reference": record.record_reference}
    labels["contributors"] = "; ".join(contributor.name for contributor in product.contributors)[:300]
    if profile.format == "json":
        data = title_updated(record, product)
        return json.dumps(data, sort_keys=True, ensure_ascii=False).encode(), labels | {"event_type": "title.updated"}
    content = product_xml(record, profile)
    covers = {link: day.isoformat() for link, day in cover_dates(content, profile).items()}
    return content, labels | {"covers": json.dumps(covers, sort_keys=True)}


def _intent(content: bytes, labels: Mapping[str, str], pair: Pair) -> Intent:
    profile, context = pair.profile, pair.context
    facts = {"code_list_issue": str(pair.lists.issue), "profile_as_of": profile.as_of.isoformat()}
    if profile.format == "onix":
        facts["schema_version"] = _validator(profile.release, profile.tags, context.config.publisher.code_lists).version
    return Intent(
        use_case=USE_CASE,
        destination=profile.id,
        subject=pair.subject,
        delivery_class="A",
        content=content,
        media_type="application/json" if profile.format == "json" else "application/xml",
        as_of=context.as_of,
        occurrence=occurrence(context.params, context.as_of),
        bundled=profile.format == "onix",
        labels={**labels, **facts},
    )


def _faults(content: bytes, pair: Pair) -> list[Fault]:
    """What is wrong with a written record by its schema."""
    profile = pair.profile
    if profile.format == "json":
        return []
    faults = _validator(profile.release, profile.tags, pair.context.config.publisher.code_lists).check(content)
    return [Fault(fault.element, fault.value[:80], fault.message[:200]) for fault in faults[:3]]


_validator = cache(Validator)
_atlas = cache(Atlas)
