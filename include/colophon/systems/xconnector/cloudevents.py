"""Mode `cloudevents_webhook`: any URL that takes a CloudEvent; no status, inbox or cancel."""

from collections.abc import Sequence
from typing import BinaryIO

from colophon.errors import FeatureMissingError, FixConfigurationError
from colophon.http.client import HttpClient
from colophon.http.jsontext import write_json
from colophon.http.response import Response
from colophon.systems.xconnector import operations as op
from colophon.systems.xconnector.mapping import refusal, to_wire
from colophon.systems.xconnector.records import NO_RECEIPT, Event, Fault, Payload, Verdict
from colophon.systems.xconnector.transport import EventTransport, Linker


class CloudEventsTransport(EventTransport):
    """One `POST` for each event; the pair (source, id) lets the receiver drop repeats."""

    mode = "cloudevents_webhook"

    def __init__(self, http: HttpClient, *, link: Linker | None = None) -> None:
        """:param link: makes signed links for large content; without it, large content cannot go."""
        self.http = http
        self._link = link

    def close(self) -> None:
        """Close the connections."""
        self.http.close()

    def test(self) -> None:
        """Nothing can be asked here without sending an event."""

    def send(self, events: Sequence[Event]) -> list[Verdict]:
        """200, 201 and 204 mean processed, 202 taken without a receipt."""
        return [self._verdict(event, self._post(event)) for event in events]

    def put_payload(self, file: BinaryIO, payload: Payload) -> Payload:
        """Publish a signed link. Raises FeatureMissingError where nothing makes links."""
        if self._link is None:
            raise FeatureMissingError("large content needs object storage that signs links", system="xconnector", operation="put_payload")
        url, ends_at = self._link(file, payload)
        return payload.model_copy(update={"url": url, "expires_at": ends_at})

    def _post(self, event: Event) -> Response:
        return self.http.call(
            op.POST_EVENT,
            body=write_json(to_wire(event)),
            headers={"Content-Type": "application/cloudevents+json", "Idempotency-Key": event.id},
            subject=event.subject or "",
        )

    def _verdict(self, event: Event, answer: Response) -> Verdict:
        if answer.status == 415:
            raise FixConfigurationError("the address does not understand CloudEvents", system="xconnector", operation=op.POST_EVENT.name)
        if answer.status >= 300:
            return refusal(event, answer)
        if answer.status == 202:
            return Verdict(event.id, "sent", error=Fault(code=NO_RECEIPT))
        return Verdict(event.id, "delivered")
