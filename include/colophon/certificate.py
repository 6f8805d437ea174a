"""A takedown certificate as PDF: for every channel of a title when it was told to close, when it confirmed, and what is still open."""

from collections.abc import Sequence
from datetime import datetime

from colophon.domain.delivery_states import IN_PART
from colophon.takedown import Clock
from colophon.typeset import pdf


def certificate(clocks: Sequence[Clock], *, isbn: str, title: str, publisher: str, at: datetime) -> bytes:
    """The typeset certificate, as known at a moment; the same facts give the same bytes."""
    facts = {"isbn": isbn, "title": title, "publisher": publisher, "at": f"{at:%Y-%m-%d %H:%M} UTC", "verdict": verdict(clocks)}
    return pdf("takedown.typ", {**facts, "channels": [_channel(clock) for clock in clocks if clock.had_it]}, at)


def verdict(clocks: Sequence[Clock]) -> str:
    """The whole in a sentence."""
    held = [clock for clock in clocks if clock.had_it]
    untold, still_open = [clock for clock in held if clock.since is None], [clock for clock in held if clock.is_open]
    if not held:
        return "No channel ever had this title."
    if untold:
        return f"Not a takedown: {len(untold)} of {len(held)} channels were not told to close it."
    if still_open:
        return f"Still open at {len(still_open)} of {len(held)} channels."
    if in_part := [clock for clock in held if clock.extent == IN_PART]:
        return f"Not a takedown of the whole: at {len(in_part)} of {len(held)} channels it is closed in some countries alone."
    return f"Closed at all {len(held)} channels, and confirmed by each."


def _channel(clock: Clock) -> dict[str, str]:
    number = f"message {clock.message}" if clock.message else "event"
    state = "not told to close" if clock.since is None else "still open" if clock.is_open else "closed"
    extent = " in part" if clock.extent == IN_PART else ""
    told = f"{_moment(clock.instructed_at)} ({number})" if clock.instructed_at else "not yet"
    return {
        "name": clock.name,
        "since": _moment(clock.since),
        "instructed": told if clock.since else "–",
        "confirmed": _moment(clock.confirmed_at),
        "state": f"{state}{extent}",
    }


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else "–"
