"""Launches: a use case that makes a counterpart follow the launch engine, and remembers what titles look like.

It decides about everything at once: Consonance's facts, what the counterpart shows, and what was remembered before (`Remembered`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from colophon.blocks.decision import Plan
from colophon.blocks.use_case import UseCase


class Remembered(NamedTuple):
    """Something that the ledger remembers, and under which name."""

    name: str
    value: Mapping[str, Any]


class FeedJudged(NamedTuple):
    """That the metadata feed has judged titles, and when last."""

    at: str


@dataclass(slots=True)
class LaunchPlan(Plan):
    """Also what is to be remembered, by name; what stands under other names of the case's is forgotten."""

    kept: dict[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchCase(UseCase):
    """`destination` is the counterpart's name in the ledger. `remembers`: names begin so that it reads before it decides, `keeps`: those it writes."""

    destination: str
    remembers: tuple[str, ...]
    keeps: tuple[str, ...]
