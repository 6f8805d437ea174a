"""XC-1: what is told to a recipient of a title that it may no longer sell, in some countries or at all."""

import json
from collections.abc import Mapping
from datetime import date

from colophon.blocks.decision import Plan
from colophon.domain.delivery import Intent, LatestDelivery
from colophon.domain.delivery_states import CLOSED, IN_PART
from colophon.domain.departed import Departed
from colophon.domain.product import Product
from colophon.onix.build import build
from colophon.onix.closing import NOT_SOLD_HERE, UNSPECIFIED, closed_availability, closed_content, closing_record
from colophon.onix.json_feed import title_withdrawn
from colophon.onix.narrow import narrowed, offered
from colophon.onix.territory import Saleable, intersection, is_inside
from colophon.onix.write import product_xml
from colophon.quality.gates import closed_gates, out_of_scope
from colophon.use_cases.xconnector.exits import CLOSED_AS, NOT_HERE, PRODUCT, Exit, exit_of, is_closed, is_held, taken_of
from colophon.use_cases.xconnector.title_pairs import NOWHERE, UNKNOWN, Pair
from colophon.use_cases.xconnector.title_records import (
    clean_record,
    content_of,
    faults_of,
    intent_of,
    labels_of,
    prior_of,
)


def decide_title(product: Product, pair: Pair, plan: Plan) -> None:
    """The record as it is now; where it is kept back, who has the title hears that it left, or where it may no longer be sold."""
    where = pair.where(product)
    closed = list(closed_gates(product, pair.profile, where, pair.lists))
    intent = None if closed else clean_record(product, pair, where, plan)
    if intent is None and pair.last is not None and is_held(pair.last):
        known = None if where is UNKNOWN else where
        leaves = exit_of(product, pair.profile, known, pair.lists, opens_on=pair.opens_on(product))
        if leaves is not None:
            intent = _closing(product, pair, leaves, where if leaves.keeps_rights else NOWHERE, plan)
        elif known is not None and _is_told_too_much(pair, pair.last, where):
            intent = _less(pair, pair.last, where) or _closing(product, pair, Exit("rights", NOT_HERE), NOWHERE, plan)
    if intent is not None:
        plan.intents.append(intent)
    gate = out_of_scope(closed)
    is_told = intent is not None and intent.labels.get(CLOSED) != IN_PART
    if gate is None or (is_held(pair.last) and not is_told):  # who has it and does not hear that it closed believes what is not so
        plan.findings += [pair.finding(each.gate, each.why, product) for each in closed if each.is_fault or gate is not None]
    elif intent is None:
        plan.out_of_scope.setdefault(pair.profile.id, {})[pair.subject] = f"{gate.gate} {gate.why.field}: {gate.why.found}"


def decide_unread(pair: Pair, plan: Plan) -> None:
    """Of a title whose record cannot be read: the countries that may no longer be sold are taken back, and nothing else is said."""
    where = pair.where(None)
    if pair.last is not None and where is not UNKNOWN and _is_told_too_much(pair, pair.last, where):
        less = _less(pair, pair.last, where)
        plan.intents += [less] if less else []


def decide_departed(title: Departed, pair: Pair, plan: Plan) -> None:
    """Of a title that is no more: who has it hears so, once."""
    leaves, last = Exit(title.kind, title.reason), pair.last
    intent = None
    if last is not None and is_held(last):
        intent = _again(pair, last, _closed_as(UNSPECIFIED)) or _closed_by_last(pair, last, leaves, UNSPECIFIED)
    if intent is not None:
        plan.intents.append(intent)
    else:
        plan.settled.setdefault(pair.profile.id, []).append(title.subject)


def _is_told_too_much(pair: Pair, last: LatestDelivery, where: Saleable) -> bool:
    """Whether a record that the recipient may have offers the title where it may not be sold; so may one that cannot be read."""
    offers = (offered(content_of(delivery, pair), pair.profile, pair.lists) for delivery in last.held)
    return any(places is None or not is_inside(places, where.places) for places in offers)


def _less(pair: Pair, last: LatestDelivery, where: Saleable) -> Intent | None:
    """What the recipient took last, in those of its countries alone that are left; none where that would be no valid record."""
    taken = taken_of(last)
    content = content_of(taken, pair)
    places = offered(content, pair.profile, pair.lists)
    if places is None:
        return None
    left = intersection(places, where.places)
    if not left:
        return _again(pair, last, _closed_as(NOT_SOLD_HERE)) or _closed_by_last(pair, last, Exit("rights", NOT_HERE), NOT_SOLD_HERE)
    less = narrowed(content, left, pair.profile, pair.lists)
    return None if faults_of(less, pair) else intent_of(less, {**taken.labels, CLOSED: IN_PART}, pair)


def _closing(product: Product, pair: Pair, leaves: Exit, where: Saleable, plan: Plan) -> Intent | None:
    """The bare record of a title that left; by the last one that was sent, where none can be made of what is known now."""
    profile, config, last = pair.profile, pair.context.config, pair.last
    says = closed_availability(product)
    closed_as = _closed_as(says, product.publishing_status, leaves.opens_on)
    if last is not None and (again := _again(pair, last, closed_as)):
        return again
    # Its reference is that under which it is held; the days of its covers stay, for when it opens again.
    held = {name: value for name, value in last.labels.items() if name in {"record_reference", "covers", PRODUCT}} if last else {}
    labels = {**labels_of(product), **held, CLOSED: leaves.kind, CLOSED_AS: closed_as}
    if profile.format == "json":
        return None if last is None else _withdrawn(pair, product.isbn13, labels, leaves)
    record = build(product, profile, config.publisher, as_of=pair.context.here, prior=prior_of(product, last), where=where)
    record.record_reference = held.get("record_reference", record.record_reference)
    record = closing_record(record, profile, config.publisher, pair.lists, availability=says, opens_on=leaves.opens_on)
    content = product_xml(record, profile)
    invalid = faults_of(content, pair)
    if not invalid:
        return intent_of(content, {**labels, "record_reference": record.record_reference}, pair)
    by_last = None if last is None else _closed_by_last(pair, last, leaves, says)
    if by_last is None:
        plan.findings += [pair.finding("G6", fault, product) for fault in invalid]
    return by_last


def _closed_by_last(pair: Pair, last: LatestDelivery, leaves: Exit, availability: str) -> Intent | None:
    """What the recipient took last, off sale; none where that would be no valid record."""
    taken = taken_of(last)
    labels = {**taken.labels, CLOSED: leaves.kind, CLOSED_AS: _closed_as(availability)}
    if pair.profile.format == "json":
        return _withdrawn(pair, taken.labels.get("isbn"), labels, leaves)
    content = content_of(taken, pair)
    if not content or offered(content, pair.profile, pair.lists) is None:
        return None
    closed = closed_content(content, pair.profile, pair.context.config.publisher, pair.lists, availability=availability)
    return None if faults_of(closed, pair) else intent_of(closed, labels, pair)


def _withdrawn(pair: Pair, isbn: str | None, labels: Mapping[str, str], leaves: Exit) -> Intent | None:
    if not isbn:
        return None
    data = title_withdrawn(isbn, leaves.says)
    content = json.dumps(data, sort_keys=True, ensure_ascii=False).encode()
    return intent_of(content, {**labels, "event_type": "title.withdrawn", CLOSED: leaves.kind}, pair)


def _again(pair: Pair, last: LatestDelivery, closed_as: str) -> Intent | None:
    """The closing that the recipient has, or will have, where it says the same: a title is closed once."""
    same = last.labels.get(CLOSED_AS) == closed_as or pair.profile.format == "json"
    content = content_of(last, pair) if is_closed(last) and same else b""
    return intent_of(content, last.labels, pair) if content else None


def _closed_as(availability: str, status: str | None = None, opens_on: date | None = None) -> str:
    return f"{status or ''}/{availability}/{opens_on or ''}"
