"""xConnector of the sandbox in this process, without sockets; events of every type; a receiver of callbacks."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from sandbox_control import InProcess
from web_receiver import Receiver
from werkzeug.test import Client, TestResponse

from colophon_sandbox.app import Sandbox
from colophon_sandbox.systems.xconnector import XConnector

AUTH = {"Authorization": "Bearer sandbox-not-a-token"}
NOW = "2026-05-01T06:00:00Z"
ISBN = "9781234567897"
PAYLOAD = {
    "url": "https://storage.example/a",
    "sha256": "a" * 64,
    "bytes": 3,
    "mediaType": "application/xml",
    "fileName": "a.xml",
    "expiresAt": NOW,
}
CAMPAIGN = {"isbn": ISBN, "publicationDate": "2026-06-01", "assetsFinal": True, "metadataFinal": False}
ORDER = {"orderId": "a-1", "isbn": ISBN, "quantity": 500, "dueOn": "2026-06-01", "payload": PAYLOAD}
TITLE = {
    "isbn": ISBN,
    "workId": 7,
    "revision": 1,
    "title": "The Larkspur Year",
    "contributors": [{"name": "Ana Vale", "role": "A01", "sequence": 1, "isni": None}],
    "imprint": None,
    "productForm": "BB",
    "publishingStatus": "04",
    "publicationDate": "2026-06-01",
    "prices": [{"amount": "9.99", "currency": "GBP", "type": "02", "from": None, "until": None}],
    "territories": {"included": ["GB"], "excluded": []},
}
PARTY = {
    "partyId": 5,
    "names": {"display": "Ana Vale", "inverted": "Vale, Ana", "organisation": None},
    "identifiers": [{"type": "isni", "value": "0000000121032683"}],
    "addresses": [{"line1": "1 Road", "line2": None, "city": "York", "postcode": "YO1", "country": "GB", "kind": "post"}],
    "taxStatus": None,
    "paymentPreference": None,
    "vendorStatus": None,
    "fieldTimes": {"names": NOW},
}
MILESTONE = {"workId": 7, "milestone": "m", "state": "done", "at": NOW, "by": None, "previousDate": None, "newDate": "2026-06-01"}
STATEMENT = {"contractId": 4, "payeeId": 5, "period": "2026H1", "amount": "12.50", "currency": "GBP", "state": "final"}
EXAMPLES: dict[str, tuple[str, dict]] = {
    "title.feed": ("feed:erp-main", {"format": "onix-3.1-ref", "messageNumber": 42, "full": False, "products": 3, "payload": PAYLOAD}),
    "title.updated": (f"isbn:{ISBN}", TITLE),
    "title.withdrawn": (f"isbn:{ISBN}", {"isbn": ISBN, "revision": 2, "reason": "out of print"}),
    "workflow.milestone": ("work:7", MILESTONE),
    "asset.released": (f"isbn:{ISBN}", {"isbn": ISBN, "kind": "cover", "assetId": 3, "version": "2", "payload": PAYLOAD}),
    "asset.withdrawn": (f"isbn:{ISBN}", {"isbn": ISBN, "assetId": 3, "version": 2}),
    "rights.terms": ("contract:4", {"contractId": 4, "revision": 1, "terms": {"headGrants": [], "rightsDeals": []}}),
    "royalty.terms": ("contract:4", {"contractId": 4, "revision": 1, "terms": {"royaltyTerms": {}}}),
    "royalty.statement": ("contract:4", STATEMENT),
    "production.file_release": ("order:a-1", {**ORDER, "step": 1}),
    "production.print_order": ("order:a-1", {**ORDER, "step": 2}),
    "production.warehouse_schedule": ("order:a-1", {**ORDER, "step": 3, "payload": None}),
    "production.cancel": ("order:a-1", {"orderId": "a-1", "steps": [2, 3], "reason": "pulled back"}),
    "party.upserted": ("party:5", PARTY),
    "campaign.milestone": (f"isbn:{ISBN}", {**CAMPAIGN, "milestone": "assets_final"}),
    "campaign.hold": (f"isbn:{ISBN}", {**CAMPAIGN, "reason": "late"}),
    "campaign.release": (f"isbn:{ISBN}", {**CAMPAIGN, "reason": "on time"}),
    "metadata.exception": (f"isbn:{ISBN}", {"isbn": ISBN, "rule": "C3", "field": "x", "found": "a", "expected": "b", "blocks": ["erp"]}),
}


class Remote(InProcess):
    """The sandbox as its callers see it."""

    def __init__(self, state=None) -> None:
        self.sandbox = Sandbox([XConnector], control=True, state=state)
        super().__init__(Client(self.sandbox), "xconnector")
        self.freeze(NOW)

    def effects(self, kind: str = "xconnector.acknowledged") -> list[str]:
        return super().effects(kind)

    def ask(self, method: str, path: str, body: object = None, *, media: str = "application/json", **headers: str) -> TestResponse:
        """One call; a body that is no bytes goes as JSON."""
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is None:
            return self.client.open(f"/xconnector{path}", method=method, headers={**AUTH, **more})
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.open(f"/xconnector{path}", method=method, data=content, content_type=media, headers={**AUTH, **more})

    def post(self, given: dict, **headers: str) -> TestResponse:
        """One event under its key."""
        key = {"Idempotency_Key": str(given.get("id")), **headers}
        return self.ask("POST", "/v1/messages", given, media="application/cloudevents+json", **key)

    def batch(self, events: list) -> TestResponse:
        return self.ask("POST", "/v1/messages", events, media="application/cloudevents-batch+json")

    def route(self, *targets: str, order: str = "none", name: str = "r", **match: str) -> None:
        answer = self.ask("PUT", f"/v1/routes/{name}", {"match": match, "targets": list(targets), "order": order})
        assert answer.status_code == 200, answer.text

    def status(self, message_id: str) -> dict:
        return self.ask("GET", f"/v1/messages/{message_id}").get_json()

    def deliveries(self, message_id: str) -> dict[str, str]:
        return {d["target"]: d["status"] for d in self.status(message_id)["deliveries"]}

    def inbox(self, limit: int = 100, lease: int = 300) -> list[dict]:
        return self.ask("GET", f"/v1/inbox?limit={limit}&lease={lease}").get_json()["items"]

    def heard(self, name: str) -> list[dict]:
        """Events of one type that are in the inbox."""
        return [item["event"] for item in self.inbox(500) if item["event"]["type"] == f"colophon.{name}.v1"]


def make_event(name: str = "title.withdrawn", number: int = 1, revision: int = 1, *, data: dict | None = None, **changes: object) -> dict:
    """An event of one type; `number` tells subjects apart, `revision` versions of one."""
    subject, example = EXAMPLES[name]
    found = {**example, **(data or {})}
    if subject.startswith("isbn:") and number > 1:
        found["isbn"] = f"978{number:010d}"
        subject = f"isbn:{found['isbn']}"
    return {
        "specversion": "1.0",
        "id": f"{name}-{number}-{revision}",
        "source": "/colophon/acme",
        "type": f"colophon.{name}.v1",
        "subject": subject,
        "time": NOW,
        "datacontenttype": "application/json",
        "recipient": "erp-main",
        "sequence": f"{revision:020d}",
        "data": found,
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
def event() -> Callable[..., dict]:
    """Makes events."""
    return make_event


@pytest.fixture
def examples() -> dict[str, tuple[str, dict]]:
    """Subject and data of each type."""
    return EXAMPLES


def pytest_generate_tests(metafunc) -> None:
    """Tests that ask for `type_name` run for every event type."""
    if "type_name" in metafunc.fixturenames:
        metafunc.parametrize("type_name", sorted(EXAMPLES))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver of callbacks on this host."""
    with closing(Receiver("/colophon/hooks/xconnector")) as receiver:
        yield receiver
