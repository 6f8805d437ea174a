"""What is known of launches, from what was read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple, Protocol

from colophon.config.calendars import Calendar
from colophon.config.monitoring import PipelineMonitor
from colophon.domain.facts import Facts, Known
from colophon.domain.launch import Launch
from colophon.domain.product import Product
from colophon.domain.todo import Milestone, Todo
from colophon.launch.freeze import Frozen
from colophon.launch.path import pace

CONSONANCE = "Consonance"


class Delivered(Protocol):
    """Something that others make for a launch: an asset, a video."""

    @property
    def is_there(self) -> bool | None:
        """None: nobody knows what its status means."""

    @property
    def said(self) -> str:
        """In words."""


class Video(NamedTuple):
    """A video that was asked for; `due` by the house's rules."""

    kind: str
    due: date
    is_there: bool | None
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of launches. A part that is None no source tells.

    `todos`, `launches`, `feed`, `portal`: who told them. `on_hold`: launches by work. `faults`: rules that keep a product's metadata back, by
    subject. `assets` by ISBN and kind. `may_sell`: the rights engine's answer for a day; None: it does not know. `videos` by work.
    `frozen`: what of a product was frozen when it was judged last, by its id.
    """

    takes: Mapping[Milestone, int]
    todos: str | None = None
    launches: str | None = None
    on_hold: Mapping[int, Launch] | None = None
    feed: str = "metadata feed"
    faults: Mapping[str, Sequence[str]] | None = None
    portal: str = "4ALLPORTAL"
    assets: Mapping[tuple[str, str], Delivered] | None = None
    may_sell: Callable[[Product, date], bool | None] = lambda _product, _day: None
    videos: Mapping[int, Sequence[Video]] | None = None
    frozen: Mapping[int, Mapping[str, Frozen]] = field(default_factory=dict)


def evidence_of(facts: Facts, monitor: PipelineMonitor, calendar: Calendar, **more: Any) -> Evidence:
    """Evidence by to-dos and launches that were read; `more` are its other parts. A kind that no source tells is none."""
    todos, launches = facts.of(Todo), facts.of(Launch)
    on_hold = {launch.work_id: launch for launch in launches.records} if isinstance(launches, Known) else None
    return Evidence(
        takes=pace(facts.records(Todo, ()), monitor, calendar),
        todos=_named(todos.source) if isinstance(todos, Known) else None,
        launches=_named(launches.source) if isinstance(launches, Known) else None,
        on_hold=on_hold,
        **more,
    )


def videos_of(rows: Mapping[str, Any]) -> list[Video]:
    """Videos of a work as they are remembered."""
    return [Video(row["kind"], date.fromisoformat(row["due"]), row["is_there"], row["said"]) for row in rows["videos"]]


def _named(source: str) -> str:
    return CONSONANCE if source == "graphql" else f"{CONSONANCE} ({source})"
