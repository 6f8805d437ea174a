"""A sandbox, a client of its messaging system, and what is sent through it."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from urllib.request import Request, urlopen

import pytest

from colophon.systems.opentext_push.client import PushClient
from colophon.systems.opentext_push.records import Message, Target
from colophon.systems.opentext_push.settings import PushSettings
from colophon_sandbox.serve import running_sandbox

NOW = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)
PASSWORD = "sandbox-not-a-password"
PARSER = "/mra/v1/utils/parser"


class Sandbox:
    """The sandbox's control routes."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, method: str, path: str, body: object = None) -> dict:
        request = Request(f"{self.url}/__sandbox__{path}", method=method, data=None if body is None else json.dumps(body).encode())
        request.add_header("Content-Type", "application/json")
        with urlopen(request) as answer:
            content = answer.read()
        return json.loads(content) if content else {}

    def reset(self) -> None:
        self.ask("POST", "/reset", {"system": None})

    def fault(self, kind: str, path: str = PARSER, *, when: str = "before", times: int = 1, skip: int = 0, value: object = None) -> None:
        plan = {"system": "push", "match": {"path": path}, "kind": kind, "when": when, "skip": skip, "times": times}
        self.ask("POST", "/faults", plan if value is None else {**plan, "value": value})

    def advance(self, seconds: float) -> None:
        self.ask("POST", "/clock/advance", {"seconds": seconds})

    def settings(self, **values: object) -> None:
        self.ask("PATCH", "/settings", {"push": values})

    def effects(self, kind: str = "push.delivered") -> list[str]:
        return [effect["key"] for effect in self.ask("GET", f"/effects?kind={kind}")["effects"]]

    def journal(self) -> list[dict]:
        return self.ask("GET", "/journal?system=push")["entries"]

    def calls(self, path: str = PARSER) -> list[int | None]:
        """Statuses of the calls to a path."""
        return [entry["status"] for entry in self.journal() if entry["path"] == path]


@pytest.fixture(scope="module")
def sandbox_url() -> Iterator[str]:
    with running_sandbox() as url:
        yield url


@pytest.fixture
def sandbox(sandbox_url: str) -> Iterator[Sandbox]:
    """A sandbox as at its start, with a frozen clock."""
    found = Sandbox(sandbox_url)
    found.reset()
    found.ask("PUT", "/clock", {"now": "2026-05-01T06:00:00Z", "mode": "frozen"})
    yield found
    refused = [entry for entry in found.journal() if entry["status"] in {405, 415}]
    assert not refused, "a call that the contract does not know"


@pytest.fixture
def make_client(sandbox: Sandbox) -> Iterator[Callable[..., PushClient]]:
    """Clients that do not wait."""
    clients: list[PushClient] = []

    def make(*, path: str = "/push/mra/v1", password: str = PASSWORD, **extra: object) -> PushClient:
        given = {"start_jitter_seconds": 0, "max_per_second": 1000, "timeouts": {"connect": 1, "read": 2, "total": 3}, "account": "acme"}
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
