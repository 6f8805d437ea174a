"""XC-1: which titles change though nobody edits them: a day has come, a right began or ended, or records are built otherwise."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

from colophon.config import Config
from colophon.rights.status import days_in, isbn_in, status_from
from colophon.use_cases.xconnector.change_days import due_lines, fingerprint, tax_begins
from colophon.use_cases.xconnector.nights import mark


def turned_by_rights(
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


def _by_isbn(lines: Iterable[str]) -> dict[str, str]:
    """Lines of standings by ISBN; empty where two products have it."""
    found: dict[str, str] = {}
    for line in lines:
        if isbn := isbn_in(line):
            found[isbn] = "" if isbn in found else line
    return found


def _has_step(line: str, after: date, until: date) -> bool:
    return any(after < day <= until for day in days_in(line))
