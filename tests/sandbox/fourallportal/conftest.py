"""4ALLPORTAL of the sandbox in this process, without sockets; a receiver of its web hooks."""

import json
from collections.abc import Iterator
from contextlib import closing

import pytest
from sandbox_control import InProcess
from web_receiver import Receiver
from werkzeug.test import Client, TestResponse

from colophon_sandbox.app import Sandbox
from colophon_sandbox.systems.fourallportal import Fourallportal, seed

AUTH = {"Authorization": "Bearer 00000000-0000-4000-8000-000000000000"}
NOW = "2026-05-01T06:00:00Z"


class Portal(InProcess):
    """The sandbox as its callers see it."""

    def __init__(self, state=None) -> None:
        self.sandbox = Sandbox([Fourallportal], control=True, state=state)
        super().__init__(Client(self.sandbox, use_cookies=False), "fourallportal")
        self.freeze(NOW)

    def seed_people(self) -> None:
        self.control("POST", "/seed", {"records": seed.records()})

    def written(self) -> list[dict]:
        return self.control("GET", "/effects?kind=4ap.written")["effects"]

    def ask(self, method: str, path: str, body: object = None, *, media: str = "application/json", headers=AUTH, **more) -> TestResponse:
        """One call; a body that is no bytes goes as JSON."""
        told = {**headers, **{name: value for name, value in more.items() if value}}
        if body is None:
            return self.client.open(f"/fourallportal{path}", method=method, headers=told)
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.open(f"/fourallportal{path}", method=method, data=content, content_type=media, headers=told)

    def patch(self, *objects: dict, module: str = "product") -> TestResponse:
        return self.ask("PATCH", f"/api/modules/{module}/objects", list(objects))

    def page(self, query: str = "", module: str = "file") -> dict:
        return self.ask("GET", f"/api/modules/{module}/objects?{query}").get_json()

    def tell(self, kind: str, path: str, destination: str | None = None) -> TestResponse:
        body = {"path": path, "destination": destination}
        return self.ask("POST", f"/api/extensions/dam/mounts/data/events/{kind}", body)

    def login(self) -> str:
        body = {"username": "sandbox", "password": "c2FuZGJveC1ub3QtYS1wYXNzd29yZA==", "language": "en_US"}
        return self.ask("POST", "/service/usermanagement/login", body, headers={}).get_json()["session"]

    def legacy(self, verb: str, *parameters: object, session: str) -> dict:
        answer = self.ask("POST", f"/rest/PAPRemoteService/{verb}", [session, *parameters], headers={"Cookie": f"CESESSID={session}"})
        return answer.get_json()


@pytest.fixture
def portal() -> Portal:
    """A portal at its start, with a frozen clock and nothing in it."""
    return Portal()


@pytest.fixture
def start() -> type[Portal]:
    """Starts one with a state file."""
    return Portal


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Somebody who wants to be told."""
    with closing(Receiver("/hook")) as receiver:
        yield receiver
