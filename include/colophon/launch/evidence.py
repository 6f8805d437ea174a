"""What is known of launches, from what was read."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from colophon.config.calendars import Calendar
from colophon.config.monitoring import PipelineMonitor
from colophon.domain.facts import Facts, Known
from colophon.domain.launch import Launch
from colophon.domain.todo import Todo
from colophon.launch.path import pace
from colophon.launch.title import Evidence, Video

CONSONANCE = "Consonance"


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
