"""Panels: what a use case shows on the desk. A module declares one beside its case, and the desk finds it by its kind.

    PANEL = EndsPanel(CASE, THRESHOLDS)

So the desk imports no use case, and what no installed use case shows has nothing on its page.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from colophon.blocks.use_case import UseCase
from colophon.config import Config
from colophon.ledger import Ledger
from colophon.onix.profile import Profile


@dataclass(frozen=True, slots=True)
class Panel:
    """Of which use case it is."""

    case: UseCase


@dataclass(frozen=True, slots=True)
class TitlePanel(Panel):
    """On a title's page: what the newest message says, and what keeps the title from whom, by deciding about it as it is now.

    `recipients`: the profiles of a run with some form values. `holds`: what each recipient has of the title now, by its deliveries;
    each has `recipient` and a `sentence`.
    """

    recipients: Callable[[Mapping[str, Any], Config], Sequence[Profile]]
    holds: Callable[[Iterable[Any], Collection[str]], Sequence[Any]]


class OwnedField(NamedTuple):
    """A field of a title that two systems have: who owns it, what stands there, how far that is, and what becomes of it when both changed it."""

    field: str
    owner: str
    says: str
    state: str
    both: str


@dataclass(frozen=True, slots=True)
class FieldsPanel(Panel):
    """On a title's page: fields that two systems have, by the title's ISBN."""

    fields: Callable[[Ledger, str], Iterable[OwnedField]]


@dataclass(frozen=True, slots=True)
class EndsPanel(Panel):
    """On the page of rights: what ends when, by the label `threshold` of alerts (`contract:7/2027-03-01/90`).

    `thresholds`: within how many days of an end people are alerted. `due`: of rights facts and a moment, the alerts that are due then.
    """

    thresholds: tuple[int, ...]
    due: Callable[..., tuple[Sequence[Any], Sequence[Any]]]


@dataclass(frozen=True, slots=True)
class FiguresPanel(Panel):
    """On a page of its own: figures of what was shown, from files in staging.

    `compare`: of a staging location and some choices (title or imprint by its name, channel, country), what is to be drawn.
    """

    compare: Callable[..., Any]


@dataclass(frozen=True, slots=True)
class WhatIfPanel(Panel):
    """On the page *What if*: for one recipient the titles that would go, close or stay back otherwise, by deciding twice; nothing is entered.

    `rehearse`: of facts, a context and a profile as they would be, with `today` as they are. `with_severities`: a profile with other severities.
    """

    rehearse: Callable[..., Sequence[Any]]
    with_severities: Callable[[Profile, Mapping[str, str]], Profile]
