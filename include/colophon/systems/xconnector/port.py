"""How the delivery engine talks to xConnector: ledger deliveries out as events, verdicts back."""

import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from colophon.domain.delivery import Delivery, Verdict
from colophon.errors import BadRecordError, FeatureMissingError, NotReadyError, RefusedError
from colophon.http.jsontext import read_json, write_json
from colophon.systems.xconnector import mapping
from colophon.systems.xconnector.client import XConnectorClient
from colophon.systems.xconnector.operations import SEND_BATCH
from colophon.systems.xconnector.outcomes import ON_SENDING
from colophon.systems.xconnector.planned import CONTENT, FILE, TYPE_LABEL
from colophon.systems.xconnector.records import Event, MessageStatus
from colophon.systems.xconnector.records import Verdict as EventVerdict

FEED = "title.feed"
COUNTED = frozenset({"title.updated", "title.withdrawn", "rights.terms", "royalty.terms"})
"""Types whose data carries the ledger's revision."""
REMEMBERED = timedelta(days=30)
"""So long at least a middleware knows an event's id again (contract section 5)."""
_EARLY = timedelta(hours=1)

Prepare = Callable[[Delivery], Mapping[str, Any]]
Attach = Callable[[Mapping[str, Any]], Mapping[str, Any]]


class EventPort:
    """A `deliver.Port`. The content of a delivery is its event's data as JSON; the file that a `payload` names (FILE) goes beside it.

    A feed's content is its manifest: `prepare` builds and uploads the file, and returns the event's data. The event's id
    comes from the ledger's content hash, so that a file under a newly signed link is still the same event.
    """

    delivery_class = str(SEND_BATCH.writes)

    def __init__(
        self,
        client: XConnectorClient,
        *,
        prepare: Prepare | None = None,
        attach: Attach | None = None,
        correlation: str | None = None,
        expires_after: timedelta | None = None,
        settle_s: float = 0.0,
    ) -> None:
        """:param attach: brings the file that a planned payload names to where its receivers find it; returns the payload.

        :param correlation: the DAG run. :param expires_after: from a delivery's `as_of`; not delivered later than that.
        """
        self.client = client
        # Files are built one at a time, so that a lease does not run out while many of them are.
        self.batch = 1 if prepare or attach else client.settings.extra.batch_size
        self.settle_s = settle_s
        self.longest_s = client.settings.http.budget_s if client.settings.http else 0.0
        self._prepare, self._attach = prepare, attach
        self._correlation = correlation
        self._expires_after = expires_after

    def send(self, deliveries: Sequence[Delivery]) -> list[Verdict]:
        """One verdict for each delivery. What an earlier try may have sent is looked up first."""
        verdicts: dict[str, Verdict] = {}
        events: dict[str, Event] = {}
        for delivery in deliveries:
            try:
                known = self.read_back(delivery) if delivery.tried else None
                if known:
                    verdicts[delivery.id] = known
                else:
                    events[delivery.id] = self._event(delivery)
            except (RefusedError, NotReadyError) as problem:
                result, not_before = ("refused", None) if isinstance(problem, RefusedError) else ("not_sent", problem.not_before)
                detail = f"{problem.sentence} {problem.evidence}".strip()
                verdicts[delivery.id] = Verdict(delivery.id, result, code=problem.code, detail=detail, not_before=not_before)
        answers = self.client.send(list(events.values()))
        verdicts.update({key: _verdict(key, answer) for key, answer in zip(events, answers, strict=True)})
        return [verdicts[delivery.id] for delivery in deliveries]

    def read_back(self, delivery: Delivery) -> Verdict | None:
        """What the middleware holds of this delivery, None where it holds nothing or cannot be asked in this mode.

        `unknown` where it holds nothing, and may have forgotten an earlier try: the event must not go again.
        """
        try:
            status = self.client.find(self._event_id(delivery))
        except FeatureMissingError:
            status = None
        if status:
            return _verdict_from(delivery.id, status)
        if delivery.tried_at is None or self.client.clock() - delivery.tried_at <= REMEMBERED - _EARLY:
            return None
        detail = "an earlier try may have been taken, and the middleware may have forgotten it"
        return Verdict(delivery.id, "unknown", code="unknown.effect", detail=detail)

    def _event(self, delivery: Delivery) -> Event:
        return self.client.make_event(
            _type_of(delivery),
            delivery.subject,
            delivery.destination,
            self._data(delivery),
            delivery.revision,
            at=delivery.as_of,
            content_hash=delivery.content_hash,
            expires=delivery.as_of + self._expires_after if self._expires_after else None,
            correlation=self._correlation,
        )

    def _data(self, delivery: Delivery) -> Mapping[str, Any]:
        if TYPE_LABEL not in delivery.labels and self._prepare:
            return self._prepare(delivery)
        data = read_json(delivery.content)
        if not isinstance(data, dict):
            raise BadRecordError("the delivery's content is no JSON object", system="xconnector", subject=delivery.subject)
        attached = data.get("payload")
        if isinstance(attached, dict) and CONTENT in attached:
            data |= {"payload": self._attached(attached[CONTENT], attached.get("fileName"))}
        elif isinstance(attached, dict) and FILE in attached:
            if self._attach is None:
                raise FeatureMissingError("nobody gives the bytes of files", system="xconnector", operation="attach")
            data |= {"payload": self._attach(attached)}
        # The ledger's count is known only now; what was planned does not have it, so that equal titles stay equal.
        return data | {"revision": delivery.revision} if _type_of(delivery) in COUNTED else data

    def _attached(self, content: Any, file_name: str | None) -> dict[str, Any]:
        """What is planned with its content goes beside its event, as a JSON file."""
        body = write_json(content)
        sha256 = hashlib.sha256(body).hexdigest()
        return mapping.payload_to_wire(self.client.put_payload(io.BytesIO(body), sha256, "application/json", file_name=file_name))

    def _event_id(self, delivery: Delivery) -> str:
        extra = self.client.settings.extra
        full_type = f"{extra.type_prefix}{_type_of(delivery)}.v1"
        return mapping.event_id(extra.source, full_type, delivery.destination, delivery.subject, delivery.revision, delivery.content_hash)


def _type_of(delivery: Delivery) -> str:
    return delivery.labels.get(TYPE_LABEL, FEED)


def _verdict(delivery_id: str, answer: EventVerdict) -> Verdict:
    code = answer.error.code if answer.error else ""
    detail = answer.error.message if answer.error else ""
    if answer.status in {"refused", "unknown", "not_sent"}:
        return Verdict(delivery_id, answer.status, answer.message_id, code, detail)
    outcome = ON_SENDING.get(answer.status, "accepted")
    return Verdict(delivery_id, outcome, answer.message_id, code or ("unroutable" if outcome == "skipped" else ""), detail)


def _verdict_from(delivery_id: str, status: MessageStatus) -> Verdict:
    """A message that is there was accepted; how far it came is for the await step, target by target."""
    word = status.status if status.status == "unroutable" else "accepted"
    return _verdict(delivery_id, EventVerdict(status.event.id, word, status.message_id))
