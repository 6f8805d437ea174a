"""Real ONIX messages on the whole way: into the sandbox, out by the client, into our ONIX."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from colophon.config import load_config
from colophon.domain.product import Product
from colophon.onix.build import build
from colophon.onix.write import product_xml
from colophon.systems.consonance.client import ConsonanceClient
from colophon.systems.consonance.settings import ConsonanceSettings
from colophon_sandbox.seeds import onix_import
from colophon_sandbox.serve import running_sandbox

KEY = "sandbox0key0not0real000000000000"
FILES = [
    "elibri__onix_audiobook_example.xml",
    "im_onix__9782707154298.xml",
    "im_onix__full_sample.xml",
    "im_onix__embargo-date.xml",
    "im_onix__unqualified-prices.xml",
    "jonix__Onix3.1-single-ref.xml",
    "jonix__Onix3.1-single-short.xml",
    "onixcheck__valid_google_onix_3.xml",
    "onixlib__notice_v3_0.xml",
]


def read_back(records: dict) -> list[Product]:
    """What the client reads of seeded records."""
    with running_sandbox(records) as url:
        extra = {"start_jitter_seconds": 0}
        with ConsonanceClient(ConsonanceSettings.from_connection(f"{url}/consonance", KEY, extra)) as client:
            return [record for page in client.iter_products() for record in page.records]


@pytest.mark.parametrize("name", FILES)
def test_what_goes_in_comes_out(shared_data: Path, name: str) -> None:
    """Title, contributors, ISBN, date, prices survive into our ONIX wherever Consonance's shape can hold them."""
    records, _ = onix_import.read_onix((shared_data / "onix" / name).read_bytes(), name)
    seeded = {row["id"]: row for row in records["consonance"]["products"]}
    works = {row["id"]: row for row in records["consonance"]["works"]}
    people = {row["id"]: row["name"] for row in records["consonance"]["contacts"]}
    profile = load_config().recipients["retailer-plain"].model_copy(update={"prices": ()})
    assert seeded
    for product in read_back(records):
        assert isinstance(product, Product), product
        given, made = seeded[product.id], works[product.work_id]
        root = etree.fromstring(
            product_xml(build(product, profile, load_config().publisher, as_of=datetime(2026, 5, 1, tzinfo=UTC)), profile)
        )
        texts = {element.tag: (element.text or "") for element in root.iter()}
        everything = " ".join(root.itertext())
        title = given["fullTitle"]
        assert title in everything or (given["titleWithoutPrefix"] or title) in everything
        if given["isbn13"]:
            assert given["isbn13"] in everything
        for contribution in made["contributions"]:
            assert people[contribution["contactId"]] in everything
            assert contribution["onixContributorRoleCode"] in everything
        if given["publicationDate"]:
            assert given["publicationDate"].replace("-", "") in everything
        assert "ProductForm" in texts
        assert {(p.amount, p.currency) for p in product.prices} == {(Decimal(p["amount"]), p["currencyCode"]) for p in given["prices"]}
        assert sorted(product.for_sale) == given["forSaleCountryCodes"]
        assert sorted(product.not_for_sale) == given["notForSaleCountryCodes"]
        assert product.is_for_sale_worldwide == given["isForSaleWorldwide"]
