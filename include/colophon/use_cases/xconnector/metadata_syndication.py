"""XC-1, nightly metadata syndication: which titles go to which recipient, in which words, and which stay back.

Every pair of product and recipient ends as exactly one of: new (to be sent), unchanged, stale (a later day already
spoke), refused (with the rule). The decision is about what *would be sent*, never about timestamps. Where a title may be sold
is the rights engine's answer; a recipient who has one is told where it may no longer be sold, whatever else is wrong with it.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from colophon import environment
from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.panels import TitlePanel
from colophon.blocks.use_case import RIGHTS, RightsQuestion, UseCase
from colophon.config import Config
from colophon.domain.facts import Facts, Known
from colophon.domain.finding import Finding
from colophon.domain.identifiers import isbn13_of
from colophon.domain.jsonl import split
from colophon.domain.product import Product
from colophon.errors import BadConfigError, BadRecordError, TooManyRefusedError
from colophon.onix.profile import Profile
from colophon.quality import figures
from colophon.quality.gates import NOT_FOR_IT
from colophon.quality.judge import check_severities
from colophon.quality.rule import Fault, short
from colophon.rights.status import status_from
from colophon.unsettled import is_too_large
from colophon.use_cases.xconnector.title_records import CLOSED, USE_CASE, Pair, decide_title, decide_unread


class Reading(NamedTuple):
    """What to read: changed since a moment (None: at any time), or the ISBNs named."""

    since: datetime | None
    isbns: tuple[str, ...] | None


EVERYTHING = Reading(None, None)
MOST_NAMED = 20


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """Decide about a batch, for every recipient of the run.

    :raises BadConfigError: a recipient that no profile has.
    """
    products, unreadable = facts.records(Product), facts.findings
    plan = Plan(figures=figures.figures(products, context.as_of.date()))
    profiles, owners = recipients(context.params, context.config), context.config.owners
    subjects = [product.subject for product in products] + [fault.subject for fault in unreadable]
    judged, plan.names = _told_apart(subjects)
    for profile in profiles:
        plan.judged[profile.id] = list(judged)
        plan.findings += [fault.model_copy(update={"blocks": profile.id, "owner": owners.of(fault.rule)}) for fault in unreadable]
    history = {profile.id: context.history(profile.id, subjects) for profile in profiles}
    seen: dict[str, int] = {}
    # One title for all recipients, then the next: what its texts have in common is worked out once.
    for product in products:
        first = seen.setdefault(product.isbn13, product.id) if product.isbn13 else product.id
        for profile in profiles:
            pair = Pair(product.subject, profile, context, history[profile.id].get(product.subject))
            if first == product.id:
                decide_title(product, pair, plan)
            else:
                twice = Fault("isbn13", product.isbn13, f"one product; product {first} has it too")
                plan.findings.append(pair.finding("L4", twice, product))
    for subject in sorted({fault.subject for fault in unreadable} - {product.subject for product in products}):
        for profile in profiles:
            decide_unread(Pair(subject, profile, context, history[profile.id].get(subject)), plan)
    plan.intents.sort(key=lambda intent: CLOSED not in intent.labels)  # closing goes before opening
    return plan


def channels(config: Config) -> set[str]:
    """Channels of the rights records that are asked about."""
    return {profile.sale_channel for profile in config.recipients.values()}


def staged(lines: Iterable[str]) -> Facts:
    """The products of a batch, and which could not be read."""
    products, unreadable = split(lines)
    known = Known(records=tuple(products), source="staged", as_of=environment.now(), unreadable=tuple(unreadable))
    return Facts({Product: known})


def turned(before: Iterable[str], then: date, now_lines: Iterable[str], now: date, channels: Collection[str]) -> set[str]:
    """ISBNs of products that may be sold in other countries than what was planned last said; lines of staged standings."""
    known, sold = _answers(before, then, channels), _answers(now_lines, now, channels)
    return {isbn for isbn, answer in sold.items() if isbn not in known or known[isbn] != answer}


def reading(
    *, params: Mapping[str, Any], config: Config, watermark: Callable[[str], datetime | None], window_start: datetime | None
) -> Reading:
    """What a run must read. A recipient without a watermark gets a full feed first, then deltas.

    Raises as `isbns_of` in mode `list`.
    """
    if params["mode"] == "list":
        return Reading(since=None, isbns=isbns_of(params))
    marks = [watermark(_mark(profile)) for profile in recipients(params, config)]
    known = [mark for mark in marks if mark is not None]
    if params["mode"] == "full" or len(known) < len(marks):
        return EVERYTHING
    return Reading(since=min([*known, *([window_start] if window_start else [])]), isbns=None)


def check_form(params: Mapping[str, Any], config: Config) -> None:
    """Whether a form's values can be meant. Raises as `recipients` and, in mode `list`, as `isbns_of`."""
    recipients(params, config)
    if params["mode"] == "list":
        isbns_of(params)


def isbns_of(params: Mapping[str, Any]) -> tuple[str, ...]:
    """The ISBNs that a form names, as ISBN-13, each once.

    :raises BadConfigError: none, or one that is none.
    """
    if not params["isbns"]:
        raise BadConfigError("mode list needs at least one ISBN", remedy="Name the ISBNs in the form, or choose delta.")
    found = {text.strip(): isbn13_of(text.strip()) for text in params["isbns"]}
    if wrong := [text or "an empty line" for text, isbn in found.items() if isbn is None]:
        raise BadConfigError(
            f"no ISBN: {short(', '.join(wrong))}",
            remedy="Write all 13 digits (or 10), with or without hyphens; the last one checks the others.",
        )
    return tuple(dict.fromkeys(filter(None, found.values())))


def not_found(asked: Collection[str] | None, read: Collection[str]) -> str:
    """Which ISBNs were asked for and no product has, in words; empty: all were found.

    :param read: subjects of what was read.
    """
    lacking = [isbn for isbn in asked or () if f"isbn:{isbn}" not in read]
    more = f" and {len(lacking) - MOST_NAMED} more" if len(lacking) > MOST_NAMED else ""
    return f"asked for and not found in Consonance: {', '.join(lacking[:MOST_NAMED])}{more}" if lacking else ""


def not_for(findings: Iterable[Finding]) -> dict[str, int]:
    """How many products do not belong into each recipient's feed: no fault of theirs, and so none of a share that is too large."""
    return dict(Counter(name for name, _ in {(f.blocks, f.subject) for f in findings if f.rule in NOT_FOR_IT}))


def check(counts: Mapping[str, Mapping[str, int]], *, read: int, config: Config, not_for: Mapping[str, int] = MappingProxyType({})) -> None:
    """Nothing may be lost between reading and deciding, and not everything may be refused.

    :param not_for: refused ones that do not belong there, by recipient.

    :raises BadRecordError: a recipient's numbers do not add up to what was read. :raises TooManyRefusedError: the share.
    """
    for destination, count in counts.items():
        if sum(count.values()) != read:
            parts = " + ".join(f"{number} {word.replace('_', ' ')}" for word, number in count.items() if number) or "nothing"
            difference = read - sum(count.values())
            raise BadRecordError(
                f"{destination}: the plan speaks of {sum(count.values())} products, {read} were read: {parts}, "
                f"{abs(difference)} {'missing' if difference > 0 else 'too many'}",
                subject=destination,
                remedy="Do not clear; keep the log and call a developer: titles would be lost.",
            )
        if "not_armed" in count:
            continue  # nobody waits for it yet, and it stops nobody who does
        outside = not_for.get(destination, 0)
        refused, judged = count.get("refused", 0) - outside, read - outside
        if is_too_large(refused, judged, config.limits.refused_share):
            raise TooManyRefusedError(f"{destination}: {refused / judged:.0%} of {judged} titles are refused", subject=destination)


def watermarks(params: Mapping[str, Any], config: Config, as_of: datetime) -> list[tuple[str, datetime]]:
    """The watermarks that a run sets; a stated list of ISBNs moves none."""
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


def _told_apart(subjects: Iterable[str]) -> tuple[list[str], dict[str, str]]:
    """Each record by a name of its own, and what findings call those whose ISBN came before: all that was read is counted."""
    number, judged, names = Counter[str](), list[str](), dict[str, str]()
    for subject in subjects:
        number[subject] += 1
        judged.append(subject if number[subject] == 1 else f"{subject}#{number[subject]}")
        if number[subject] > 1:
            names[judged[-1]] = subject
    return judged, names


def _answers(lines: Iterable[str], on: date, channels: Collection[str]) -> dict[str, tuple[int, ...] | None]:
    """Where products may be sold, by ISBN; None where two have it, for then it is known of neither."""
    answers: dict[str, tuple[int, ...] | None] = {}
    for standing in map(status_from, lines):
        if isbn := standing.isbn13:
            answers[isbn] = None if isbn in answers else tuple(standing.open_bits(channel, on) for channel in sorted(channels))
    return answers


def _mark(profile: Profile) -> str:
    """Whoever is not armed is looked at by a mark of its own: once armed it gets a full feed, or what changed since it was."""
    return f"{USE_CASE}/{profile.id}" if profile.live else f"{USE_CASE}/{profile.id}/not armed"


CASE = UseCase(
    id=USE_CASE,
    reads=(Product,),
    upstream=RIGHTS,
    staged=staged,
    rights=RightsQuestion(channels),
    decide=decide,
    backfill="latest",
    systems=("xconnector", "recipients"),
)
PANEL = TitlePanel(CASE, recipients)
