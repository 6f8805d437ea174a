"""The inbox: what other systems have to say, at least once, under leases (contract section 9)."""

import base64
import hashlib
import uuid
from datetime import datetime, timedelta
from typing import Any

from colophon_sandbox.systems.xconnector.acknowledgements import acknowledgement
from colophon_sandbox.world import World, moment, stamp

Row = dict[str, Any]
INLINE = 49_152
NACKS = 10


class Inbox:
    """Events that wait to be fetched."""

    def __init__(self, world: World) -> None:
        self.world = world

    @property
    def table(self) -> Any:
        """All inbound events that are not acknowledged."""
        return self.world.store.table("xconnector.inbox")

    def add(self, event: Row) -> None:
        """An event comes in."""
        number = self.world.next_id("inbox")
        row = {"_seq": number, "id": f"i-{number}", "event": event, "attempt": 0, "token": None, "leaseUntil": None, "nacks": 0}
        self.table.put(row["id"], row | {"parked": None})

    def fetch(self, limit: int, lease: int) -> tuple[list[Row], bool]:
        """Lease up to `limit` events that nobody holds; whether there are more."""
        now = self.world.now
        free = [r for r in self.table if not r["parked"] and (not r["leaseUntil"] or moment(r["leaseUntil"]) <= now)]
        items = []
        for row in free[:limit]:
            row.update(
                attempt=row["attempt"] + 1,
                token=f"t-{self.world.next_id('token')}",
                leaseUntil=stamp(now + timedelta(seconds=lease)),
            )
            self.table.put(row["id"], row)
            items.append({name: row[name] for name in ("token", "attempt", "leaseUntil", "event")})
        return items, len(free) > limit

    def ack(self, tokens: list[str]) -> tuple[list[str], list[str]]:
        """Forget the events of these tokens: (acknowledged, unknown or expired)."""
        held = self._held()
        known = [token for token in tokens if token in held]
        for token in known:
            self.table.drop(held[token]["id"])
        return known, [token for token in tokens if token not in held]

    def nack(self, tokens: list[str], reason: str, retry_after: int) -> tuple[list[str], list[str]]:
        """Give events back; after ten times they are parked."""
        held = self._held()
        known = [token for token in tokens if token in held]
        for token in known:
            row = held[token]
            row["nacks"] += 1
            row.update(token=None, leaseUntil=stamp(self.world.now + timedelta(seconds=retry_after)) if retry_after else None)
            row["parked"] = reason if row["nacks"] >= NACKS else None
            self.table.put(row["id"], row)
        return known, [token for token in tokens if token not in held]

    def parked(self, cursor: int, limit: int) -> Row:
        """One page of parked events."""
        rows = [r for r in self.table if r["parked"] and r["_seq"] > cursor]
        items = [{"event": r["event"], "reason": r["parked"], "nacks": r["nacks"]} for r in rows[:limit]]
        return {"items": items, "nextCursor": str(rows[limit - 1]["_seq"]) if len(rows) > limit else None}

    def acknowledge_feed(self, event: Row, now: datetime) -> None:
        """The recipient of a feed answers with an ONIX acknowledgement, where its payload can be read."""
        digest = event["data"]["payload"]["sha256"]
        kept = self.world.store.table("xconnector.payloads").get(digest)
        if kept is None:
            return
        xml = acknowledgement(event, base64.b64decode(kept["body"]), now)
        payload = self._payload(xml, f"ack_{event['recipient']}_{event['data']['messageNumber']}.xml")
        data = {"recipient": event["recipient"], "messageNumber": event["data"]["messageNumber"], "payload": payload}
        self.add(self._event("onix.acknowledgement", event["subject"], data, event))

    def report_failure(self, event: Row, now: datetime) -> None:
        """A downstream system could not use a title."""
        data = {
            "isbn": event["data"]["isbn"],
            "fault": "missing_cover",
            "system": "shop",
            "severity": "high",
            "code": "cover_404",
            "message": "the cover could not be fetched",
            "at": stamp(now),
        }
        self.add(self._event("delivery.failure", event["subject"], data, event))

    def report_payment(self, event: Row, now: datetime) -> None:
        """Finance paid a statement."""
        data = {name: event["data"][name] for name in ("contractId", "payeeId", "amount", "currency")}
        self.add(self._event("finance.payment", event["subject"], data | {"paidOn": f"{now:%Y-%m-%d}", "reference": event["id"]}, event))

    def _held(self) -> dict[str, Row]:
        now = self.world.now
        return {r["token"]: r for r in self.table if r["token"] and r["leaseUntil"] and moment(r["leaseUntil"]) > now}

    def _payload(self, body: bytes, name: str) -> Row:
        digest = hashlib.sha256(body).hexdigest()
        row = {"body": base64.b64encode(body).decode(), "bytes": len(body), "mediaType": "application/xml"}
        self.world.store.table("xconnector.payloads").put(digest, row)
        return {
            "url": f"xc1:payload:{digest}",
            "sha256": digest,
            "bytes": len(body),
            "mediaType": "application/xml",
            "fileName": name,
            "expiresAt": stamp(self.world.now + timedelta(days=7)),
        }

    def _event(self, name: str, subject: str, data: Row, cause: Row) -> Row:
        now = stamp(self.world.now)
        made = uuid.uuid5(uuid.NAMESPACE_URL, f"urn:sandbox:{name}:{cause['id']}:{self.world.next_id('inbound')}")
        return {
            "specversion": "1.0",
            "id": str(made),
            "source": f"/sandbox/{cause['recipient']}",
            "type": f"colophon.{name}.v1",
            "subject": subject,
            "time": now,
            "datacontenttype": "application/json",
            "recipient": "colophon",
            "causationid": cause["id"],
            "data": data,
        }
