"""Consonance passes the common suite: what it reads."""

from types import MappingProxyType

from suite import Conformance, Verb

from colophon.domain.finding import Finding
from colophon.systems.consonance.client import ConsonanceClient
from colophon.systems.consonance.settings import ConsonanceSettings

CANARY = "Zoë Canary-Müller"
WORKS = [{"id": number, "title": f"Work {number}", "imprintId": 3} for number in range(1, 8)]
PRODUCTS = [
    {
        "id": number,
        "workId": number,
        "__typename": "PhysicalBookProduct",
        "allowOnixExports": True,
        "isbn13": f"978000000{number:04d}",
        "fullTitle": f"Title {number}",
    }
    for number in range(1, 8)
]
CONTRACTS = [{"id": 4, "contractName": CANARY, "workId": 1, "flatFeeValue": 10.5}]


def known(client, _box):
    """The account's capabilities are known, so that the next request is the verb's own."""
    client.capabilities()


class Kept(dict):
    """The account's capabilities, found out once for all tests."""

    def put(self, connection, value, checked_at):
        self[connection] = (value, checked_at)


KEPT = Kept()


def records(pages):
    """All records of all pages."""
    return [record for page in pages for record in page.records]


def findings(pages):
    """What could not be read, told."""
    return " ".join(f"{record!r}" for record in records(pages) if isinstance(record, Finding))


class TestConsonance(Conformance):
    """One contract, and products page by page."""

    system = "consonance"
    base = "/consonance"
    secrets = MappingProxyType({"password": "sandbox0key0not0real000000000000"})
    canaries = (CANARY, "canary-link")
    seeds = ({"consonance": {"imprints": [{"id": 3, "name": "Quay"}], "works": WORKS, "products": PRODUCTS, "contracts": CONTRACTS}},)

    def make_client(self, address, secrets, extra, **injected):
        settings = ConsonanceSettings.from_connection(
            address, secrets["password"], {"ical_url": "https://calendar.example/canary-link", **extra}
        )
        return ConsonanceClient(settings, cache=KEPT, **injected)

    read = Verb(
        "get_contract", "POST", "/graphql", lambda client, _: client.get_contract(4), prepare=known,
        required=("data", "data/contract"), is_done=lambda contract: contract.id == 4,
    )  # fmt: skip
    paged = Verb(
        "iter_products", "POST", "/graphql", lambda client, _: list(client.iter_products()), prepare=known, told=findings,
        required=("data", "data/products", "data/products/0/id", "data/products/0/fullTitle"),
        small_pages=lambda box: box.settings(page_cap=2), ids=lambda pages: [product.id for product in records(pages)],
    )  # fmt: skip
