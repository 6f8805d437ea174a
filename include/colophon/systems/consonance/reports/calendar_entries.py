"""Entries of an iCalendar text (RFC 5545) -> to-dos. Each is parsed alone, so that one bad entry does not spoil the others."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from colophon.domain.finding import Finding
from colophon.domain.provenance import Origin
from colophon.domain.todo import Todo, TodoStatus
from colophon.errors import BadRecordError
from colophon.systems.consonance.reports import cells
from colophon.systems.consonance.reports.rows import finding

NAME = "the calendar"

_BEGIN = re.compile(r"BEGIN:(VTODO|VEVENT|VTIMEZONE)\s*", re.IGNORECASE)
_UID = re.compile(r"^UID[^:\n]*:([!-~]{1,200})\s*$", re.IGNORECASE | re.MULTILINE)
_WORK = re.compile(r"/works/([1-9]\d{0,9})(?:[/?#]|$)", re.ASCII)
_IN_BRACKETS = re.compile(r"(?P<description>.*\S)\s*(?:\[(?P<square>[^\[\]]+)\]|\((?P<round>[^()]+)\))\s*")
_STATUS = {
    "NEEDS-ACTION": TodoStatus.OPEN,
    "IN-PROCESS": TodoStatus.OPEN,
    "COMPLETED": TodoStatus.DONE,
    "CANCELLED": TodoStatus.CANCELLED,
}
# What the parser raises for entries that are none.
_BROKEN = (ValueError, LookupError, TypeError, AttributeError)


class _Block(NamedTuple):
    """The lines of one entry, of which `row` is its number in the calendar."""

    row: int
    kind: str
    text: str


def todos_in(text: str, sha256: str, zone: str) -> Iterator[Todo | Finding]:
    """To-dos of a whole calendar; days are those of `zone` (IANA). An entry that cannot be read is a finding."""
    blocks = list(_blocks(text))
    zones = "".join(block.text for block in blocks if block.kind == "VTIMEZONE")
    known: set[str] = set()
    for block in blocks:
        if block.kind == "VTIMEZONE":
            continue
        origin = Origin(file=NAME, sha256=sha256, row=block.row)
        named = _UID.search(block.text)
        subject = f"todo:{named[1]}" if named else ""
        try:
            todo = _todo(block, zones, ZoneInfo(zone), origin)
            if todo.uid in known:
                raise _unfit("UID", todo.uid, "an id that no entry above has")
        except BadRecordError as fault:
            yield finding(origin, fault.subject, fault.evidence, fault.sentence, subject=subject)
        else:
            known.add(todo.uid or "")
            yield todo


def _blocks(text: str) -> Iterator[_Block]:
    """Entries and time zones, cut out by their first and last lines (a folded line begins with a blank, so none is mistaken)."""
    number, kind = 0, ""
    lines: list[str] = []
    for line in re.split(r"\r\n|\n|\r", text):
        begins = _BEGIN.fullmatch(line)
        if begins and not kind:
            kind, lines = begins[1].upper(), []
            number += kind != "VTIMEZONE"
        if kind:
            lines.append(line)
            if line.strip().upper() == f"END:{kind}":
                yield _Block(number, kind, "\r\n".join([*lines, ""]))
                kind = ""
    if kind:
        yield _Block(number, kind, "\r\n".join([*lines, ""]))


def _todo(block: _Block, zones: str, zone: ZoneInfo, origin: Origin) -> Todo:
    entry = _parsed(block, zones)
    is_task = block.kind == "VTODO"
    summary = " ".join(_text(entry, "SUMMARY", cells.prose).split())
    work_id = _work_id(entry)
    description, title = (summary, None) if work_id is not None else _split_title(summary)
    status = _status(entry, is_task=is_task)
    completed = _when(entry, "COMPLETED") if status is TodoStatus.DONE else None
    changed = _when(entry, "LAST-MODIFIED")
    return Todo(
        uid=_text(entry, "UID", cells.text),
        work_id=work_id,
        work_title=title,
        description=description,
        due_on=_day(_when(entry, "DUE") or _when(entry, "DTSTART"), zone),
        completed_on=_day(completed, zone),
        completed_at=_moment("COMPLETED", completed),
        status=status,
        is_proof=is_task,
        tags=tuple(_tags(entry)),
        updated_at=_moment("LAST-MODIFIED", changed),
        origin=origin,
    )


def _parsed(block: _Block, zones: str) -> Any:
    from icalendar import Component

    needs_zones = "TZID" in block.text.upper()
    wrapped = f"BEGIN:VCALENDAR\r\n{zones if needs_zones else ''}{block.text}END:VCALENDAR\r\n"
    try:
        found = Component.from_ical(wrapped)
        entries = [entry for entry in found.walk() if entry.name == block.kind]
    except _BROKEN as problem:
        raise _unfit("the entry", str(problem), "an entry by RFC 5545") from problem
    if len(entries) != 1:
        raise _unfit("the entry", f"{len(entries)} entries", "an entry by RFC 5545")
    for name, why in entries[0].errors:
        raise _unfit(name or "the entry", why, "an entry by RFC 5545")
    return entries[0]


def _text(entry: Any, name: str, read: cells.Read[str]) -> str:
    value = _one(entry, name)
    if value is None or not str(value).strip():
        raise BadRecordError("a value", subject=name, evidence="nothing")
    try:
        return read(str(value))
    except BadRecordError as fault:
        raise _unfit(name, str(value), fault.sentence) from fault


def _one(entry: Any, name: str) -> Any:
    value = entry.get(name)
    if isinstance(value, list):
        raise _unfit(name, f"{len(value)} of them", "one")
    return value


def _when(entry: Any, name: str) -> datetime | date | None:
    """A day, or a moment that may lack a zone."""
    value = _one(entry, name)
    if value is None:
        return None
    found = getattr(value, "dt", None)
    if not isinstance(found, date) or not 1900 <= found.year <= 2199:
        raise _unfit(name, str(found or value), "a day or a moment")
    return found


def _day(found: datetime | date | None, zone: ZoneInfo) -> date | None:
    """The day in the account's zone; a moment without a zone means the wall clock there."""
    if not isinstance(found, datetime):
        return found
    return found.astimezone(zone).date() if found.tzinfo else found.date()


def _moment(name: str, found: datetime | date | None) -> datetime | None:
    if not isinstance(found, datetime):
        return None
    if found.tzinfo is None:
        raise _unfit(name, found.isoformat(), "a moment in UTC, such as 20260501T080000Z")
    return found.astimezone(UTC)


def _status(entry: Any, *, is_task: bool) -> TodoStatus:
    word = str(_one(entry, "STATUS") or "").upper()
    if not is_task:
        return TodoStatus.CANCELLED if word == "CANCELLED" else TodoStatus.OPEN
    if not word:
        return TodoStatus.DONE if entry.get("COMPLETED") is not None else TodoStatus.OPEN
    if word not in _STATUS:
        raise _unfit("STATUS", word, f"one of {', '.join(_STATUS)}")
    return _STATUS[word]


def _tags(entry: Any) -> Iterator[str]:
    given = entry.get("CATEGORIES")
    for category in given if isinstance(given, list) else [given] if given is not None else []:
        for tag in category.cats:
            try:
                yield cells.text(str(tag))
            except BadRecordError as fault:
                raise _unfit("CATEGORIES", str(tag), fault.sentence) from fault


def _work_id(entry: Any) -> int | None:
    found = _WORK.search(str(_one(entry, "URL") or ""))
    return int(found[1]) if found and int(found[1]) <= cells.LARGEST else None


def _split_title(summary: str) -> tuple[str, str]:
    """Description and the work's title, which stands in brackets at the end."""
    found = _IN_BRACKETS.fullmatch(summary)
    if not found:
        raise _unfit("SUMMARY", summary, "the work's address as URL, or its title in brackets at the end")
    return found["description"], (found["square"] or found["round"]).strip()


def _unfit(name: str, value: str | None, expected: str) -> BadRecordError:
    return BadRecordError(expected, system="consonance", subject=name, evidence=cells.shown(value or ""))
