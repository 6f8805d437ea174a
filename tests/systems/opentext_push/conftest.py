"""A sandbox, a client of its messaging system, and what is sent through it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from sandbox_control import Control

from colophon.systems.opentext_push.client import PushClient
from colophon.systems.opentext_push.records import Message, Target
from colophon.systems.opentext_push.settings import PushSettings

NOW = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)
PASSWORD = "sandbox-not-a-password"
PARSER = "/mra/v1/utils/parser"


class Sandbox(Control):
    """The sandbox's control routes."""

    def __init__(self, url: str) -> None:
        super().__init__(url, "push")

    def fault(self, kind: str, path: str = PARSER, **plan: object) -> None:
        super().fault(kind, path, method=None, **plan)

    def effects(self, kind: str = "push.delivered") -> list[str]:
        return super().effects(kind)

    def calls(self, path: str = PARSER) -> list[int | None]:
        """Statuses of the calls to a path."""
        return [entry["status"] for entry in self.journal() if entry["path"] == path]


@pytest.fixture
def sandbox(sandbox_url: str) -> Iterator[Sandbox]:
    """A sandbox as at its start, with a frozen clock."""
    found = Sandbox(sandbox_url)
    found.start()
    yield found
    refused = [entry for entry in found.journal() if entry["status"] in {405, 415}]
    assert not refused, "a call that the contract does not know"


@pytest.fixture
def make_client(sandbox: Sandbox) -> Iterator[Callable[..., PushClient]]:
    """Clients that do not wait."""
    clients: list[PushClient] = []

    def make(*, path: str = "/push/mra/v1", password: str = PASSWORD, **extra: object) -> PushClient:
        given = {"start_jitter_seconds": 0, "max_per_second": 1000, "timeouts": {"connect": 60, "read": 60, "total": 60}, "account": "acme"}
        settings = PushSettings.from_connection(sandbox.url + path, "sandbox", password, {**given, **extra})
        made = PushClient(settings, sleep=lambda _: None, random=lambda: 0.5, clock=lambda: NOW)
        clients.append(made)
        return made

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def client(make_client: Callable[..., PushClient]) -> PushClient:
    """One client."""
    return make_client()


def make_message(number: int = 1, value: str = "tok-ok-001", kind: str = "token", **changes: object) -> Message:
    """A message that keeps every limit."""
    given = {"title": "Proof approved", "body": "Sea Room", "data": {"isbn": "9781234567897"}, **changes}
    return Message(f"d-{number}", Target(kind, value), **given)


@pytest.fixture
def message() -> Callable[..., Message]:
    """Makes messages."""
    return make_message
