"""What other systems answer, by themselves, to what they get (contract section 14).

    any message          `target.ack`, `target.reject` to callbacks
    title.feed           `onix.acknowledgement`, where the file is ONIX; once for each message, in the form of the setting `answer_forms`;
                         a message whose number its recipient got before is rejected
    title.feed, .updated `delivery.failure` for ISBNs of the setting `failing_isbns`
    royalty.statement    `finance.payment`, where it says that something is paid: nobody pays nought

`party.changed`, and whatever else a test wants to hear, comes by seed: `{"xconnector": {"inbox": [event, ...]}}`.
"""

import json
import uuid
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

from colophon_sandbox.systems.xconnector.acknowledgements import Header, Record, UnreadableError, read_records
from colophon_sandbox.systems.xconnector.answer_forms import write_answer
from colophon_sandbox.systems.xconnector.books import books
from colophon_sandbox.systems.xconnector.callbacks import Callbacks
from colophon_sandbox.systems.xconnector.inbox import Inbox
from colophon_sandbox.systems.xconnector.payloads import DigestError, Payloads
from colophon_sandbox.systems.xconnector.schemas import data_faults, is_reference, type_name
from colophon_sandbox.world import Row, World, moment, stamp

KEPT_DAYS = 7


class Answers:
    """The systems behind the middleware, speaking."""

    def __init__(self, world: World, inbox: Inbox, callbacks: Callbacks, payloads: Payloads) -> None:
        self.world, self.inbox, self.callbacks, self.payloads = world, inbox, callbacks, payloads

    def hear(self, event: Row) -> None:
        """An event comes in from another system: into the inbox, and to callbacks that want it."""
        self.inbox.add(event)
        self.callbacks.emit(event)

    def tell(self, row: Row, delivery: Row, at: str) -> None:
        """What follows from a change of a delivery."""
        if delivery["status"] in {"rejected", "dead_lettered"}:
            self._verdict(row, delivery, at, "reject", {**delivery["error"], "items": []})
        elif delivery["status"] == "acknowledged":
            self.world.effect("xconnector.acknowledged", f"{row['event']['id']}/{delivery['target']}")
            self._verdict(row, delivery, at, "ack", {})
            if not row["answered"]:
                row["answered"] = True
                self._answer(row, delivery["target"], at)

    def books(self, messages: Iterable[Row]) -> dict[str, dict[str, Row]]:
        """What recipients have in their own books, by what reached them of these messages."""
        return books(messages, lambda row: self._data(row, type_name(row["event"]["type"]) or ""), self._file)

    def _file(self, data: Row) -> bytes | None:
        try:
            return self.payloads.read(data["payload"])
        except DigestError:
            return None

    def _answer(self, row: Row, target: str, at: str) -> None:
        event, name = row["event"], type_name(row["event"]["type"]) or ""
        data = self._data(row, name)
        if data is None:
            return
        if name == "title.feed" and data["format"].startswith("onix"):
            self._acknowledge_feed(event, data, target, at)
        elif name == "title.updated":
            self._fail({data["isbn"]}, event, target, at)
        elif name == "royalty.statement" and Decimal(str(data["amount"])) > 0:
            paid = {member: data[member] for member in ("contractId", "payeeId", "amount", "currency")}
            self._send("finance.payment", event["subject"], {**paid, "paidOn": at[:10], "reference": event["id"]}, event, target, at)
        elif name in {"production.file_release", "production.print_order", "production.warehouse_schedule"}:
            self.world.effect("production.order", f"{data['orderId']}/{data['step']}")

    def _acknowledge_feed(self, event: Row, data: Row, target: str, at: str) -> None:
        header, records, code = Header(event["recipient"], event["source"], data["messageNumber"], at), list[Record](), ""
        try:
            content = self.payloads.read(data["payload"])
            if content is None:
                return
            records = read_records(content)
        except DigestError:
            code = "digest_mismatch"
        except UnreadableError:
            code = "not_readable"
        if not code and not self._is_new_number(event, data["messageNumber"]):
            records, code = [], "message_number_used"
        form = self.world.settings["xconnector"]["answer_forms"].get(event["recipient"], "onix")
        answer = write_answer(form, header, records, code)
        until = stamp(moment(at) + timedelta(days=KEPT_DAYS))
        payload = self.payloads.keep(answer.body, answer.media_type, answer.file_name, until)
        told = {"recipient": event["recipient"], "messageNumber": data["messageNumber"], "payload": payload}
        self._send("onix.acknowledgement", event["subject"], told, event, target, at)
        self._fail({record.isbn for record in records}, event, target, at)

    def _is_new_number(self, event: Row, number: int) -> bool:
        """Whether the recipient gets a message of this number for the first time; a repeat of the same event is no other message."""
        numbers, name = self.world.store.table("xconnector.numbers"), f"{event['recipient']}\n{number}"
        known = numbers.get(name) or numbers.put(name, {"eventId": event["id"]})
        return bool(known["eventId"] == event["id"])

    def _fail(self, isbns: set[str], event: Row, target: str, at: str) -> None:
        for isbn in sorted(isbns.intersection(self.world.settings["xconnector"]["failing_isbns"])):
            data = {"isbn": isbn, "fault": "missing_cover", "system": target, "severity": "error", "code": "cover_404"}
            self._send("delivery.failure", f"isbn:{isbn}", {**data, "message": "The cover cannot be fetched.", "at": at}, event, target, at)

    def _verdict(self, row: Row, delivery: Row, at: str, word: str, more: Row) -> None:
        """A target's verdict on one message: for callbacks alone, because the message's status has it too."""
        event = row["event"]
        data = {"messageId": row["messageId"], "eventId": event["id"], "target": delivery["target"], "at": at, **more}
        self.callbacks.emit(self._event(f"target.{word}", event["subject"], data, event, delivery["target"], at))

    def _send(self, name: str, subject: str, data: Row, cause: Row, target: str, at: str) -> None:
        self.hear(self._event(name, subject, data, cause, target, at))

    def _event(self, name: str, subject: str, data: Row, cause: Row, target: str, at: str) -> Row:
        number = self.world.next_id("xconnector.answer")
        prefix = cause["type"].removesuffix(f"{type_name(cause['type'])}.v1")
        return {
            "specversion": "1.0",
            "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"urn:sandbox:xconnector:{number}:{cause['id']}")),
            "source": f"/sandbox/{target}",
            "type": f"{prefix}{name}.v1",
            "subject": subject,
            "time": at,
            "datacontenttype": "application/json",
            "recipient": "colophon",
            "causationid": cause["id"],
            "data": data,
        }

    def _data(self, row: Row, name: str) -> Row | None:
        """The data of a message, also where it travelled beside it; None where that cannot be read."""
        data: Row = json.loads(row["data"])
        if not is_reference(data):
            return data
        try:
            found = json.loads(self.payloads.read(data["payload"]) or b"")
        except (DigestError, ValueError):
            return None
        return None if data_faults(name, found) else dict(found)
