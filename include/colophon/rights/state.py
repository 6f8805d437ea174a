"""What a product's rights come to, as one hash: it changes when, and only when, some cell is or will be otherwise."""

import hashlib
from datetime import date

from colophon.rights.availability import Availability

ANY_CHANNEL = ""
"""Stands for all channels that no record names."""


def fingerprint(judged: Availability, on: date) -> str:
    """Hash of the countries open on a day and of all later changes, for each channel; of the format, too."""
    named = {channel for clause in (*judged.grants, *judged.bars) for channel in clause.channels or ()}
    today = on.toordinal()
    parts = [(judged.subject, str(judged.format))]
    for channel in sorted(named | {ANY_CHANNEL}):
        later = [tuple(step) for step in judged.steps(channel) if step.first > today]
        parts.append((channel, f"{judged.open_bits(channel, on):x} {later}"))
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]
