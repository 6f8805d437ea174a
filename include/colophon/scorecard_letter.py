"""A recipient's scorecard as a letter for its account manager, with what is asked of it."""

from collections.abc import Iterator
from datetime import datetime

from colophon.scorecard import PATIENCE, Card
from colophon.typeset import pdf

MOST = 8
"""So many causes and fields are named."""


def letter(card: Card, *, name: str, publisher: str, since: datetime, at: datetime) -> bytes:
    """The typeset letter about what was sent from one moment to another."""
    figures = [
        ("Titles sent", f"{card.sent:,}"),
        ("Acknowledged", f"{card.acknowledged:,}"),
        ("Answered within (half of them; nine of ten)", f"{hours(card.turnaround)}; {hours(card.slowest)}"),
        ("Refused", f"{card.refused:,}" + (f" ({card.reject_rate} %)" if card.reject_rate is not None else "")),
        (f"Not acknowledged in {PATIENCE.days} days", f"{card.unanswered:,}"),
    ]
    page = {
        "recipient": name,
        "publisher": publisher,
        "span": f"{since:%d %B %Y} to {at:%d %B %Y}",
        "figures": figures,
        "causes": [(cause, f"{count:,}") for cause, count in list(card.causes.items())[:MOST]],
        "fields": [(field, f"{count:,}") for field, count in list(card.fields.items())[:MOST]],
        "asks": [*asks(card)],
    }
    return pdf("scorecard.typ", page, at)


def asks(card: Card) -> Iterator[str]:
    """What is asked of the recipient, by the figures; nothing where all is well."""
    if card.unanswered:
        what = f", whose newest changes are: {', '.join(list(card.fields)[:MOST])}" if card.fields else ""
        yield f"Please tell us what became of {card.unanswered:,} titles that were sent and never acknowledged{what}."
    if card.causes:
        yield f"Please tell us whether we read your refusals rightly, above all {next(iter(card.causes))}; we correct what is ours to correct."
    if card.sent and not card.acknowledged and not card.refused:
        yield "Please tell us whether our messages arrive: of none of them we have an answer."


def hours(value: float | None) -> str:
    """A time as it is told to people."""
    if value is None:
        return "–"
    return "minutes" if not value else f"{value:g} h" if value < 72 else f"{value / 24:.0f} days"
