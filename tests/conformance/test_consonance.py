"""Consonance passes the common suite: what it reads, and what is written back to it."""

import tempfile
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType

from ledger_database import make_ledger
from suite import Conformance, Tasks, Verb

from colophon.blocks.use_case import Needs
from colophon.domain.finding import Finding
from colophon.ledger import Ledger
from colophon.systems.consonance.client import ConsonanceClient
from colophon.systems.consonance.settings import ConsonanceSettings
from colophon.systems.consonance.writes.operations import WriteOp
from colophon.systems.consonance.writes.write_back import Writer
from colophon_airflow.systems.consonance.operators import ConsonanceWriteBackOperator

CANARY, EMAIL, PHONE = "Zoë Canary-Müller", "zoe.canary@example.org", "00442079460123"
NOW = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)
NEW_NAME = f"{CANARY} & Co"
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


class Desk:
    """A client and a writer of it with a ledger of its own: whatever an earlier run knew, this one does not."""

    def __init__(self, client):
        self.client = client
        self._folder = tempfile.TemporaryDirectory()
        make_ledger(url := f"sqlite:///{self._folder.name}/ledger.db")
        self.ledger = Ledger.open(url, clock=lambda: NOW)
        self.writer = Writer(client.account, self.ledger)

    def write(self, op):
        """One write-back."""
        return self.writer.write(op)

    def write_all(self, ops):
        """Several, as a run does; what stops the run is raised."""
        summary = self.writer.write_all(ops)
        if summary.stopped_by:
            raise summary.stopped_by
        return summary

    def close(self):
        """Give everything back."""
        self.client.close()
        self.ledger.close()
        self._folder.cleanup()


def contact_fields(number=1):
    """Fields of a person, a write of class A."""
    fields = [{"name": name, "value": value, "observedAt": NOW} for name, value in (("EMAIL", EMAIL), ("PHONE", PHONE))]
    return WriteOp("upsertContactFields", f"uc:31:{number}", "contact:31", "uc", {"contactId": 31, "source": "push", "fields": fields})


def known_to(desk, _box):
    """The account's capabilities are known, so that the next request is the verb's own."""
    desk.client.capabilities()


def giving(given):
    """Prepares a write of this."""

    def prepare(desk, box):
        known_to(desk, box)
        return given

    return prepare


def kept(desk, box):
    """A reference under which the account holds something."""
    known_to(desk, box)
    desk.write(contact_fields())
    return contact_fields().reference


def counting(kind):
    """Counts effects of a kind."""
    return lambda box: len(box.effects(f"consonance.{kind}"))


def confirmed(result):
    """Whether it is in."""
    return result.outcome == "confirmed"


def two_people(**_):
    """What a use case found out: fields of two people."""
    return iter([contact_fields(1), contact_fields(2)])


def told_of_two_people():
    """The use case that tells it."""
    return Needs(id="test", write_backs=two_people)


def in_tray(ledger):
    """What waits, by state."""
    return {state: count for states in ledger.tray.counts().values() for state, count in states.items()}


def write_back(given):
    """The task that writes back; it knows no destination."""
    return [ConsonanceWriteBackOperator(task_id=given["task_id"], use_case=given["use_case"], case=told_of_two_people)]


class TestConsonanceWrites(Conformance):
    """Write-back by the account's mutations."""

    tasks = Tasks(
        "consonance", "A",
        lambda address: {"host": address, "password": "sandbox0key0not0real000000000000", "extra": {"write_mode": "mutations"}},
        write_back, ({"n": 1}, {"n": 2}),
        Verb("write", "POST", "/graphql", lambda *_: None, holds="mutation WriteBack", effects=counting("upsertContactFields")),
        lambda _box, _desk: None, states=in_tray,
    )  # fmt: skip
    system = "consonance"
    base = "/consonance"
    secrets = TestConsonance.secrets
    canaries = (CANARY, EMAIL, PHONE)
    seeds = (
        {
            "consonance": {
                "imprints": [{"id": 3, "name": "Quay"}],
                "works": WORKS,
                "contracts": CONTRACTS,
                "contacts": [{"id": 31, "__typename": "Person", "name": CANARY}],
            }
        },
    )

    def make_client(self, address, secrets, extra, **injected):
        settings = ConsonanceSettings.from_connection(address, secrets["password"], {"write_mode": "mutations", **extra})
        return Desk(ConsonanceClient(settings, cache=KEPT, **injected))

    read = Verb(
        "find_external", "POST", "/graphql", lambda desk, reference: desk.writer.mutations.find_external(reference), prepare=kept,
        holds="query ExternalRecords", is_done=lambda record: record is not None,
        required=("data", "data/externalRecords", "data/externalRecords/0/id", "data/externalRecords/0/payload"),
    )  # fmt: skip
    write_a = Verb(
        "upsertContactFields", "POST", "/graphql", Desk.write, prepare=giving(contact_fields()), holds="mutation WriteBack",
        effects=counting("upsertContactFields"), is_done=confirmed,
        required=("data", "data/m0", "data/m0/recordId", "data/m0/externalReference", "data/m0/errors"),
    )  # fmt: skip
    write_b = Verb(
        "updateContract", "POST", "/graphql", Desk.write, holds="mutation WriteBack",
        prepare=giving(WriteOp("updateContract", "uc:4", "contract:4", "uc",
                               {"id": 4, "contractName": NEW_NAME, "flatFeeValue": Decimal("20.10")})),
        effects=lambda box: len([row for row in box.rows("consonance.contracts") if row["contractName"] == NEW_NAME]), is_done=confirmed,
        required=("data", "data/updateContract", "data/updateContract/contract", "data/updateContract/contract/id", "data/updateContract/errors"),
    )  # fmt: skip
    write_c = Verb(
        "createMarketingText", "POST", "/graphql", Desk.write, holds="mutation WriteBack",
        prepare=giving(WriteOp("createMarketingText", "uc:1", "work:1", "uc",
                               {"workId": 1, "externalTextMarkdown": f"By {CANARY}", "variant": "SHORT_DESCRIPTION"})),
        effects=counting("marketingText_created"), is_done=confirmed,
        required=("data", "data/createMarketingText", "data/createMarketingText/marketingText/id", "data/createMarketingText/errors"),
    )  # fmt: skip
    bulk = Verb(
        "write_all", "POST", "/graphql", Desk.write_all, holds="mutation WriteBack",
        prepare=giving([contact_fields(number) for number in (1, 2, 3)]), effects=counting("upsertContactFields"), size=3,
        is_done=lambda summary: summary.counts == {"confirmed": 3}, items="data",
        required=("data", "data/m1", "data/m2/recordId", "data/m1/externalReference", "data/m0/errors"),
        answers=frozenset({400, 406, 409, 410, 413, 415, 422}),  # then each goes alone, to find the one that is refused
    )  # fmt: skip
