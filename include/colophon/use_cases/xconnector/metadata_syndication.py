"""XC-1, nightly metadata syndication: which titles go to which recipient, in which words, and which stay back.

Every pair of product and recipient ends as exactly one of: new (to be sent), unchanged, stale (a later day already
spoke), refused (with the rule), out of scope (it is not for this recipient). The decision is about what *would be sent*, never about timestamps. Where a title may be sold
is the rights engine's answer; a recipient who has one is told where it may no longer be sold, whatever else is wrong with it.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, NamedTuple

from colophon import environment
from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.panels import TitlePanel
from colophon.blocks.use_case import RIGHTS, RightsQuestion, UseCase
from colophon.config import Config
from colophon.domain.facts import Facts, Known
from colophon.domain.jsonl import split
from colophon.domain.product import Product
from colophon.domain.supplement import Supplement
from colophon.errors import BadConfigError, BadRecordError, TooManyRefusedError
from colophon.onix.profile import Profile
from colophon.onix.terms import WEEKLY
from colophon.quality import figures
from colophon.quality.judge import check_severities
from colophon.quality.rule import Fault
from colophon.rights.status import status_from
from colophon.unsettled import is_too_large
from colophon.use_cases.xconnector.title_records import CLOSED, USE_CASE, Pair, decide_title, decide_unread, is_for_somebody


class Reading(NamedTuple):
    """What to read: changed since a moment (None: at any time), or the ISBNs named."""

    since: datetime | None
    isbns: tuple[str, ...] | None


EVERYTHING = Reading(None, None)
EVERYTHING_AGAIN = frozenset({"full", WEEKLY})
"""Modes in which a recipient gets what it has already."""


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """Decide about a batch, for every recipient of the run.

    :raises BadConfigError: a recipient that no profile has.
    """
    products, unreadable = facts.records(Product), facts.findings
    wanted = [product for product in products if is_for_somebody(product, context)]
    on, schemes = context.as_of.date(), context.config.schemes
    sent = context.sent(figures.moments(wanted, on, schemes))
    plan = Plan(figures=figures.figures(wanted, on, schemes, sent))
    turns, owners = due(context.params, context.config, context.as_of), context.config.owners
    profiles = [profile for profile, _ in turns]
    # What a run is for a recipient decides whether it gets again what it has.
    asked = {profile.id: replace(context, params={**context.params, "mode": mode}) for profile, mode in turns}
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
            pair = Pair(product.subject, profile, asked[profile.id], history[profile.id].get(product.subject))
            if first == product.id:
                decide_title(product, pair, plan)
            else:
                twice = Fault("isbn13", product.isbn13, f"one product; product {first} has it too")
                plan.findings.append(pair.finding("L4", twice, product))
    for subject in sorted({fault.subject for fault in unreadable} - {product.subject for product in products}):
        for profile in profiles:
            decide_unread(Pair(subject, profile, asked[profile.id], history[profile.id].get(subject)), plan)
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
    *,
    params: Mapping[str, Any],
    config: Config,
    watermark: Callable[[str], datetime | None],
    window_start: datetime | None,
    as_of: datetime | None = None,
) -> Reading:
    """What a run must read. A recipient without a watermark gets a full feed first, then deltas.

    :param as_of: whose night it is; None: everybody's. Where it is nobody's, only what changed since then is read, and nobody is told.

    :raises BadConfigError: mode `list` without ISBNs.
    """
    if params["mode"] == "list":
        if not params["isbns"]:
            raise BadConfigError("mode list needs at least one ISBN", remedy="Name the ISBNs in the form, or choose delta.")
        return Reading(since=None, isbns=tuple(isbn.replace("-", "").strip() for isbn in params["isbns"]))
    turns = due(params, config, as_of) if as_of else [(profile, str(params["mode"])) for profile in recipients(params, config)]
    if as_of and not turns:
        return Reading(since=as_of, isbns=None)
    marks = [watermark(mark(profile)) for profile, _ in turns]
    known = [mark for mark in marks if mark is not None]
    if any(mode in EVERYTHING_AGAIN for _, mode in turns) or len(known) < len(marks):
        return EVERYTHING
    return Reading(since=min([*known, *([window_start] if window_start else [])]), isbns=None)


def check(counts: Mapping[str, Mapping[str, int]], *, read: int, config: Config) -> None:
    """Nothing may be lost between reading and deciding, and not everything that is for a recipient may be refused.

    :raises BadRecordError: a recipient's numbers do not add up to what was read. :raises TooManyRefusedError: the share.
    """
    for destination, count in counts.items():
        if sum(count.values()) != read:
            raise BadRecordError(
                f"{destination}: the plan speaks of {sum(count.values())} products, {read} were read",
                subject=destination,
                remedy="Do not clear; keep the log and call a developer: titles would be lost.",
            )
        refused, judged = count.get("refused", 0), read - count.get("out_of_scope", 0)
        if is_too_large(refused, judged, config.limits.refused_share):
            raise TooManyRefusedError(f"{destination}: {refused / judged:.0%} of {judged} titles are refused", subject=destination)


def watermarks(params: Mapping[str, Any], config: Config, as_of: datetime) -> list[tuple[Profile, datetime]]:
    """The watermarks that a run sets (`mark` names them); a stated list of ISBNs moves none, and one whose night it is not keeps its own."""
    return [] if params["mode"] == "list" else [(profile, as_of) for profile, _ in due(params, config, as_of)]


def due(params: Mapping[str, Any], config: Config, as_of: datetime) -> list[tuple[Profile, str]]:
    """Whose night it is, each with what the run is for it: `delta`, `weekly`, `full` or `list`. Errors as `recipients`."""
    turns = ((profile, turn(params, profile, as_of)) for profile in recipients(params, config))
    return [(profile, mode) for profile, mode in turns if mode]


def turn(params: Mapping[str, Any], profile: Profile, as_of: datetime) -> str:
    """What a run is for a recipient by its rhythm; empty where it is not its night. Who is named in the form need not wait."""
    mode = str(params.get("mode") or "delta")
    return mode if params.get("recipients") else profile.rhythm.mode(mode, as_of.date())


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


def mark(profile: Profile) -> str:
    """Name of the watermark of a recipient."""
    return f"{USE_CASE}/{profile.id}"


CASE = UseCase(
    id=USE_CASE,
    reads=(Product,),
    upstream=RIGHTS,
    upstream_gains=(Supplement,),
    staged=staged,
    rights=RightsQuestion(channels),
    decide=decide,
    backfill="latest",
    systems=("xconnector", "recipients"),
)
PANEL = TitlePanel(CASE, recipients)
