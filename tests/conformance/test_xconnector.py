"""xConnector passes the common suite."""

from datetime import UTC, datetime
from types import MappingProxyType

from suite import Conformance, Tasks, Verb

from colophon.errors import FixConfigurationError
from colophon.systems.xconnector.client import XConnectorClient
from colophon.systems.xconnector.records import Route
from colophon.systems.xconnector.settings import XConnectorSettings
from colophon_airflow.local import config_folder
from colophon_airflow.systems.xconnector.operators import XConnectorAwaitOperator, XConnectorDeliverOperator

AT = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)
CANARY = "Zoë Canary-Müller"
ROUTE = Route.model_validate({"id": "r-1", "match": {"recipient": "erp-main"}, "targets": ("erp",), "order": "none"})


def event(client, number=1):
    """A small event that names a person."""
    isbn = f"978{number:010d}"
    data = {"isbn": isbn, "revision": 1, "reason": f"asked for by {CANARY}"}
    return client.make_event("title.withdrawn", f"isbn:{isbn}", "erp-main", data, 1, at=AT)


def routed(client, box, count=1):
    """Events that their route brings to a target."""
    box.seed(routes=[{"id": "r-1", "match": {"recipient": "erp-main"}, "targets": ["erp"], "order": "none"}])
    return [event(client, number) for number in range(1, count + 1)]


def leased(client, box):
    """A token of an inbox item that is leased to us."""
    box.seed(inbox=[event(client).model_dump(mode="json", exclude_none=True)])
    return [item.token for item in client.fetch_inbox()]


def delivered(box):
    """Events that a target has acknowledged."""
    box.advance(3600)
    return len(box.effects("xconnector.acknowledged"))


def taken(verdicts):
    """Whether every event was taken."""
    return all(verdict.status in {"accepted", "routed", "delivering", "delivered"} for verdict in verdicts)


def armed(_box, desk):
    """Recipients that may get something."""
    desk.patch.setenv("AIRFLOW__COLOPHON__CONFIG_FOLDER", str(config_folder(desk.folder)))


class TestXConnector(Conformance):
    """Events out, inbox items in."""

    system = "xconnector"
    base = "/xconnector"
    secrets = MappingProxyType({"password": "sandbox-not-a-token"})
    canaries = (CANARY,)
    headers = frozenset({"idempotency-key"})

    def make_client(self, address, secrets, extra, **injected):
        extra = {"source": "/colophon/acme", "payload_mode": "upload", "manage_routes": True, **extra}
        return XConnectorClient(XConnectorSettings.from_connection(address, secrets["password"], extra), **injected)

    read = Verb("targets", "GET", "/v1/targets", lambda client, _: client.targets(), required=("items", "items/0/id", "items/0/status"))
    tasks = Tasks(
        "xconnector", "A",
        lambda address: {"host": address, "password": "sandbox-not-a-token", "extra": {"source": "/colophon/acme", "manage_routes": True}},
        lambda given: [XConnectorDeliverOperator(**given), XConnectorAwaitOperator(**given)],
        tuple({"isbn": f"978000000000{n}", "revision": 1, "reason": f"asked for by {CANARY}"} for n in (1, 2)),
        Verb("send", "POST", "/v1/messages", lambda *_: None, effects=delivered), armed, labels={"event_type": "title.withdrawn"},
        destination="erp-json",
    )  # fmt: skip
    paged = Verb(
        "iter_messages", "GET", "/v1/messages", lambda client, _: list(client.iter_messages()),
        prepare=lambda client, box: client.send(routed(client, box, 5)),
        required=("items", "nextCursor", "items/0/messageId", "items/0/event/id", "items/0/status"),
        state="items/0/status",
        small_pages=lambda box: box.limit("limit", 2),
        ids=lambda statuses: [status.message_id for status in statuses],
    )  # fmt: skip
    write_a = Verb(
        "send", "POST", "/v1/messages", lambda client, events: client.send(events),
        prepare=routed, effects=delivered, is_done=taken, required=("eventId", "messageId", "status"), state="status",
        not_taken=frozenset({503}), answers=frozenset({413}), meanings={415: FixConfigurationError},
    )  # fmt: skip
    write_b = Verb(
        "put_route", "PUT", "/v1/routes/r-1", lambda client, _: client.ensure_routes([ROUTE]),
        effects=lambda box: len([row for row in box.rows("xconnector.routes") if row["id"] == "r-1"]),
        not_taken=frozenset({503}),
    )  # fmt: skip
    write_c = Verb(
        "ack", "POST", "/v1/inbox/ack", lambda client, tokens: client.ack(tokens),
        prepare=leased, effects=lambda box: -len(box.rows("xconnector.inbox")), is_done=lambda acked: bool(acked.acked),
        required=("acked", "unknown"), not_taken=frozenset({503}),
    )  # fmt: skip
    bulk = Verb(
        "send_batch", "POST", "/v1/messages", lambda client, events: client.send(events),
        prepare=lambda client, box: routed(client, box, 3), effects=delivered, size=3, is_done=taken, items="items",
        required=("items", "items/0/eventId", "items/1/messageId", "items/2/httpStatus"),
        not_taken=frozenset({503}), answers=frozenset({413}), meanings={415: FixConfigurationError},
    )  # fmt: skip
