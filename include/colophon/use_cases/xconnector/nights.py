"""XC-1: what a night reads, and for whom: whose night it is, since when it reads, and what changed by itself meanwhile."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from colophon.blocks.ids import SYNDICATION
from colophon.config import Config
from colophon.domain.delivery import LatestDelivery
from colophon.domain.departed import Departed
from colophon.domain.identifiers import isbn13_of
from colophon.errors import BadConfigError
from colophon.onix.profile import Profile
from colophon.onix.terms import WEEKLY
from colophon.quality.rule import short
from colophon.rights.status import days_in, isbn_in, status_from
from colophon.use_cases.xconnector.change_days import due_lines, fingerprint, tax_begins
from colophon.use_cases.xconnector.exits import is_closed, is_held, row_of

MOST_NAMED = 20


class Reading(NamedTuple):
    """What to read: changed since a moment (None: at any time), or the ISBNs named."""

    since: datetime | None
    isbns: tuple[str, ...] | None


EVERYTHING = Reading(None, None)
EVERYTHING_AGAIN = frozenset({"full", WEEKLY})
"""Modes in which a recipient gets what it has already."""


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

    :raises BadConfigError: a name that no profile has.
    """
    wanted = list(params.get("recipients") or config.recipients)
    unknown = [name for name in wanted if name not in config.recipients]
    if unknown:
        raise BadConfigError(f"no recipient {', '.join(unknown)}", remedy=f"Choose from: {', '.join(sorted(config.recipients))}.")
    return [config.recipients[name] for name in wanted]


def mark(profile: Profile) -> str:
    """Name of the watermark of a recipient. Whoever is not armed is looked at by a mark of its own: once armed it gets a full feed, or what changed since it was."""
    return f"{SYNDICATION}/{profile.id}" if profile.live else f"{SYNDICATION}/{profile.id}/not armed"


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
    known, sold = _by_isbn(before), _by_isbn(now_lines)
    # Most lines are what they were, and no day of theirs lies between; these need not be read.
    may = [isbn for isbn, line in sold.items() if known.get(isbn) != line or (then != now and _has_step(line, *sorted((then, now))))]

    def answer(line: str, on: date) -> tuple[int, ...] | None:
        """Where the product may be sold; None where two have its ISBN, for then it is known of neither."""
        if not line:
            return None
        standing = status_from(line)
        days = (on, embargoes[standing.isbn13]) if standing.isbn13 in embargoes else (on,)
        return tuple(standing.open_bits(channel, day) for channel in sorted(channels) for day in days)

    return {isbn for isbn in may if isbn not in known or answer(known[isbn], then) != answer(sold[isbn], now)}


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


def _by_isbn(lines: Iterable[str]) -> dict[str, str]:
    """Lines of standings by ISBN; empty where two products have it."""
    found: dict[str, str] = {}
    for line in lines:
        if isbn := isbn_in(line):
            found[isbn] = "" if isbn in found else line
    return found


def _has_step(line: str, after: date, until: date) -> bool:
    return any(after < day <= until for day in days_in(line))
