"""XC-1, nightly metadata syndication: which titles go to which recipient, in which words, and which stay back.

Every pair of product and recipient ends as exactly one of: new (to be sent), unchanged, stale (a later day already
spoke), refused (with the rule), out of scope (it is not for this recipient). The decision is about what *would be sent*, never
about timestamps. Where a title may be sold is the rights engine's answer; a recipient who has one is told where it may no longer
be sold, whatever else is wrong with it.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from colophon import environment
from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.panels import TitlePanel
from colophon.blocks.use_case import RIGHTS, RightsQuestion, UseCase
from colophon.config import Config
from colophon.domain.departed import Departed
from colophon.domain.facts import Facts, Known
from colophon.domain.jsonl import split, split_departed
from colophon.domain.product import Product
from colophon.domain.supplement import Supplement
from colophon.errors import BadConfigError, BadRecordError, TooManyRefusedError
from colophon.ledger import LatestDelivery
from colophon.ledger.records import CLOSED
from colophon.onix.profile import Profile
from colophon.onix.terms import WEEKLY
from colophon.quality import figures
from colophon.quality.judge import check_severities
from colophon.quality.rule import Fault
from colophon.rights.status import status_from
from colophon.unsettled import is_too_large
from colophon.use_cases.xconnector.change_days import due_lines, fingerprint, tax_begins
from colophon.use_cases.xconnector.closings import decide_departed, decide_title, decide_unread
from colophon.use_cases.xconnector.exits import is_closed, is_held, row_of
from colophon.use_cases.xconnector.holds import holds
from colophon.use_cases.xconnector.named_isbns import isbns_of
from colophon.use_cases.xconnector.title_records import USE_CASE, Pair, is_for_somebody


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
    left: Sequence[Departed] = facts.records(Departed) if Departed in facts else ()
    wanted = [product for product in products if is_for_somebody(product, context)]
    on, schemes = context.as_of.date(), context.config.schemes
    sent = context.sent(figures.moments(wanted, on, schemes))
    plan = Plan(figures=figures.figures(wanted, on, schemes, sent))
    turns, owners = due(context.params, context.config, context.as_of), context.config.owners
    profiles = [profile for profile, _ in turns]
    # What a run is for a recipient decides whether it gets again what it has.
    asked = {profile.id: replace(context, params={**context.params, "mode": mode}) for profile, mode in turns}
    subjects = [product.subject for product in products] + [fault.subject for fault in unreadable] + [title.subject for title in left]
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
    for title in left:
        for profile in profiles:
            decide_departed(title, Pair(title.subject, profile, asked[profile.id], history[profile.id].get(title.subject)), plan)
    plan.intents.sort(key=lambda intent: CLOSED not in intent.labels)  # closing goes before opening
    return plan


def channels(config: Config) -> set[str]:
    """Channels of the rights records that are asked about."""
    return {profile.sale_channel for profile in config.recipients.values()}


def staged(lines: Iterable[str]) -> Facts:
    """The products of a batch, which could not be read, and titles that are no more."""
    departed, others = split_departed(lines)
    products, unreadable = split(others)
    now = environment.now()
    known = Known(records=tuple(products), source="staged", as_of=now, unreadable=tuple(unreadable))
    return Facts({Product: known, Departed: Known(records=tuple(departed), source="ledger", as_of=now)})


def turned(
    before: Iterable[str],
    then: date,
    now_lines: Iterable[str],
    now: date,
    channels: Collection[str],
    embargoes: Mapping[str, date] = MappingProxyType({}),
) -> set[str]:
    """ISBNs of products that may be sold in other countries than what was planned last said; lines of staged standings.

    :param embargoes: first days of sale, by ISBN: where a title may be sold from then on is said before.
    """
    known, sold = _answers(before, then, channels, embargoes), _answers(now_lines, now, channels, embargoes)
    return {isbn for isbn, answer in sold.items() if isbn not in known or known[isbn] != answer}


def turned_by_day(lines: Iterable[str], then: date, now: date, config: Config) -> set[str] | None:
    """ISBNs whose records change by date alone after one day, up to and with another; lines of `change_days`. None: all may."""
    if tax_begins(config, then, now):
        return None
    return due_lines(lines, then, now) | {isbn for isbn, day in config.embargoes.first_day_of_sale.items() if then < day <= now}


def is_comparable(memory: Mapping[str, Any], recipient: str, config: Config, on: date) -> bool:
    """Whether what an earlier run remembered tells which titles changed by themselves.

    Not where the recipient's profile was another one, or so long after all titles were read that it is time again.
    """
    if not {"on", "statuses", "days", "whole", "built_by"} <= memory.keys():
        return False
    is_same = memory["built_by"].get(recipient) == built_by(config).get(recipient)
    return is_same and (on - date.fromisoformat(memory["whole"])).days < config.limits.full_read_days


def built_by(config: Config) -> dict[str, str]:
    """What records for each recipient are built by, beside the titles, by the name of its watermark."""
    return {mark(profile): fingerprint(profile, config) for profile in config.recipients.values()}


def departed(there: Collection[str], last: Mapping[str, LatestDelivery], renamed: Mapping[str, str]) -> list[Departed]:
    """Titles that a recipient has and the system of record has no more under that name, each with why.

    :param there: subjects of all records that there are, readable or not. :param last: what it has of subjects that are not among
    them. :param renamed: ISBN by the row id of products that were read.
    """
    titles = []
    for subject, delivery in sorted(last.items()):
        number = row_of(delivery)
        if not is_held(delivery) or is_closed(delivery) or f"unreadable:{number}" in there:
            continue
        new, is_left = renamed.get(number), f"product:{number}" in there
        reason = f"its ISBN is {new}" if new else "it has no ISBN" if is_left else "no longer listed"
        titles.append(Departed(subject=subject, reason=reason, kind="renumbered" if new or is_left else "missing"))
    return titles


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

    Raises as `isbns_of` in mode `list`.
    """
    if params["mode"] == "list":
        return Reading(since=None, isbns=isbns_of(params))
    turns = due(params, config, as_of) if as_of else [(profile, str(params["mode"])) for profile in recipients(params, config)]
    if as_of and not turns:
        return Reading(since=as_of, isbns=None)
    marks = [watermark(mark(profile)) for profile, _ in turns]
    known = [mark for mark in marks if mark is not None]
    if any(mode in EVERYTHING_AGAIN for _, mode in turns) or len(known) < len(marks):
        return EVERYTHING
    return Reading(since=min([*known, *([window_start] if window_start else [])]), isbns=None)


def check_form(params: Mapping[str, Any], config: Config) -> None:
    """Whether a form's values can be meant. Raises as `recipients` and, in mode `list`, as `isbns_of`."""
    recipients(params, config)
    if params["mode"] == "list":
        isbns_of(params)


def check(counts: Mapping[str, Mapping[str, int]], *, read: int, config: Config) -> None:
    """Nothing may be lost between reading and deciding, and not everything that is for a recipient may be refused.

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


def _answers(lines: Iterable[str], on: date, channels: Collection[str], embargoes: Mapping[str, date]) -> dict[str, tuple[int, ...] | None]:
    """Where products may be sold, by ISBN; None where two have it, for then it is known of neither."""
    answers: dict[str, tuple[int, ...] | None] = {}
    for standing in map(status_from, lines):
        if isbn := standing.isbn13:
            days = (on, embargoes[isbn]) if isbn in embargoes else (on,)
            bits = tuple(standing.open_bits(channel, day) for channel in sorted(channels) for day in days)
            answers[isbn] = None if isbn in answers else bits
    return answers


def mark(profile: Profile) -> str:
    """Name of the watermark of a recipient. Whoever is not armed is looked at by a mark of its own: once armed it gets a full feed, or what changed since it was."""
    return f"{USE_CASE}/{profile.id}" if profile.live else f"{USE_CASE}/{profile.id}/not armed"


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
PANEL = TitlePanel(CASE, recipients, holds)
