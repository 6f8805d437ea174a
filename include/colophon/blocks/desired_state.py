"""Desired state: what a counterpart shows is compared with what it shall show; only what differs is sent, closing before opening.

The facts of a part are what the counterpart shows; `DecisionContext.rights` says what it may show. After everything was sent it is
looked at again: nothing may stay open that rights do not allow.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from colophon.blocks.decision import DecisionContext
from colophon.blocks.use_case import UseCase
from colophon.domain.facts import Facts
from colophon.domain.finding import Finding
from colophon.ledger import Intent

TURN = "turn"
"""Label of a delivery: whether it closes anything, only opens, or shows again what was opened."""
CLOSES, OPENS, SHOWS_AGAIN = "1 closes", "2 opens", "3 shows again"

StillOpen = Callable[[Facts, DecisionContext], list[Finding]]


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredState(UseCase):
    """A use case that makes a counterpart follow us.

    `destination` is the counterpart's name in the ledger. `still_open`: what a part shows although it must not.
    """

    destination: str
    still_open: StillOpen


def close_before_open(intents: Iterable[Intent]) -> list[Intent]:
    """Closing first; the ledger hands deliveries out in the order in which they were entered."""
    return sorted(intents, key=lambda intent: intent.labels[TURN])
