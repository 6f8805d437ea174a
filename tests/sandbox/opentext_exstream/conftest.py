"""Exstream of the sandbox in this process, without sockets; driver data; a receiver of outcomes."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from sandbox_control import InProcess
from web_receiver import Receiver
from werkzeug.test import Client, TestResponse

from colophon_sandbox.app import Sandbox
from colophon_sandbox.systems.opentext_exstream import Exstream

NOW = "2026-05-01T06:00:00Z"
CREDENTIALS = {"client_id": "sandbox-client", "client_secret": "sandbox-not-a-secret"}
GRANT = {"grant_type": "client_credentials", "scope": "search otds:groups", **CREDENTIALS}
RUNTIME = "/orchestration/api/v1/runtime/acme-test"


class Remote(InProcess):
    """The sandbox as its callers see it."""

    def __init__(self) -> None:
        self.sandbox = Sandbox([Exstream], control=True)
        super().__init__(Client(self.sandbox), "exstream")
        self.freeze(NOW)
        self.settings(expires_in=864_000)
        self.token = self.client.post("/exstream/tenants/acme/oauth2/token", data=GRANT).get_json()["access_token"]

    def effects(self, kind: str = "exstream.letter") -> list[str]:
        return super().effects(kind)

    def ask(self, method: str, path: str, body: object = None, *, media: str = "application/json", **headers: str) -> TestResponse:
        sent = {"Authorization": f"Bearer {self.token}", **headers}
        given = {} if body is None else {"data": body if isinstance(body, bytes) else json.dumps(body), "content_type": media}
        return self.client.open(f"/exstream{path}", method=method, headers=sent, **given)

    def batch(self, *customers: dict, key: str = "k1", channel: str = "royalty-statements", **headers: str) -> TestResponse:
        data = make_batch(*customers, key=key)
        return self.ask("POST", f"/orchestration/api/v1/inputs/batch/acme-test/{channel}", data, **headers)

    def job(self, job_id: str = "job-1") -> dict:
        return self.ask("GET", f"{RUNTIME}/jobs/{job_id}").get_json()["data"]

    def jobs(self, wanted: str = "") -> list[str]:
        query = f"?filter={wanted}" if wanted else ""
        return [job["id"] for job in self.ask("GET", f"{RUNTIME}/jobs{query}").get_json()["data"]]

    def steps(self, instance: str = "fi-1") -> list[dict]:
        return self.ask("GET", f"{RUNTIME}/flow-steps?filter=flowInstanceId:{instance}").get_json()["data"]

    def outcomes(self, after: int = 0) -> list[tuple[str, str]]:
        rows = self.ask("GET", f"/ext/api/v1/outcomes?after={after}&limit=500").get_json()["data"]
        return [(row["deliveryId"], row["type"]) for row in rows]


def make_customer(number: int = 1, preference: str = "email", email: str = "a@example.org", **changes: object) -> dict:
    return {
        "CustomerNumber": str(number),
        "ColophonDeliveryId": f"d-{number}",
        "DeliveryPreference": preference,
        "EmailAddress": email,
        "Document": "royalty_statement",
        "Data": {"PaymentDue": "3222.60"},
        **changes,
    }


def make_batch(*customers: dict, key: str = "k1") -> dict:
    return {"batch": {"ColophonBatchKey": key, "Edition": "2026-H1", "Count": len(customers)}, "customers": list(customers)}


@pytest.fixture
def remote() -> Remote:
    """A sandbox at its start, with a frozen clock."""
    return Remote()


@pytest.fixture
def customer() -> Callable[..., dict]:
    """Makes customers."""
    return make_customer


@pytest.fixture
def data() -> Callable[..., dict]:
    """Makes driver data."""
    return make_batch


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver of outcomes on this host."""
    with closing(Receiver("/colophon/hooks/exstream")) as receiver:
        yield receiver
