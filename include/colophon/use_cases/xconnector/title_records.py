"""XC-1, one title for one recipient: the record that goes, or why none does; and how anything becomes a delivery."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from typing import Any

from colophon.blocks.decision import Plan
from colophon.blocks.ids import SYNDICATION
from colophon.domain.delivery import Intent, LatestDelivery
from colophon.domain.delivery_states import CLOSED
from colophon.domain.finding import Finding
from colophon.domain.product import Product
from colophon.onix.build import build
from colophon.onix.closing import not_yet
from colophon.onix.json_feed import title_updated
from colophon.onix.last_prices import prices_in
from colophon.onix.prior import Prior
from colophon.onix.profile import Profile
from colophon.onix.record import OnixProduct
from colophon.onix.subject_codes import SubjectCodes
from colophon.onix.supply import is_gone
from colophon.onix.terms import WEEKLY
from colophon.onix.territory import Saleable
from colophon.onix.validate import Validator
from colophon.onix.write import cover_dates, product_xml
from colophon.quality.judge import errors, judge
from colophon.quality.rule import RULES, Case, Fault
from colophon.use_cases.xconnector.exits import CLOSED_AS, PRODUCT, is_held, reference_of, taken_of
from colophon.use_cases.xconnector.title_pairs import Pair


def occurrence(params: Mapping[str, Any], as_of: datetime) -> str:
    """Why a content that a recipient has already is sent again: a full feed or a list asked for by hand, or the week's, once each."""
    if params["mode"] == WEEKLY:
        return f"{WEEKLY}/{as_of:%Y-%m-%d}"
    return "" if params["mode"] == "delta" else f"{params['mode']}/{as_of:%Y-%m-%dT%H:%M:%SZ}"


def clean_record(product: Product, pair: Pair, where: Saleable, plan: Plan) -> Intent | None:
    """The record; none where a rule keeps it back, which is among the findings."""
    profile, context, lists = pair.profile, pair.context, pair.lists
    prior = prior_of(product, pair.last)
    record = build(product, profile, context.config.publisher, as_of=context.here, prior=prior, where=where)
    record.record_reference = reference_of(product, pair.last) or record.record_reference
    if pair.says_embargo and pair.embargo and pair.embargo > context.here.date():
        record = not_yet(record, pair.embargo)
    known, owners = SubjectCodes.load(context.config.publisher.subject_codes), context.config.owners
    found = judge(record, product, profile, on=context.here.date(), lists=lists, prior=prior, owners=owners, subject_codes=known)
    plan.findings += found
    if any(errors(found)):
        return None
    intent = intent_of(*_written(record, product, profile), pair)
    if pair.last is not None and intent.content_hash == pair.last.content_hash:
        return intent
    invalid = [pair.finding("G6", fault, product) for fault in faults_of(intent.content, pair)]
    invalid += _slips(record, product, pair, prior)
    plan.findings += invalid
    return None if any(errors(invalid)) else intent


def _slips(record: OnixProduct, product: Product, pair: Pair, prior: Prior) -> list[Finding]:
    """What is wrong with prices beside those that were sent last; who names a title in the form has looked at them."""
    if pair.last is None or not is_held(pair.last) or pair.context.params["mode"] == "list":
        return []
    before = replace(prior, prices=prices_in(content_of(taken_of(pair.last), pair), pair.profile))
    case = Case(record, product, pair.profile, pair.context.here.date(), pair.lists, before)
    return [pair.finding(rule, fault, product) for rule in ("S13", "S13a") for fault in RULES[rule].check(case)]


def content_of(delivery: LatestDelivery, pair: Pair) -> bytes:
    """What was sent; empty where the ledger does not have it."""
    return pair.context.content(delivery.content_hash) or b""


def prior_of(product: Product, last: LatestDelivery | None) -> Prior:
    """What the recipient was told of the title before."""
    if last is None:
        return Prior(cover_dates={})
    labels = last.labels
    return Prior(
        sent_before=True,
        full_sent=True,
        record_reference=labels.get("record_reference") if labels.get(CLOSED) != "renumbered" else None,  # which lives on elsewhere
        isbn=product.isbn13,
        cover_dates={link: date.fromisoformat(day) for link, day in json.loads(labels.get("covers", "{}")).items()},
    )


def labels_of(product: Product) -> dict[str, str]:
    """What the ledger shows of a title."""
    contributors = "; ".join(contributor.name for contributor in product.contributors)[:300]
    return {"isbn": product.isbn13 or "", "title": product.title[:200], "contributors": contributors}


def _written(record: OnixProduct, product: Product, profile: Profile) -> tuple[bytes, dict[str, str]]:
    labels = labels_of(product) | {"record_reference": record.record_reference}
    if record.record_reference.rpartition(".")[2] != str(product.id):
        labels |= {PRODUCT: str(product.id)}
    if is_gone(product):
        labels |= {CLOSED: "status", CLOSED_AS: ""}
    if profile.format == "json":
        data = title_updated(record, product)
        return json.dumps(data, sort_keys=True, ensure_ascii=False).encode(), labels | {"event_type": "title.updated"}
    content = product_xml(record, profile)
    covers = {link: day.isoformat() for link, day in cover_dates(content, profile).items()}
    return content, labels | {"covers": json.dumps(covers, sort_keys=True)}


def intent_of(content: bytes, labels: Mapping[str, str], pair: Pair) -> Intent:
    """Content as a delivery to the recipient."""
    profile, context = pair.profile, pair.context
    facts = {"code_list_issue": str(pair.lists.issue), "profile_as_of": profile.as_of.isoformat()}
    if profile.format == "onix":
        facts["schema_version"] = _validator(profile.release, profile.tags, context.config.publisher.code_lists).version
    return Intent(
        use_case=SYNDICATION,
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


def faults_of(content: bytes, pair: Pair) -> list[Fault]:
    """What is wrong with a written record by its schema."""
    profile = pair.profile
    if profile.format == "json":
        return []
    faults = _validator(profile.release, profile.tags, pair.context.config.publisher.code_lists).check(content)
    return [Fault(fault.element, fault.value[:80], fault.message[:200]) for fault in faults[:3]]


_validator = cache(Validator)
