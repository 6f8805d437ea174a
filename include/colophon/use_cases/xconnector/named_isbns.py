"""XC-1: the ISBNs that people name in the form."""

from collections.abc import Collection, Mapping
from typing import Any

from colophon.domain.identifiers import isbn13_of
from colophon.errors import BadConfigError
from colophon.quality.rule import short

MOST_NAMED = 20


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
