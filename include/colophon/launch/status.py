"""Statuses: one thing that a launch waits for, with its light; which light is the worst, and which status the most urgent."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from colophon.config.readiness import AREAS, DAY, LAUNCH


class Light(StrEnum):
    """How ready something is, the worst first. Unknown is not ready."""

    RED = "red"
    UNKNOWN = "unknown"
    AMBER = "amber"
    GREEN = "green"


_ORDER = list(Light)


def worst(lights: Iterable[Light]) -> Light:
    """The worst of some; of none nothing is known."""
    return min(lights, key=_ORDER.index, default=Light.UNKNOWN)


class Status(NamedTuple):
    """One thing that a launch waits for. `source` says who told it; `contact` is who has to do it, where somebody is named."""

    area: str
    name: str
    light: Light
    reason: str
    owner: str
    source: str
    due: date | None = None
    spare: int | None = None
    contact: int | None = None


def urgency(status: Status) -> tuple[int, int, date, str]:
    """What is smaller for what is to be mended first: by its light, the days to spare and the day on which it is due."""
    spare = status.spare if status.spare is not None else -10_000 if status.name in {LAUNCH, DAY} else 0
    return _ORDER.index(status.light), spare, status.due or date.max, status.name


def by_area(statuses: Iterable[Status]) -> dict[str, list[Status]]:
    """Statuses by area, the worst first."""
    found: dict[str, list[Status]] = {area: [] for area in AREAS}
    for status in sorted(statuses, key=urgency):
        found[status.area].append(status)
    return found
