"""To-dos as an iCalendar feed (RFC 5545), written by hand."""

from collections.abc import Iterable, Iterator
from typing import Any

Row = dict[str, Any]

_STATUS = {"OPEN": "NEEDS-ACTION", "DONE": "COMPLETED", "CANCELLED": "CANCELLED"}
_LONGEST = 75


def feed(todos: Iterable[Row]) -> bytes:
    """All to-dos, by id."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Sandbox//To-dos//EN"]
    for todo in sorted(todos, key=lambda row: int(row["id"])):
        lines += ["BEGIN:VTODO", *_entry(todo), "END:VTODO"]
    return "".join(f"{_folded(line)}\r\n" for line in [*lines, "END:VCALENDAR"]).encode()


def _entry(todo: Row) -> Iterator[str]:
    changed = _compact(todo["updatedAt"])
    yield f"UID:todo-{todo['id']}@sandbox"
    yield f"DTSTAMP:{changed}"
    yield f"LAST-MODIFIED:{changed}"
    yield f"SUMMARY:{_escaped(todo['description'])}"
    yield f"URL:https://web.consonance.app/works/{todo['workId']}"
    if todo.get("dueOn"):
        yield f"DUE;VALUE=DATE:{_compact(todo['dueOn'])}"
    yield f"STATUS:{_STATUS[todo['status']]}"
    if todo.get("completedAt") or todo.get("completedOn"):
        yield f"COMPLETED:{_compact(todo.get('completedAt') or todo['completedOn'] + 'T12:00:00Z')}"
    if todo.get("tags"):
        yield f"CATEGORIES:{','.join(map(_escaped, todo['tags']))}"


def _compact(moment: str) -> str:
    """`2026-05-01T08:00:00Z` -> `20260501T080000Z`."""
    return moment.replace("-", "").replace(":", "")


def _escaped(text: str) -> str:
    for character in "\\;,":
        text = text.replace(character, f"\\{character}")
    return text.replace("\r\n", "\n").replace("\n", "\\n")


def _folded(line: str) -> str:
    """In pieces of at most 75 bytes, none of which cuts a letter."""
    pieces, size = [""], 0
    for letter in line:
        width = len(letter.encode())
        if size + width > _LONGEST:
            pieces.append(" ")
            size = 1
        pieces[-1] += letter
        size += width
    return "\r\n".join(pieces)
