"""Launches as the desk shows them: what the launch engine said of each title when it was asked last."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from colophon.domain.todo import Milestone
from colophon.launch.status import Light
from colophon.launch.view import LINE, SOURCES, TITLE, name_of, week_of
from colophon.ledger import Ledger

Line = Mapping[str, Any]
_ORDER = [str(light) for light in Light]


class Wanted(NamedTuple):
    """Which titles are shown; empty: all."""

    imprint: str = ""
    blocker: str = ""
    owner: str = ""
    light: str = ""
    week: str = ""

    def of(self, lines: Iterable[Line], *, but: str = "") -> list[Line]:
        """Those of some titles that are wanted. :param but: a condition that does not count."""
        wanted = [(_HELD[name], value) for name, value in self._asdict().items() if value and name != but]
        return [line for line in lines if all(value in held(line) for held, value in wanted)]


_HELD: Mapping[str, Callable[[Line], Collection[str]]] = {
    "imprint": lambda line: [line["imprint"]],
    "blocker": lambda line: line["held_by"],
    "owner": lambda line: [(line["blocker"] or {}).get("owner", "")],
    "light": lambda line: [line["light"]],
    "week": lambda line: [line["week"]],
}
"""What a title has of each condition."""


class Week(NamedTuple):
    """A week in which titles are launched: how many of each light, and those that are not green, the most urgent first."""

    name: str
    first: date
    lights: Mapping[str, int]
    lines: Sequence[Line]

    @property
    def titles(self) -> int:
        """How many."""
        return sum(self.lights.values())


class Sources(NamedTuple):
    """When the engine was asked last (empty: never), and when each of its sources was read; None: it could not be."""

    at: str
    read: Mapping[str, str | None]


def lines_of(ledger: Ledger) -> list[Line]:
    """All titles that are to come, by their week, the least time to spare first."""
    return sorted(ledger.memory.get_each(LINE), key=_place)


def sources_of(ledger: Ledger) -> Sources:
    """How old what is shown is."""
    kept = ledger.memory.get(SOURCES)
    return Sources(kept[0]["at"], kept[0]["sources"]) if kept else Sources("", {})


def title_of(ledger: Ledger, work_id: int) -> Mapping[str, Any] | None:
    """All that is known of a title; None: it is not to come."""
    kept = ledger.memory.get(name_of(TITLE, work_id))
    return kept[0] if kept else None


def pace_of(ledger: Ledger) -> dict[Milestone, int]:
    """How long stages took the house, when the engine was asked last; empty: it never was."""
    kept = ledger.memory.get(SOURCES)
    return {Milestone(stage): days for stage, days in kept[0]["pace"].items()} if kept else {}


def weeks_of(lines: Iterable[Line]) -> list[Week]:
    """Titles by week, in order."""
    by_week = defaultdict[str, list[Line]](list)
    for line in lines:
        by_week[line["week"]].append(line)
    return [
        Week(
            name,
            _monday(date.fromisoformat(own[0]["on"])),
            Counter(line["light"] for line in own),
            [line for line in own if line["light"] != "green"],
        )
        for name, own in sorted(by_week.items())
    ]


def choices(lines: Collection[Line]) -> dict[str, list[str]]:
    """What one may choose from."""
    return {name: sorted({value for line in lines for value in _HELD[name](line) if value}) for name in ("imprint", "blocker", "owner")}


def rows_of(lines: Iterable[Line]) -> list[dict[str, Any]]:
    """A row for each format, for spreadsheets."""
    rows = []
    for line in lines:
        blocker = line["blocker"] or {}
        for each in line["formats"]:
            rows.append(
                {
                    **{name: line[name] for name in ("week", "work", "title", "authors", "imprint", "light", "since")},
                    **line["areas"],
                    "isbn": each["isbn"],
                    "form": each["form"],
                    "on_sale": each["on"],
                    "format_light": each["light"],
                    "days_to_spare": max(each["spare"], 0) if each["spare"] is not None else None,
                    "days_late": max(-each["spare"], 0) if each["spare"] is not None else None,
                    "blocker": blocker.get("name", ""),
                    "reason": blocker.get("reason", ""),
                    "owner": blocker.get("owner", ""),
                }
            )
    return rows


COLUMNS = (
    *(
        "week",
        "on_sale",
        "work",
        "isbn",
        "form",
        "title",
        "authors",
        "imprint",
        "light",
        "format_light",
        "editorial",
        "production",
        "commercial",
    ),
    *("days_to_spare", "days_late", "blocker", "reason", "owner", "since"),
)


def changed_since(lines: Iterable[Line], day: date) -> int:
    """Titles whose readiness changed on a day or after it."""
    return sum(1 for line in lines if line["since"] and line["since"][:10] >= day.isoformat())


def between(lines: Iterable[Line], first: date, weeks: int) -> list[Line]:
    """Titles of so many weeks from a day on, and those whose day has passed."""
    last = week_of(first + timedelta(weeks=weeks - 1))
    return [line for line in lines if line["week"] <= last]


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _place(line: Line) -> tuple[str, int, int, str, str]:
    spare = line["spare"]
    return line["week"], _ORDER.index(line["light"]), spare if spare is not None else 0, line["on"], line["title"]
