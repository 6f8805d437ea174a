"""How each device, number and address takes a message: attempt, events and effect, with seconds after its own end.

Devices by the beginning of their token (contract section 13); numbers by their end: `98` refuses, `99` answers; addresses by
their local part: `bounce`, `open`, `pull`, `optout`. Topics and conditions reach everybody, and nobody confirms them.
"""

from typing import NamedTuple

OPENED_S, SLOW_S = 60, 3600


class Ending(NamedTuple):
    """`events`: (name, seconds after the message's end). `late_s`: how much later that end comes."""

    attempt: str = "Sent"
    gamma_code: int = 5000
    events: tuple[tuple[str, int], ...] = ()
    effect: bool = True
    late_s: int = 0
    listed: bool = True


_CONFIRMED = Ending(events=(("Confirmed", 0),))
_GONE = Ending(events=(("Unregistered", 0),), effect=False)
_REFUSED = Ending("Error", 4, effect=False)
_DEVICES = {
    "tok-ok-": _CONFIRMED,
    "tok-open-": Ending(events=(("Confirmed", 0), ("Opened", OPENED_S))),
    "tok-dead-": _GONE,
    "tok-slow-": Ending(events=(("Confirmed", 0),), late_s=SLOW_S),
    "tok-err-": _REFUSED,
    "tok-lost-": Ending(effect=False, listed=False),
}
_ADDRESSES = {
    "bounce": Ending(events=(("dsn", 0),), effect=False),
    "open": Ending(events=(("html_open", OPENED_S),)),
    "pull": Ending(events=(("pull", OPENED_S),)),
    "optout": Ending(events=(("opt_out", OPENED_S),)),
}
_NUMBERS = {"98": _REFUSED, "99": Ending(events=(("Confirmed", 0), ("Reply", OPENED_S)))}


def of_device(target: dict[str, str]) -> Ending:
    """What becomes of a push; a token that nobody knows is one that is gone."""
    if "token" not in target:
        return Ending()
    return next((ending for start, ending in _DEVICES.items() if target["token"].startswith(start)), _GONE)


def of_number(number: str) -> Ending:
    """What becomes of a text message."""
    return _NUMBERS.get(number[-2:], _CONFIRMED)


def of_address(address: str) -> Ending:
    """What becomes of an e-mail."""
    return _ADDRESSES.get(address.partition("@")[0], Ending())
