"""The suite on a system that has everything: tokens, pages, bulk and every delivery class."""

from types import MappingProxyType

from suite import Conformance, Token, Verb
from suite_example import SECRET, Example, ExampleClient

CANARY = "Zoë Canary-Müller"


def some(count):
    """Things of a person."""
    return [{"id": f"t-{number}", "name": CANARY} for number in range(1, count + 1)]


class TestExample(Conformance):
    """All names that a system may declare."""

    system = "example"
    base = "/example"
    systems = (Example,)
    secrets = MappingProxyType({"password": SECRET})
    canaries = (CANARY,)
    headers = frozenset({"idempotency-key"})
    token = Token("/token", lambda client: client.things())

    def make_client(self, address, secrets, extra, **injected):
        return ExampleClient.open(address, secrets["password"], extra, **injected)

    read = Verb("things", "GET", "/v1/things", lambda client, _: client.things(), prepare=lambda client, _: client.send(some(2)),
                required=("page", "pages", "items", "items/1/id"), state="items/0/state")  # fmt: skip
    paged = Verb(
        "pages", "GET", "/v1/things", lambda client, _: client.things(), prepare=lambda client, _: client.send(some(6)),
        small_pages=lambda box: box.limit("size", 2), ids=lambda things: [thing["id"] for thing in things],
    )  # fmt: skip
    write_a = Verb("send", "POST", "/v1/things", lambda client, things: client.send(things), prepare=lambda *_: some(1),
                   effects=lambda box: len(box.effects("example.thing")), is_done=bool, required=("items", "items/0/id", "items/0/state"),
                   state="items/0/state")  # fmt: skip
    write_b = Verb("put", "PUT", "/v1/things/*", lambda client, thing: client.put(thing), prepare=lambda *_: some(1)[0],
                   effects=lambda box: len(box.effects("example.thing")), required=("id",))  # fmt: skip
    write_c = Verb("start", "POST", "/v1/jobs", lambda client, ref: client.start(ref), prepare=lambda *_: "r-1",
                   effects=lambda box: len(box.effects("example.job")), required=("ref",))  # fmt: skip
    write_d = Verb("alert", "POST", "/v1/alerts", lambda client, ref: client.alert(ref), prepare=lambda *_: "r-1",
                   effects=lambda box: len(box.effects("example.alert")), required=("ref",))  # fmt: skip
    bulk = Verb("bulk", "POST", "/v1/things", lambda client, things: client.send(things), prepare=lambda *_: some(3),
                effects=lambda box: len(box.effects("example.thing")), size=3, is_done=bool, items="items")  # fmt: skip
