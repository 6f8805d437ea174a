"""A sandbox, a client of its xConnector, and what is sent through it."""

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from sandbox_control import Control

from colophon.domain.delivery import Delivery
from colophon.systems.xconnector.client import XConnectorClient
from colophon.systems.xconnector.records import Route
from colophon.systems.xconnector.settings import XConnectorSettings

NOW = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)
ISBN = "9781234567897"
TOKEN = "sandbox-not-a-token"


class Sandbox(Control):
    """The sandbox's control routes."""

    def __init__(self, url: str) -> None:
        super().__init__(url, "xconnector")

    def effects(self, kind: str = "xconnector.acknowledged") -> list[str]:
        return super().effects(kind)

    def calls(self) -> list[tuple[str, str, int | None]]:
        return [(entry["method"], entry["path"], entry["status"]) for entry in self.journal()]

    def seed_inbox(self, *events: dict) -> None:
        self.seed(inbox=list(events))


@pytest.fixture
def sandbox(sandbox_url: str) -> Sandbox:
    """A sandbox as at its start, with a frozen clock."""
    found = Sandbox(sandbox_url)
    found.start()
    return found


@pytest.fixture
def make_client(sandbox: Sandbox) -> Iterator[Callable[..., XConnectorClient]]:
    """Clients that do not wait."""
    clients: list[XConnectorClient] = []

    def make(*, path: str = "/xconnector", token: str = TOKEN, link: object = None, **extra: object) -> XConnectorClient:
        given = {
            "start_jitter_seconds": 0,
            "timeouts": {"connect": 60, "read": 60, "total": 60},
            "source": "/colophon/acme",
            "payload_mode": "upload",
        }
        settings = XConnectorSettings.from_connection(sandbox.url + path, token, {**given, **extra})
        made = XConnectorClient(settings, link=link, sleep=lambda _: None, random=lambda: 0.5, clock=lambda: NOW)
        clients.append(made)
        return made

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def client(make_client: Callable[..., XConnectorClient]) -> XConnectorClient:
    """One client."""
    return make_client()


@pytest.fixture
def routed(make_client: Callable[..., XConnectorClient]) -> Callable[..., None]:
    """Lets the sandbox route everything for a recipient to targets."""

    def route(recipient: str, *targets: str, order: str = "none") -> None:
        wanted = Route.model_validate({"id": f"r-{recipient}", "match": {"recipient": recipient}, "targets": targets, "order": order})
        make_client(manage_routes=True).ensure_routes([wanted])

    return route


def withdrawn(isbn: str = ISBN, revision: int = 1, reason: str = "out of print") -> dict:
    """Data of the smallest event type."""
    return {"isbn": isbn, "revision": revision, "reason": reason}


def make_delivery(number: int = 1, **changes: object) -> Delivery:
    """A claimed delivery of a `title.withdrawn`."""
    revision = changes.pop("revision", 1)
    isbn = f"978{number:010d}"
    content = json.dumps(changes.pop("data", withdrawn(isbn, revision)), sort_keys=True, separators=(",", ":")).encode()
    values = {
        "id": f"d-{number}-{revision}",
        "use_case": "test",
        "destination": "erp-main",
        "subject": f"isbn:{isbn}",
        "revision": revision,
        "content_hash": hashlib.sha256(content).hexdigest(),
        "delivery_class": "A",
        "media_type": "application/json",
        "content": content,
        "as_of": NOW,
        "labels": {"event_type": "title.withdrawn"},
        "tried": False,
    }
    return Delivery(**{**values, **changes})


@pytest.fixture
def make() -> SimpleNamespace:
    """Things to send."""
    return SimpleNamespace(withdrawn=withdrawn, delivery=make_delivery, now=NOW, isbn=ISBN)
