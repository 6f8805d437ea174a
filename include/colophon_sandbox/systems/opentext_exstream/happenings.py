"""What comes after a letter has left, in steps of the setting `event_delay` (contract sections 6, 7 and 11).

Scripts by the customer's e-mail address: `ndlv@` bounces, `open@` opens, `reply@` answers; `returned` in the name: returned post.
"""

from typing import Any

from colophon_sandbox.systems.opentext_exstream.callbacks import Callbacks
from colophon_sandbox.systems.opentext_exstream.composing import has_script
from colophon_sandbox.systems.opentext_exstream.reading import from_ms
from colophon_sandbox.world import Row, Table, World, stamp

CHANNEL_EVENT = {"print": "Exstream-FileOutputChannel", "web": "Exstream-FileOutputChannel", "sms": "Exstream-sms"}
ANSWER = {"response": {"kind": "approve", "text": "Fine by me", "fields": {}}}


class Happenings:
    """E-mail events, and outcomes of the extension, each shown from its moment on."""

    def __init__(self, world: World, callbacks: Callbacks) -> None:
        self.world, self.callbacks = world, callbacks
        self._next: float = 0

    @property
    def events(self) -> Table:
        """Events, also those to come."""
        return self.world.store.table("exstream.events")

    @property
    def pending(self) -> Table:
        """Outcomes to come."""
        return self.world.store.table("exstream.pending")

    @property
    def outcomes(self) -> Table:
        """Outcomes that the feed shows."""
        return self.world.store.table("exstream.outcomes")

    def follow(self, job: Row, queue: str, customer: Row, at: int, *, failed: bool) -> None:
        """Plan what follows from one letter that left at `at`, or that did not."""
        delay = int(self.world.settings["exstream"]["event_delay"] * 1000)
        for steps, name in _events(queue, customer, failed=failed):
            self._event(job, customer, name, at + steps * delay)
        for steps, kind, more in _outcomes(queue, customer, failed=failed):
            row = {"jobId": job["id"], "customerNumber": customer["CustomerNumber"], "deliveryId": customer["ColophonDeliveryId"]}
            self.plan({**row, "queue": queue, "type": kind, **more}, at + steps * delay)

    def plan(self, outcome: Row, at: int) -> None:
        """An outcome to come."""
        number = self.world.next_id("exstream.pending")
        self.pending.put(f"p-{number}", {"_seq": number, "atMs": at, "outcome": outcome})
        self._next = min(self._next, at)

    def work(self, now: int) -> int:
        """Show what is due, in time order, and send it to the receiver."""
        if now < self._next:
            return 0
        due = sorted((row for row in self.pending if row["atMs"] <= now), key=lambda row: (row["atMs"], row["_seq"]))
        for row in due:
            self.pending.drop(f"p-{row['_seq']}")
            number = self.world.next_id("exstream.outcome")
            outcome = {"seq": number, "id": f"o-{number}", **row["outcome"], "at": stamp(from_ms(row["atMs"]))}
            self.outcomes.put(outcome["id"], {"_seq": number, **outcome})
            self.callbacks.emit(outcome)
        self._next = min((row["atMs"] for row in self.pending), default=float("inf"))
        return len(due)

    def _event(self, job: Row, customer: Row, name: str, at: int) -> None:
        number = self.world.next_id("exstream.event")
        event: dict[str, Any] = {
            "eventId": f"e{number}",
            "connectorType": "OTN",
            "domainId": job["domain"],
            "eventDate": stamp(from_ms(at)),
            "eventType": name,
            "jobId": job["id"],
            "lastUpdateTime": stamp(from_ms(at)),
            "custMetadataId": customer["ColophonDeliveryId"],
            "eventStatus": name.rpartition("-")[2].upper(),
        }
        self.events.put(event["eventId"], {"_seq": number, "atMs": at, "event": event})


def _events(queue: str, customer: Row, *, failed: bool) -> list[tuple[int, str]]:
    if failed:
        return [(1, "Exstream-Generated"), (1, f"Exstream-{queue}-Failed")]
    if queue != "email":
        return [(1, "Exstream-Generated"), (1, CHANNEL_EVENT[queue])]
    found = [(1, "Exstream-Generated"), (1, "Exstream-Email-Submit"), (2, "Exstream-Email-POST")]
    last = {"ndlv": "Exstream-Email-NDLV", "open": "Exstream-Email-OPEN", "reply": "Exstream-Email-OPEN"}
    return found + [(3, name) for word, name in last.items() if has_script(customer, word)]


def _outcomes(queue: str, customer: Row, *, failed: bool) -> list[tuple[int, str, Row]]:
    if failed:
        return [(1, "failed", {"reason": "the output channel refused"})]
    if has_script(customer, "ndlv"):
        return [(3, "bounced", {"reason": "mailbox unknown"})]
    found: list[tuple[int, str, Row]] = [(2, "delivered", {})]
    if has_script(customer, "open") or has_script(customer, "reply"):
        found.append((3, "picked_up" if queue == "web" else "opened", {}))
    if has_script(customer, "reply"):
        found.append((4, "responded", ANSWER))
    if queue == "print" and "returned" in customer.get("Name", "").lower():
        found.append((4, "returned", {"reason": "addressee unknown"}))
    return found
