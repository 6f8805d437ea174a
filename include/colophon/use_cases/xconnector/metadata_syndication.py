"""XC-1, nightly metadata syndication: which titles go to which recipient, in which words, and which stay back.

Every pair of product and recipient ends as exactly one of: new (to be sent), unchanged, stale (a later day already
spoke), refused (with the rule). The decision is about what *would be sent*, never about timestamps.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from colophon.config import Config
from colophon.domain.finding import Finding, Severity
from colophon.domain.product import Product
from colophon.errors import BadConfigError
from colophon.onix.profile import Profile
from colophon.use_cases.plan import Plan, Question

USE_CASE = "xconnector__metadata_syndication"


@dataclass(frozen=True, slots=True)
class Reading:
    """What to read: changed since a moment (None: everything), or the ISBNs named."""

    since: datetime | None
    isbns: tuple[str, ...] | None

    def __str__(self) -> str:
        """For the task's log."""
        if self.isbns is not None:
            return f"with {len(self.isbns)} ISBNs"
        return f"changed since {self.since:%Y-%m-%d %H:%M} UTC, and the overlap" if self.since else "all"


def recipients(params: Mapping[str, Any], config: Config) -> list[Profile]:
    """The profiles that the form names; all of them where it names none.

    :raises BadConfigError: a name that no profile has.
    """
    wanted = list(params.get("recipients") or config.recipients)
    unknown = [name for name in wanted if name not in config.recipients]
    if unknown:
        raise BadConfigError(f"no recipient {', '.join(unknown)}", remedy=f"Choose from: {', '.join(sorted(config.recipients))}.")
    return [config.recipients[name] for name in wanted]


def reading(
    *, params: Mapping[str, Any], config: Config, watermark: "Watermarks", window_start: datetime | None
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


def watermarks(params: Mapping[str, Any], config: Config, as_of: datetime) -> list[tuple[str, datetime]]:
    """The watermarks that a handed-over run sets; a stated list of ISBNs moves none."""
    return [] if params["mode"] == "list" else [(_mark(profile), as_of) for profile in recipients(params, config)]


def destinations(params: Mapping[str, Any], config: Config) -> list[str]:
    """Where a run delivers to, whatever it planned: leftovers of an earlier run go as well."""
    return [profile.id for profile in recipients(params, config)]


def occurrence(params: Mapping[str, Any], as_of: datetime) -> str:
    """Why a content that a recipient has already is sent again: a full feed or a list asked for by hand, once each."""
    return "" if params["mode"] == "delta" else f"{params['mode']}/{as_of:%Y-%m-%dT%H:%M:%SZ}"


def _mark(profile: Profile) -> str:
    return f"{USE_CASE}/{profile.id}"
