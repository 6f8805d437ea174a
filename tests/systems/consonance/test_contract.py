"""The client against the sandbox: the reading part of the contract's own tests (contract section 15)."""

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.request import Request, urlopen

import pytest

from colophon.domain.finding import Finding
from colophon.domain.product import Product
from colophon.errors import AuthFailedError, NotOursError, PagingError, SchemaDriftError, UnexpectedAnswerError
from colophon.rights.facts import to_line
from colophon.systems.consonance.client import ConsonanceClient
from colophon.systems.consonance.settings import ConsonanceSettings
from colophon_sandbox.serve import running_sandbox

KEY = "sandbox0key0not0real000000000000"
NOW = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)
AMOUNTS = ["9.99", "0.1", "12.3", "1234567.89", "10"]


def seed() -> dict[str, Any]:
    """Three works with seven products: formats, siblings, no ISBN, an awkward price each."""
    works = [
        {
            "id": number,
            "title": f"Work {number}",
            "imprintId": 3,
            "contributions": [{"id": number, "sequenceNumber": 1, "onixContributorRoleCode": "A01", "contactId": 31, "productIds": []}],
            "subjectCodes": [{"scheme": "THEMA", "code": "FBA", "description": "Fiction", "main": True}],
            "seriesMemberships": [{"id": 1, "partNumber": "1", "seriesId": 5}] if number == 1 else [],
            "marketingTexts": [
                _text(number * 10 + n, variant) for n, variant in enumerate(["SHORT_DESCRIPTION", "MAIN_DESCRIPTION", "REVIEW"])
            ],
            "supportingResources": [
                {
                    "id": number,
                    "url": "https://images.example/c.jpg",
                    "status": "APPROVED",
                    "resourceVariant": "FRONT_COVER",
                    "productIds": [],
                }
            ],
        }
        for number in (1, 2, 3)
    ]
    kinds = ["PhysicalBookProduct", "ElectronicBookProduct", "ElectronicAudioProduct", "PhysicalAudioProduct", "GenericProduct"]
    products = [
        {
            "id": 100 + number,
            "workId": 1 + number % 3,
            "__typename": kinds[number % 5],
            "isbn13": None if number == 6 else f"978000000{number:04d}",
            "fullTitle": f"Title {number}",
            "publicationDate": "2026-05-01",
            "onix21ProductFormCode": "BC",
            "onixPublishingStatusCode": "04",
            "onixProductAvailability": "20",
            "allowOnixExports": True,
            "prices": [_price(number, AMOUNTS[number % 5])],
            "forSaleCountryCodes": ["GB"],
            "notForSaleCountryCodes": ["US"],
            "isForSaleWorldwide": False,
            "contentLanguages": [{"id": number, "onixLanguageRoleCode": "01", "onixLanguageCode": "eng"}],
            "heightMm": "198.5",
            "updatedAt": "2026-04-30T12:00:00Z" if number == 0 else "2026-01-01T00:00:00Z",
        }
        for number in range(7)
    ]
    return {
        "consonance": {
            "imprints": [{"id": 3, "name": "Quay Books"}],
            "series": [{"id": 5, "name": "Roads"}],
            "contacts": [{"id": 31, "__typename": "Person", "name": "canary-name", "personNameInverted": "name, canary",
                          "emails": [{"email": "canary@mail.example"}]}],
            "works": works,
            "products": products,
            "contracts": [{"id": 4, "contractName": "canary-contract", "workId": 1, "flatFeeValue": 10.5}],
        }
    }  # fmt: skip


def _text(number: int, variant: str) -> dict[str, Any]:
    return {"id": number, "variant": variant, "externalText": f"<p>{variant}</p>", "productIds": []}


def _price(number: int, amount: str) -> dict[str, Any]:
    return {"id": number, "amount": amount, "currencyCode": "GBP", "onixPriceTypeCode": "02", "onixPriceTypeQualifierCode": "05"}


class Remote:
    """The sandbox's control routes."""

    def __init__(self, base: str) -> None:
        self.base = base

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """One control call; its answer's JSON, if any."""
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"{self.base}/__sandbox__{path}", data, {"Content-Type": "application/json"}, method=method)
        with urlopen(request, timeout=60) as answer:
            content = answer.read()
        return json.loads(content) if content else None

    def set(self, **settings: object) -> None:
        """Change settings of Consonance."""
        self.ask("PATCH", "/settings", {"consonance": settings})

    def fault(self, kind: str, **more: object) -> None:
        """Plan a fault on GraphQL that stays until the reset."""
        self.ask("POST", "/faults", {"system": "consonance", "kind": kind, "times": None, **more})

    def journal(self) -> list[dict[str, Any]]:
        """Every call that Consonance got."""
        return list(self.ask("GET", "/journal?system=consonance")["entries"])


@pytest.fixture(scope="module")
def _base() -> Iterator[str]:
    with running_sandbox(seed()) as base:
        yield base


@pytest.fixture
def sandbox(_base: str) -> Remote:
    """A sandbox as at the start."""
    remote = Remote(_base)
    remote.ask("POST", "/reset", {"system": None})
    return remote


@pytest.fixture
def client(sandbox: Remote) -> Iterator[ConsonanceClient]:
    """A client of it."""
    settings = ConsonanceSettings.from_connection(f"{sandbox.base}/consonance", KEY, {"ical_url": "https://calendar.example/canary-link"})
    with ConsonanceClient(settings, sleep=lambda _: None, random=lambda: 0.0, clock=lambda: NOW) as opened:
        yield opened


def read(client: ConsonanceClient, **search: Any) -> list[Product | Finding]:
    """All products that a reading gives."""
    return [record for page in client.iter_products(**search) for record in page.records]


@pytest.mark.parametrize("profile", ["documented", "extended"])
def test_every_request_is_accepted_and_every_record_readable(sandbox, client, profile):
    """Over all verbs, the strict sandbox refuses nothing, and nothing in it is unreadable."""
    sandbox.set(profile=profile)
    products = read(client)
    assert [product.id for product in products] == list(range(100, 107))
    assert all(isinstance(product, Product) for product in products)
    assert client.capabilities().profile == profile
    assert client.capabilities().missing_fields == ()
    assert read(client, isbns=["978-0-00-000000-0", "9780000000002"]) == [products[0], products[2]]
    assert client.get_product("9780000000003") == products[3]
    assert client.get_work(1).id == 1
    assert client.get_contract(4).flat_fee == Decimal("10.5")
    assert client.counts() == client.counts(4) == (7, 3)
    for pages, count in (
        (client.iter_works(), 3),
        (client.iter_works(contract_id=4), 1),
        (client.iter_contacts(), 1),
        (client.iter_contracts(), 1),
    ):
        assert sum(len(page.records) for page in pages) == count
    assert all(check.is_good for check in client.test() if check.name != "clock")
    assert {entry["status"] for entry in sandbox.journal()} == {200}


def test_products_for_rights_are_as_the_whole_ones_as_far_as_rights_go(client):
    """Read with fewer members, they stage the same lines; only some ISBNs can be asked for."""
    whole = read(client)
    brief = [record for page in client.iter_products_for_rights() for record in page.records]
    assert list(map(to_line, brief)) == list(map(to_line, whole))
    assert [page.records for page in client.iter_products_for_rights(["9780000000003"])] == [[brief[3]]]


def test_a_product_comes_through_whole(client):
    """What the sandbox was seeded with is what we have, of every type."""
    first, ebook, audio = read(client)[:3]
    assert (first.title, first.isbn13, first.imprint, first.form_code) == ("Title 0", "9780000000000", "Quay Books", "BC")
    assert (first.publishing_status, first.availability, first.height_mm) == ("04", "20", Decimal("198.5"))
    assert [text.html for text in first.texts] == ["<p>SHORT_DESCRIPTION</p>", "<p>MAIN_DESCRIPTION</p>", "<p>REVIEW</p>"]
    assert first.contributors[0].name_inverted == "name, canary"
    assert [series.title for series in first.series] == ["Roads"]
    assert [related.product_id for related in first.related] == [103]
    assert (ebook.kind, audio.kind) == ("ElectronicBookProduct", "ElectronicAudioProduct")


@pytest.mark.parametrize("cap", [0, 1, 100])
def test_1_the_keyset_loop_ends(sandbox, client, cap):
    """Whatever the page cap, every product comes once."""
    sandbox.set(page_cap=cap)
    assert [product.id for product in read(client)] == list(range(100, 107))


@pytest.mark.parametrize("kind", ["unordered_ids", "repeated_page"])
def test_1_disorder_raises(sandbox, client, kind):
    """Unordered ids and a repeated page stop the reading."""
    sandbox.set(page_cap=2)
    client.capabilities()
    sandbox.fault(kind)
    with pytest.raises(PagingError):
        read(client)


def test_2_empty_lists_are_never_sent(sandbox, client):
    """No variable of any request is `[]` or null, and no ISBNs means no request."""
    client.capabilities()
    before = len(sandbox.journal())
    assert read(client, isbns=[]) == []
    assert len(sandbox.journal()) == before
    read(client, since=NOW), read(client, isbns=["9780000000000"]), list(client.iter_works(since=NOW))
    for entry in sandbox.journal():
        variables = json.dumps(entry["body"]["variables"])
        assert "[]" not in variables
        assert "null" not in variables


def test_3_siblings_are_the_same_records_as_before(client):
    """`changedSince` gives a sibling that did not change; it equals what a full read gave, so no content hash differs."""
    full = {product.id: product for product in read(client)}
    changed = read(client, since=NOW)
    assert {product.id for product in changed} == {100, 103, 106}
    assert all(full[product.id] == product for product in changed)


def test_6_a_partly_present_feature_is_absent_and_named(sandbox, client):
    """One field of a feature's type is gone: the feature is not used, and the test says which field."""
    sandbox.set(removed_fields=["Todo.tags"])
    found = client.capabilities()
    assert (found.profile, found.incomplete) == ("mixed", {"todos": ("Todo.tags",)})
    assert any("Todo.tags" in check.sentence and not check.is_good for check in client.test())


def test_6_a_feature_switched_off_is_absent(sandbox, client):
    """Without its root field a feature is just not offered."""
    sandbox.set(features_off=["sales"])
    assert "sales" not in client.capabilities().features
    assert client.capabilities().incomplete == {}


def test_7_a_removed_field_is_drift_that_names_it(sandbox, client):
    """Before the reading and in the middle of it."""
    sandbox.set(page_cap=2)
    pages = client.iter_products()
    next(pages)
    sandbox.set(removed_fields=["Product.subtitle", *(f"{kind}.subtitle" for kind in ("PhysicalBookProduct", "ElectronicBookProduct"))])
    with pytest.raises(SchemaDriftError, match=r"Product\.subtitle"):
        next(pages)
    with pytest.raises(SchemaDriftError, match=r"Product\.subtitle"):
        client.capabilities(refresh=True)


def test_14_no_float_reaches_money(client):
    """Amounts are the seed's texts, as numbers, exactly."""
    assert [product.prices[0].amount for product in read(client)] == [Decimal(AMOUNTS[n % 5]) for n in range(7)]


def test_15_isbns_of_the_rest_list(client):
    """Hyphens go and "No ISBN" is none; the other key scheme works."""
    products = [record for page in client.iter_products_by_rest() for record in page.records]
    assert [product.isbn13 for product in products] == [*(f"978000000{n:04d}" for n in range(6)), None]
    assert [product.prices[0].amount for product in products] == [Decimal(AMOUNTS[n % 5]) for n in range(7)]


def test_16_secrets_and_contacts_are_in_no_log(sandbox, client, caplog):
    """Key, calendar link, names and mail addresses are nowhere, over good and bad answers."""
    caplog.set_level(logging.DEBUG, logger="colophon")
    caplog.set_level(logging.DEBUG, logger="urllib3")
    read(client), list(client.iter_contacts()), list(client.iter_contracts())
    shown = ""
    for kind in ("garble", "truncate", "wrong_shape", "data_with_errors", "login_page"):
        sandbox.ask("DELETE", "/faults")
        sandbox.fault(kind, match={"path": "/graphql"})
        with pytest.raises(Exception) as caught:
            read(client)
        shown += f"{caught.value!s} {caught.value!r} {caught.value.__dict__}"
    assert caplog.text
    for secret in ("canary", KEY):
        assert secret not in caplog.text + shown


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("login_page", NotOursError),
        ("wrong_shape", UnexpectedAnswerError),
        ("data_with_errors", UnexpectedAnswerError),
        ("expire_token", AuthFailedError),
    ],
)
def test_spoilt_answers_are_never_an_empty_catalogue(sandbox, client, kind, error):
    """A 200 that is none, and a key that stops working, are errors."""
    client.capabilities()
    sandbox.fault(kind, match={"path": "/graphql"})
    with pytest.raises(error):
        read(client)
