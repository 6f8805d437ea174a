"""XC-1: what a night reads, and for whom: what its form says, whose night it is, and since when it reads."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from colophon.blocks.ids import SYNDICATION
from colophon.config import Config
from colophon.domain.identifiers import isbn13_of
from colophon.errors import BadConfigError
from colophon.onix.profile import Profile
from colophon.onix.terms import WEEKLY
from colophon.quality.rule import short

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
