"""The messaging system of the sandbox in this process, without sockets; files of every kind; a receiver of callbacks."""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from sandbox_control import InProcess
from web_receiver import Receiver
from werkzeug.test import Client, TestResponse

from colophon_sandbox.app import Sandbox
from colophon_sandbox.systems.opentext_push import OpentextPush

BASIC = "Basic " + base64.b64encode(b"sandbox:sandbox-not-a-password").decode()
GOOGLE = "Bearer sandbox-fcm-not-a-token"
NOW = "2026-05-01T06:00:00Z"


class Remote(InProcess):
    """The sandbox as its callers see it."""

    def __init__(self, state=None) -> None:
        self.sandbox = Sandbox([OpentextPush], control=True, state=state)
        super().__init__(Client(self.sandbox), "push")
        self.freeze(NOW)

    def effects(self, kind: str = "push.delivered") -> list[str]:
        return super().effects(kind)

    def ask(self, method: str, path: str, body: object = None, *, media="application/json", auth=BASIC, **headers: str) -> TestResponse:
        """One call; a body that is no bytes goes as JSON."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if auth:
            sent["Authorization"] = auth
        if body is None:
            return self.client.open(f"/push{path}", method=method, headers=sent)
        content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        return self.client.open(f"/push{path}", method=method, data=content, content_type=media, headers=sent)

    def parse(self, given: object, **more: str) -> TestResponse:
        """Hand over a file."""
        return self.ask("POST", "/mra/v1/utils/parser", packed(given), **more)

    def send(self, *tokens: str, message_id: str = "acme-1") -> str:
        """A job for these devices; refs are d-1, d-2 ..."""
        answer = self.parse(make_file(*tokens, message_id=message_id))
        assert answer.status_code == 200, answer.text
        return answer.get_json()["job_id"]

    def status(self, job_id: str, channel: str = "push") -> dict:
        answer = self.ask("GET", f"/mra/v1/outbound/{channel}/status?job_id={job_id}")
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    def events(self, job_id: str) -> dict[str, list[str]]:
        """Names of events by ref."""
        found = self.status(job_id)["deliveries"]
        return {base64.b64decode(d["ref_base64"]).decode(): [e["status"] for e in d["events"]["push_delivery_events"]] for d in found}


def packed(given: object) -> dict:
    """A request for the parser."""
    content = given if isinstance(given, bytes) else json.dumps(given, ensure_ascii=False).encode()
    return {"domain": "MR", "filename": "acme-1.json", "data": base64.b64encode(content).decode()}


def make_message(ref: str = "d-1", device: str = "tok-ok-001", **changes: object) -> dict:
    """One message."""
    return {
        "ref": ref,
        "target": {"token": device},
        "notification": {"title": "Proof approved", "body": "Sea Room (9781234567897)", "image": None},
        "data": {"isbn": "9781234567897"},
        "ttl": "86400s",
        "priority": "normal",
        "collapse_key": None,
        "link": "https://web.consonance.app/works/9",
        "analytics_label": "milestone",
        **changes,
    }


def make_file(*tokens: str, message_id: str = "acme-1", messages: list | None = None, **changes: object) -> dict:
    """A file of version assumed-1."""
    made = [make_message(f"d-{n}", token) for n, token in enumerate(tokens or ("tok-ok-001",), 1)]
    return {
        "version": "assumed-1",
        "message_id": message_id,
        "customer_reference": "push__milestone_alerts",
        "application": "colophon",
        "validate_only": False,
        "messages": messages if messages is not None else made,
        **changes,
    }


@pytest.fixture
def remote() -> Remote:
    """A sandbox at its start, with a frozen clock."""
    return Remote()


@pytest.fixture
def start() -> type[Remote]:
    """Starts one with a state file."""
    return Remote


@pytest.fixture
def file() -> Callable[..., dict]:
    """Makes files."""
    return make_file


@pytest.fixture
def message() -> Callable[..., dict]:
    """Makes messages."""
    return make_message


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver of callbacks on this host."""
    with closing(Receiver("/colophon/hooks/push")) as receiver:
        yield receiver
