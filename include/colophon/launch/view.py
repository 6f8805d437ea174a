"""Readiness as it is kept and shown: a line for the list, all of a title with its history, and when each source was read.

A title's rows change only when its readiness does; how old what they say is stands once, by source.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from colophon.config.readiness import AREAS
from colophon.launch.freeze import Frozen
from colophon.launch.status import Status, by_area
from colophon.launch.title import Format, Title
from colophon.onix.forms import form_of

LINE, TITLE, SOURCES, VIDEO = "launch:line:", "launch:title:", "launch:sources", "launch:video:"
"""Under which names the ledger remembers them, with the work's number behind: `name_of`."""


def name_of(prefix: str, work_id: int) -> str:
    """Names sort as numbers do."""
    return f"{prefix}{work_id:012d}"


def week_of(day: date) -> str:
    """The ISO week, such as `2026-W40`."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def line_of(title: Title, history: list[Mapping[str, Any]]) -> dict[str, Any]:
    """What the list shows of a title."""
    first, blocker = title.formats[0], title.blocker
    spares = [each.spare for each in title.formats if each.spare is not None]
    statuses = [status for each in title.formats for status in each.statuses]
    return {
        "work": title.work.id,
        "title": title.work.title,
        "authors": ", ".join(dict.fromkeys(person.name for person in first.product.contributors if person.role == "A01"))[:120],
        "imprint": title.work.imprint or "",
        "on": first.on.isoformat(),
        "week": week_of(first.on),
        "light": str(title.light()),
        "areas": {area: str(title.light(area)) for area in AREAS},
        "spare": min(spares, default=None),
        "since": history[-1]["at"] if history else None,
        "formats": [_format_line(each) for each in title.formats],
        "blocker": _told(blocker) if blocker else None,
        "held_by": sorted({status.name for status in statuses if status.light != "green"}),
    }


def title_of(title: Title, history: list[Mapping[str, Any]]) -> dict[str, Any]:
    """All that is known of a title."""
    formats = [
        {
            **_format_line(each),
            "statuses": [_told(status) for rows in by_area(each.statuses).values() for status in rows],
            "path": _path(each),
            "product": each.product.id,
            "frozen": {name: list(fixed) for name, fixed in each.frozen.items()},
        }
        for each in title.formats
    ]
    return {"work": title.work.id, "title": title.work.title, "light": str(title.light()), "formats": formats, "history": history}


def frozen_of(kept: Iterable[Mapping[str, Any]]) -> dict[int, dict[str, Frozen]]:
    """What of products was frozen, by `title_of` of titles."""
    formats = (each for title in kept for each in title["formats"] if "frozen" in each)
    return {each["product"]: {name: Frozen(*row) for name, row in each["frozen"].items()} for each in formats}


def history_of(title: Title, before: Mapping[str, Any] | None, at: datetime, most: int) -> list[Mapping[str, Any]]:
    """When the title's readiness changed and why, the newest last: another light of an area, or something else that holds it."""
    kept = list(before["history"]) if before else []
    blocker = title.blocker
    entry = {
        "light": str(title.light()),
        "areas": {area: str(title.light(area)) for area in AREAS},
        "name": blocker.name if blocker else "",
        "reason": blocker.reason if blocker else "nothing is missing",
        "owner": blocker.owner if blocker else "",
    }
    last = kept[-1] if kept else {}
    if all(last.get(key) == entry[key] for key in ("light", "areas", "name")):
        return kept
    return [*kept, {"at": at.isoformat(timespec="seconds"), **entry}][-most:]


def _format_line(each: Format) -> dict[str, Any]:
    product = each.product
    return {
        "isbn": product.isbn13 or "",
        "form": form_of(product).code or "",
        "kind": each.kind,
        "on": each.on.isoformat(),
        "light": str(each.light()),
        "spare": each.spare,
    }


def _told(status: Status) -> dict[str, Any]:
    return status._asdict() | {"light": str(status.light), "name": str(status.name), "due": status.due and status.due.isoformat()}


def _path(each: Format) -> list[dict[str, Any]]:
    """The open stages that decide when it is ready, the first to be done first."""
    way = each.way
    rows = way.critical if way else ()
    return [
        {
            "name": str(todo.milestone),
            "due": todo.due_on and todo.due_on.isoformat(),
            "ends": way.ends[todo.subject].isoformat(),
            "contact": todo.assignee_id,
        }
        for todo in rows
        if way
    ]
