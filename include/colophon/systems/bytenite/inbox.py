"""Events of the library as our inbox keeps them: the same row by callback and by the list (contract section 9)."""

from colophon.http.jsontext import write_json
from colophon.ledger.inbox import Arrival
from colophon.systems.bytenite.records import LibraryEvent


def arrival(event: LibraryEvent) -> Arrival:
    """The number of an event names it for ever."""
    return Arrival("bytenite", f"event-{event.seq}", f"bytenite.{event.type}", write_json(event.model_dump(mode="json", by_alias=True)))
