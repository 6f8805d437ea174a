"""Desired state: what a counterpart shows is compared with what it shall show; only what differs is sent, closing before opening.

The facts of a part are what the counterpart shows; `DecisionContext.rights` says what it may show. After everything was sent it is
looked at again: nothing may stay open that rights do not allow.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.use_case import UseCase
from colophon.domain.delivery import Intent
from colophon.domain.facts import Facts
from colophon.domain.finding import Finding

TURN = "turn"
"""Label of a delivery: whether it closes anything, only opens, or shows again what was opened."""
CLOSES, OPENS, SHOWS_AGAIN = "1 closes", "2 opens", "3 shows again"
MOST_HELD = 1000
"""So many deliveries are gathered before they are entered, so that those that close stand before those that open."""

StillOpen = Callable[[Facts, DecisionContext], list[Finding]]


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredState(UseCase):
    """A use case that makes a counterpart follow us.

    `destination` is the counterpart's name in the ledger. `still_open`: what a part shows although it must not. `gone`: what is
    found wrong where no part shows a title any more, by its ISBN; None: nothing.
    """

    destination: str
    still_open: StillOpen
    gone: Callable[[str], Finding] | None = None


class Follows(Protocol):
    """A use case that makes a counterpart follow us."""

    @property
    def id(self) -> str:
        """Its DAG's."""

    @property
    def destination(self) -> str:
        """The counterpart's name in the ledger."""


def plan_for(destination: str, context: DecisionContext) -> Plan:
    """A plan in which nothing stands yet; it says where only closing is done, for the rights are not of today."""
    note = "only closing is done, for Consonance could not be read (R10)" if context.rights.closes_only else ""
    return Plan(judged={destination: []}, settled={destination: []}, note=note)


def change(
    case: Follows,
    context: DecisionContext,
    subject: str,
    content: Mapping[str, Any],
    *,
    turn: str,
    seen: str,
    delivery_class: str = "A",
    labels: Mapping[str, str],
) -> Intent:
    """What differs, as a delivery. The same difference seen by the same run goes once; the next run sends again what was refused.

    :param seen: which state of the counterpart it was seen in. :param labels: those that are empty are left out.
    """
    return Intent(
        use_case=case.id,
        destination=case.destination,
        subject=subject,
        delivery_class=delivery_class,
        content=json.dumps(content, separators=(",", ":"), sort_keys=True).encode(),
        media_type="application/json",
        as_of=context.as_of,
        occurrence=f"{context.as_of:%Y-%m-%dT%H:%M:%SZ}/{seen}",
        labels={TURN: turn, **{name: value for name, value in labels.items() if value}},
    )


def gathered(plans: Iterable[Plan]) -> Iterator[Plan]:
    """Plans of one destination put together, each with so many deliveries that those that close come first."""
    held = Plan()
    for plan in plans:
        held.intents += plan.intents
        held.findings += plan.findings
        held.names |= plan.names
        held.note = plan.note or held.note
        for all_subjects, subjects_of in ((held.judged, plan.judged), (held.settled, plan.settled)):
            for name, subjects in subjects_of.items():
                all_subjects.setdefault(name, []).extend(subjects)
        held.intents.sort(key=lambda intent: intent.labels[TURN])  # the ledger hands them out in the order in which they were entered
        if len(held.intents) >= MOST_HELD:
            yield held
            held = Plan()
    yield held
