"""Which recipients the middleware's routes reach (contract section 8)."""

import fnmatch
from collections.abc import Iterable, Mapping

from colophon.systems.xconnector.records import Route


def unrouted(kinds: Mapping[str, str], routes: Iterable[Route], prefix: str) -> list[str]:
    """Recipients that no route takes anything to, by name.

    :param kinds: recipient -> kind of event, such as `title.feed`. :param prefix: how our event types begin.
    """
    there = list(routes)
    return sorted(name for name, kind in kinds.items() if not any(_takes(route, f"{prefix}{kind}.v1", name) for route in there))


def _takes(route: Route, event_type: str, recipient: str) -> bool:
    """Whether a route takes an event, some subject at least."""
    match = route.match
    return match.recipient in (None, recipient) and fnmatch.fnmatchcase(event_type, match.type or "*")
