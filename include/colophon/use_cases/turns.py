"""The order of deliveries that follow rights: closing goes before opening."""

from collections.abc import Iterable

from colophon.ledger import Intent

TURN = "turn"
"""Label of a delivery: whether it closes anything, only opens, or shows again what was opened."""
CLOSES, OPENS, SHOWS_AGAIN = "1 closes", "2 opens", "3 shows again"


def in_turn(intents: Iterable[Intent]) -> list[Intent]:
    """Closing first; the ledger hands deliveries out in the order in which they were entered."""
    return sorted(intents, key=lambda intent: intent.labels[TURN])
