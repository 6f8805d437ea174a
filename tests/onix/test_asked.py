"""The table of elements that are asked for tells the truth about what is written."""

import re
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from complete_titles import complete, published_by

from colophon.config import Publisher
from colophon.domain.product import Product
from colophon.onix.asked import WHO, each_element
from colophon.onix.build import build
from colophon.onix.prior import Prior
from colophon.onix.profile import Profile
from colophon.onix.terms import DiscountCode, ReturnsCode
from colophon.onix.write import header_of, message, product_xml

LEAST = 170
TERMS = {
    "discount": DiscountCode(code_type="02", code="LV30", type_name="Larkspur & Vale discount group"),
    "returns": ReturnsCode(code_type="02", code="Y"),
    "pack_quantity": 24,
}


@pytest.fixture(scope="module")
def written(products: list[Product], plain: Profile, publisher: Publisher) -> set[str]:
    """Names of the elements in two messages with all telling products."""
    hardback, ebook, audiobook, *_ = products
    as_of = datetime(2026, 6, 1, tzinfo=UTC)
    found: set[str] = set()
    for release in ("3.1", "3.0"):
        profile = plain.model_copy(update={"release": release} | TERMS)
        records = [
            build(product, profile, published_by(publisher), as_of=as_of, prior=Prior(cover_dates={"": date(2026, 6, 1)}))
            for product in [*products, *complete(hardback, ebook, audiobook)]
        ]
        parts = message(header_of(publisher, number=1, sent_at=as_of), (product_xml(record, profile) for record in records), profile)
        found |= set(re.findall(r"<([A-Z]\w*)", b"".join(parts).decode()))
    return found


def test_what_the_table_says_is_written_is_written(written: set[str]) -> None:
    """Each element of a record is in the table, and each that the table has is in a record, unless it says why not."""
    table = dict(each_element())
    assert {name for name, row in table.items() if not row.why_not} == written
    assert len(written) >= LEAST


def test_each_element_stands_once_and_says_who_asks() -> None:
    """No element is told twice; letters are known; what is written says by which field."""
    assert [name for name, count in Counter(name for name, _ in each_element()).items() if count > 1] == []
    assert all(row.who and set(row.who) <= set(WHO) for _, row in each_element())
    assert all(row.source for _, row in each_element() if not row.why_not)


def test_editeurs_sample_is_in_the_table(shared_data: Path) -> None:
    """Every element of EDItEUR's sample is told, written or with the reason why not."""
    text = (shared_data / "onix" / "jonix__Onix3.1-single-ref.xml").read_text(encoding="utf-8")
    sample = set(re.findall(r"<([A-Z]\w*)", text))
    assert {name for name, row in each_element() if "E" in row.who} >= sample
