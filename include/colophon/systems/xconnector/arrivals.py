"""What other systems say through the middleware, as our inbox keeps it."""

from colophon.http.jsontext import write_json
from colophon.ledger.inbox import MIDDLEWARE, Arrival, source_in
from colophon.sealing import Seal
from colophon.systems.xconnector.mapping import to_wire
from colophon.systems.xconnector.records import Event
from colophon.systems.xconnector.schemas import SCHEMAS
from colophon.systems.xconnector.sealed import sealed_event


def arrival(event: Event, channel: str = MIDDLEWARE, *, seal: Seal | None = None) -> Arrival:
    """An event as our inbox keeps it: the same row, whichever way it came. One of a type that we do not know is parked.

    The event names its own sender; the channel that it came by bounds which names that can be.

    :raises InvalidError: it has tax or bank details, and there is no `seal` for them.
    """
    event = sealed_event(event, seal)
    is_known = any(event.type.endswith(f"{name}.v1") for name in SCHEMAS)
    unfit = "" if is_known else "the contract has no event of this type"
    return Arrival(source_in(channel, event.source), event.id, event.type, write_json(to_wire(event)), unfit)
