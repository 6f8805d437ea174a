"""The states that a delivery can be in, and which may follow which."""

WAITING, IN_FLIGHT, UNKNOWN = "planned", "in_flight", "unknown"
NEEDED = (WAITING, IN_FLIGHT, UNKNOWN)
"""States in which nobody knows yet whether the content goes again."""
FEED = "feed:"
"""How the subjects of messages begin that carry many products."""
SUPERSEDED = "superseded"
"""It never went, for a newer revision took its place; nobody has to do anything."""
WITHDRAWN = "withdrawn"
"""It never went, for a later run judged its subject again and no longer wanted it; nobody has to do anything."""
CLOSED = "closed"
"""Label of a delivery that takes its subject off sale, and why; such deliveries go before others."""
IN_PART = "in part"
"""What the label CLOSED says where a subject stays on sale elsewhere."""
GONE = (SUPERSEDED, WITHDRAWN)
"""States of what never went and never will: no destination has it."""
RANK = {"accepted": 1, "processing": 2, "held": 2, "sent": 3, "confirmed": 4, "opened": 5, "picked_up": 5, "responded": 6}
"""Outcomes that rise (contract README section 2)."""
ON_THE_WAY = ("accepted", "processing", "held", "sent")
"""Outcomes of what a system has taken and a recipient has not confirmed."""
BOUNCED = "bounced"
"""It came back, or nobody took it in."""
FINAL_BAD = frozenset({"failed", "skipped", BOUNCED, "opted_out"})
MESSAGE_REJECTED = "message.rejected"
"""Code of what a recipient did not take because it took nothing of its message."""
RESENDABLE = ("failed", "skipped")
"""States of what did not go or did not arrive, and may go again once its cause is mended; what was refused has failed."""
STATES = (WAITING, IN_FLIGHT, UNKNOWN, *GONE, *RANK, *sorted(FINAL_BAD))
"""Every state that a delivery can be in."""


def reached(outcome: str) -> tuple[str, ...]:
    """The states in which a delivery has come as far as an outcome word of `RANK`, or farther."""
    return tuple(state for state, rank in RANK.items() if rank >= RANK[outcome])


def rises(current: str, new: str) -> bool:
    """Whether an outcome may follow another one."""
    if current in {"failed", "skipped", "opted_out", SUPERSEDED} or new == current:
        return False
    if new == BOUNCED:
        return RANK.get(current, 0) in {3, 4}
    if new in FINAL_BAD or {current, new} == {"held", "processing"}:
        return True
    return RANK.get(new, 0) > RANK.get(current, 0)


def may_follow(current: str, new: str) -> bool:
    """Whether a delivery in a state goes on to another one by a system's report."""
    # What a system reports of a withdrawn delivery is true all the same: a try of it had its effect.
    return current in {WAITING, UNKNOWN, IN_FLIGHT, WITHDRAWN} or rises(current, new)
