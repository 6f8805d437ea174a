"""Ways of delivering to the sandbox, one for each delivery class, and what truly happened there.

A: messages to xConnector. B: routes, put under our own id. C: marketing texts in Consonance, found again by their own words.
D: a plain web hook, which remembers nothing.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.request import Request, urlopen

from colophon.domain.delivery import Delivery, Verdict
from colophon.errors import BadShapeError, EffectUnknownError, ServerError, UnexpectedAnswerError
from colophon.http.auth import BearerKey
from colophon.http.client import HttpClient
from colophon.http.jsontext import write_json
from colophon.http.operation import DeliveryClass, Operation
from colophon.http.response import Response
from colophon.http.settings import HttpSettings
from colophon.systems.xconnector import operations as op
from colophon.systems.xconnector.client import XConnectorClient
from colophon.systems.xconnector.mapping import route_to_wire, to_wire
from colophon.systems.xconnector.port import EventPort
from colophon.systems.xconnector.records import Match, Route
from colophon.systems.xconnector.settings import XConnectorSettings

TOKEN, KEY = "sandbox-not-a-token", "sandbox0key0not0real000000000000"
BATCH = 2
READ_S, LATE_S, SETTLE_S = 0.3, 0.6, 0.7
"""Silence after which a client gives up; how late a late answer is; after which time a late write shows."""
WRITES = {"A": "/v1/messages", "B": "/v1/routes/*", "C": "/graphql", "D": "/webhook"}
SYSTEM = {"A": "xconnector", "B": "xconnector", "C": "consonance", "D": "xconnector"}
WORK = 1
CREATE_TEXT = Operation("create_text", "POST", "/graphql", DeliveryClass.C)
FIND_TEXT = Operation("find_text", "POST", "/graphql")
POST_HOOK = Operation("post_hook", "POST", "/webhook", DeliveryClass.D, accept="*/*", expect=frozenset({204}))
MUTATION = """mutation create_text($input: CreateMarketingTextInput!) {
  createMarketingText(input: $input) { marketingText { externalTextMarkdown } errors } }"""
QUERY = "query find_text($id: Int!) { work(workSearch: {idEq: $id}) { marketingTexts { externalTextMarkdown } } }"


class Control:
    """The sandbox's own routes, and its systems seen past our clients."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        """One request; the answer as JSON."""
        request = Request(self.url + path, method=method, data=None if body is None else json.dumps(body).encode())
        request.add_header("Content-Type", "application/json")
        for name, value in headers.items():
            request.add_header(name, value)
        with urlopen(request) as answer:
            content = answer.read()
        return json.loads(content) if content else None

    def effects(self, delivery_class: str) -> Counter[str]:
        """How often each subject's effect took place."""
        if delivery_class == "A":
            found = self.ask("GET", "/xconnector/v1/messages?limit=500", Authorization=f"Bearer {TOKEN}")["items"]
            return Counter(row["event"]["subject"] for row in found)
        if delivery_class == "B":
            found = self.ask("GET", "/xconnector/v1/routes", Authorization=f"Bearer {TOKEN}")["items"]
            return Counter(row["id"] for row in found)
        kind = "consonance.marketingText_created" if delivery_class == "C" else "xconnector.webhook"
        return Counter(row["key"].replace("-", ":") for row in self.ask("GET", f"/__sandbox__/effects?kind={kind}")["effects"])


@dataclass
class OneByOne:
    """A `deliver.Port` that makes one call for each delivery; a lost answer leaves that one delivery unknown."""

    http: HttpClient
    delivery_class: str
    batch: int
    write: Callable[[HttpClient, Delivery], object]
    find: Callable[[HttpClient, Delivery], bool]
    settle_s: float = SETTLE_S

    def send(self, deliveries: Sequence[Delivery]) -> list[Verdict]:
        """One verdict for each."""
        return [self._one(delivery) for delivery in deliveries]

    def _one(self, delivery: Delivery) -> Verdict:
        try:
            self.write(self.http, delivery)
        except (EffectUnknownError, ServerError, UnexpectedAnswerError) as problem:
            return Verdict(delivery.id, "unknown", code=problem.code)
        return Verdict(delivery.id, "confirmed", remote_id=delivery.subject)

    def read_back(self, delivery: Delivery) -> Verdict | None:
        """Whether the system has it."""
        return Verdict(delivery.id, "confirmed") if self.find(self.http, delivery) else None


def make_port(delivery_class: str, url: str, clock: Callable[[], datetime]) -> Any:
    """The port of a class, to be used in one process, with the ledger's clock."""
    if delivery_class == "A":
        return EventPort(_xconnector(url, clock))
    if delivery_class == "B":
        return OneByOne(_http(url, "xconnector", TOKEN), "B", BATCH, _put_route, _has_route)
    if delivery_class == "C":
        return OneByOne(_http(url, "consonance", KEY), "C", BATCH, _create_text, _has_text)
    return OneByOne(_http(url, "xconnector", TOKEN), "D", 1, _post_hook, lambda *_: False)


def content_of(delivery_class: str, subject: str) -> tuple[bytes, Mapping[str, str]]:
    """What is planned for a subject, and its labels."""
    data = {"isbn": subject.removeprefix("isbn:"), "revision": 1, "reason": "out of print"}
    return write_json(data), {"event_type": "title.withdrawn"} if delivery_class == "A" else {}


def _xconnector(url: str, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> XConnectorClient:
    extra = {
        "start_jitter_seconds": 0,
        "timeouts": {"connect": 5, "read": READ_S, "total": 5},
        "source": "/colophon/acme",
        "payload_mode": "upload",
        "batch_size": BATCH,
    }
    settings = XConnectorSettings.from_connection(f"{url}/xconnector", TOKEN, extra)
    return XConnectorClient(settings, sleep=lambda _: None, random=lambda: 0.5, clock=clock)


def _http(url: str, system: str, token: str) -> HttpClient:
    settings = HttpSettings(f"{url}/{system}", read_s=READ_S, total_s=5, start_jitter_s=0)
    return HttpClient(settings, BearerKey(token), system=system, sleep=lambda _: None, random=lambda: 0.5)


def _put_route(http: HttpClient, delivery: Delivery) -> object:
    route = Route(id=delivery.subject, match=Match(recipient="kill"), targets=("erp",), order="none")
    where = {"id": delivery.subject}
    return http.call(op.PUT_ROUTE, path=where, json=route_to_wire(route), check=lambda a: _expect(a, "id", delivery.subject))


def _has_route(http: HttpClient, delivery: Delivery) -> bool:
    return any(row["id"] == delivery.subject for row in http.call(op.LIST_ROUTES).json()["items"])


def _create_text(http: HttpClient, delivery: Delivery) -> object:
    given = {"workId": WORK, "externalTextMarkdown": delivery.subject, "variant": "REVIEW"}
    body = {"query": MUTATION, "operationName": "create_text", "variables": {"input": given}}
    return http.call(CREATE_TEXT, json=body, check=lambda a: _expect(a, "externalTextMarkdown", delivery.subject))


def _has_text(http: HttpClient, delivery: Delivery) -> bool:
    body = {"query": QUERY, "operationName": "find_text", "variables": {"id": WORK}}
    texts = http.call(FIND_TEXT, json=body).json()["data"]["work"]["marketingTexts"]
    return any(text["externalTextMarkdown"] == delivery.subject for text in texts)


def _post_hook(http: HttpClient, delivery: Delivery) -> object:
    client = _xconnector(http.settings.base_url.removesuffix("/xconnector"))
    data = json.loads(delivery.content)
    event = client.make_event("title.withdrawn", delivery.subject, "kill", data, 1, at=delivery.as_of, content_hash=delivery.content_hash)
    body = {**to_wire(event), "id": delivery.subject.replace(":", "-")}
    return http.call(POST_HOOK, body=write_json(body), headers={"Content-Type": "application/cloudevents+json"})


def _expect(answer: Response, member: str, value: str) -> None:
    if f'"{member}":"{value}"' not in answer.content.decode().replace(" ", ""):
        raise BadShapeError(f"the answer's {member} is not ours")
