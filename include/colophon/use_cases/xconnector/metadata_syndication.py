"""XC-1, nightly metadata syndication: which titles go to which recipient, in which words, and which stay back.

Every pair of product and recipient ends as exactly one of: new (to be sent), unchanged, stale (a later day already
spoke), refused (with the rule). The decision is about what *would be sent*, never about timestamps. Where a title may be sold
is the rights engine's answer; a recipient who has one that may no longer be sold in its market is told so.
"""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from colophon.blocks.decision import DecisionContext, Plan, Reading, check_sums
from colophon.config import Config
from colophon.domain.finding import Finding
from colophon.domain.product import Product
from colophon.domain.rights_deal import RightsFormat
from colophon.errors import BadConfigError, TooManyRefusedError
from colophon.ledger import Intent, LatestDelivery
from colophon.onix.build import build, without_details
from colophon.onix.codelists import CodeLists
from colophon.onix.json_feed import title_updated
from colophon.onix.profile import Profile
from colophon.onix.record import OnixProduct, Prior
from colophon.onix.territory import Saleable, saleable
from colophon.onix.validate import Validator
from colophon.onix.write import cover_dates, product_xml
from colophon.quality import figures
from colophon.quality.gates import closed_after_building, closed_gates, is_offered
from colophon.quality.judge import check_severities, errors, finding, judge
from colophon.quality.rule import Fault
from colophon.rights.atlas import Atlas
from colophon.rights.standing import Standing, standing_from

USE_CASE = "xconnector__metadata_syndication"
FORMAT: RightsFormat | None = None  # each product's own
CLOSED = "closed"
"""Label of a record that says that the title may not be sold in the recipient's market."""


def channels(config: Config) -> set[str]:
    """Channels of the rights records that are asked about."""
    return {profile.sale_channel for profile in config.recipients.values()}


def plan(products: Sequence[Product], unreadable: Sequence[Finding], question: DecisionContext) -> Plan:
    """Decide about a batch, for every recipient of the run.

    :raises BadConfigError: a recipient that no profile has.
    """
    made = Plan(figures=figures.figures(products, question.as_of.date()))
    profiles, owners = recipients(question.params, question.config), question.config.owners
    subjects = [product.subject for product in products]
    for profile in profiles:
        made.judged[profile.id] = subjects + [f.subject for f in unreadable]
        made.findings += [f.model_copy(update={"blocks": profile.id, "owner": owners.of(f.rule)}) for f in unreadable]
    history = {profile.id: question.history(profile.id, subjects) for profile in profiles}
    seen: dict[str, int] = {}
    # One title for all recipients, then the next: what its texts have in common is worked out once.
    for product in products:
        first = seen.setdefault(product.isbn13, product.id) if product.isbn13 else product.id
        for profile in profiles:
            if first == product.id:
                _decide(product, profile, question, history[profile.id].get(product.subject), made)
            else:
                twice = Fault("isbn13", product.isbn13, f"one product; product {first} has it too")
                made.findings.append(finding("L4", twice, product, profile, owners))
    made.intents.sort(key=lambda intent: CLOSED not in intent.labels)  # closing goes before opening
    return made


def turned(before: Iterable[str], then: date, now_lines: Iterable[str], now: date, channels: Collection[str]) -> set[str]:
    """ISBNs of products that may be sold in other countries than what was planned last said; lines of staged standings."""
    known = {standing.isbn13: _answer(standing, then, channels) for standing in map(standing_from, before)}
    return {
        standing.isbn13
        for standing in map(standing_from, now_lines)
        if standing.isbn13 and known.get(standing.isbn13) != _answer(standing, now, channels)
    }


def reading(
    *, params: Mapping[str, Any], config: Config, watermark: Callable[[str], datetime | None], window_start: datetime | None
) -> Reading:
    """What a run must read. A recipient without a watermark gets a full feed first, then deltas.

    :raises BadConfigError: mode `list` without ISBNs.
    """
    if params["mode"] == "list":
        if not params["isbns"]:
            raise BadConfigError("mode list needs at least one ISBN", remedy="Name the ISBNs in the form, or choose delta.")
        return Reading(since=None, isbns=tuple(isbn.replace("-", "").strip() for isbn in params["isbns"]))
    marks = [watermark(_mark(profile)) for profile in recipients(params, config)]
    known = [mark for mark in marks if mark is not None]
    if params["mode"] == "full" or len(known) < len(marks):
        return Reading(since=None, isbns=None)
    return Reading(since=min([*known, *([window_start] if window_start else [])]), isbns=None)


def reads_all(params: Mapping[str, Any], config: Config, watermark: Callable[[str], datetime | None]) -> bool:
    """Whether a run with this form reads the whole catalogue, so that it can state figures about it."""
    if params["mode"] == "list":
        return False
    return params["mode"] == "full" or any(watermark(_mark(profile)) is None for profile in recipients(params, config))


def check(counts: Mapping[str, Mapping[str, int]], *, read: int, config: Config) -> None:
    """Nothing may be lost between reading and planning, and not everything may be refused.

    :raises BadRecordError: a recipient's numbers do not add up to what was read. :raises TooManyRefusedError: the share.
    """
    check_sums(counts, read)
    for destination, count in counts.items():
        share = count.get("refused", 0) / read if read else 0
        if share > config.limits.refused_share:
            raise TooManyRefusedError(f"{destination}: {share:.0%} of {read} titles are refused", subject=destination)


def watermarks(params: Mapping[str, Any], config: Config, as_of: datetime) -> list[tuple[str, datetime]]:
    """The watermarks that a handed-over run sets; a stated list of ISBNs moves none."""
    return [] if params["mode"] == "list" else [(_mark(profile), as_of) for profile in recipients(params, config)]


def recipients(params: Mapping[str, Any], config: Config) -> list[Profile]:
    """The profiles that the form names; all of them where it names none.

    :raises BadConfigError: a name that no profile has, or a profile's severities cannot be used.
    """
    wanted = list(params.get("recipients") or config.recipients)
    unknown = [name for name in wanted if name not in config.recipients]
    if unknown:
        raise BadConfigError(f"no recipient {', '.join(unknown)}", remedy=f"Choose from: {', '.join(sorted(config.recipients))}.")
    for name in wanted:
        check_severities(config.recipients[name])
    return [config.recipients[name] for name in wanted]


def occurrence(params: Mapping[str, Any], as_of: datetime) -> str:
    """Why a content that a recipient has already is sent again: a full feed or a list asked for by hand, once each."""
    return "" if params["mode"] == "delta" else f"{params['mode']}/{as_of:%Y-%m-%dT%H:%M:%SZ}"


def _decide(product: Product, profile: Profile, question: DecisionContext, last: LatestDelivery | None, made: Plan) -> None:
    config, lists = question.config, _code_lists(question.config.publisher.code_lists)
    standing = question.rights.get(product.subject)
    where = _where(product, standing, profile, question)
    prior = _prior(product, last)
    closed = [finding(gate, why, product, profile, config.owners) for gate, why in closed_gates(product, profile, where, lists)]
    if closed:
        made.findings += closed
        if last is not None and standing is not None and not is_offered(profile, where, lists):
            _close(product, profile, where, question, prior, made)
        return
    record = build(product, profile, config.publisher, as_of=question.as_of, prior=prior, where=where)
    found = judge(record, product, profile, on=question.as_of.date(), lists=lists, prior=prior, owners=config.owners)
    found += [finding(gate, why, product, profile, config.owners) for gate, why in closed_after_building(record, profile)]
    made.findings += found
    if any(errors(found)):
        return
    content, labels = _written(record, product, profile)
    intent = _intent(content, labels, product, profile, question)
    if last is None or intent.content_hash != last.content_hash:
        invalid = _validated(content, product, profile, question.config)
        made.findings += invalid
        if invalid:
            return
    made.intents.append(intent)


def _where(product: Product, standing: Standing | None, profile: Profile, question: DecisionContext) -> Saleable:
    """The product's own sets, as far as rights allow them for the recipient's channel; nowhere where nobody knows its rights."""
    lists = _code_lists(question.config.publisher.code_lists)
    if standing is None:
        return Saleable(frozenset(), is_known=False, why_not="no rights of this product were read, or two products have its ISBN")
    atlas = _atlas(lists)
    allowed = atlas.names(standing.open_bits(profile.sale_channel, question.as_of.date()))
    return saleable(product, lists).within(allowed, standing.why_closed(atlas.reach(profile.market).touched))


def _close(product: Product, profile: Profile, where: Saleable, question: DecisionContext, prior: Prior, made: Plan) -> None:
    """Tell a recipient who has the title that it may not be sold in its market; no other fault of the record keeps that back."""
    record = build(product, profile, question.config.publisher, as_of=question.as_of, prior=prior, where=where)
    content, labels = _written(record, product, profile)
    if _validated(content, product, profile, question.config):  # what is wrong with the details does not keep it on sale
        content, labels = _written(without_details(record), product, profile)
        if invalid := _validated(content, product, profile, question.config):
            made.findings += invalid
            return
    made.intents.append(_intent(content, labels | {CLOSED: "rights"}, product, profile, question))


def _answer(standing: Standing, on: date, channels: Collection[str]) -> tuple[int, ...]:
    return tuple(standing.open_bits(channel, on) for channel in sorted(channels))


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


def _intent(content: bytes, labels: dict[str, str], product: Product, profile: Profile, question: DecisionContext) -> Intent:
    folder = question.config.publisher.code_lists
    facts = {"code_list_issue": str(_code_lists(folder).issue), "profile_as_of": profile.as_of.isoformat()}
    if profile.format == "onix":
        facts["schema_version"] = _validator(profile.release, profile.tags, folder).version
    return Intent(
        use_case=USE_CASE,
        destination=profile.id,
        subject=product.subject,
        delivery_class="A",
        content=content,
        media_type="application/json" if profile.format == "json" else "application/xml",
        as_of=question.as_of,
        occurrence=occurrence(question.params, question.as_of),
        bundled=profile.format == "onix",
        labels=labels | facts,
    )


def _validated(content: bytes, product: Product, profile: Profile, config: Config) -> list[Finding]:
    if profile.format == "json":
        return []
    faults = _validator(profile.release, profile.tags, config.publisher.code_lists).check(content)
    shown = [Fault(fault.element, fault.value[:80], fault.message[:200]) for fault in faults[:3]]
    return [finding("G6", fault, product, profile, config.owners) for fault in shown]


def _mark(profile: Profile) -> str:
    return f"{USE_CASE}/{profile.id}"


_validator = cache(Validator)
_atlas = cache(Atlas)
_code_lists = CodeLists.load
