"""The REST list: its traps, and what it cannot tell."""

from datetime import date
from decimal import Decimal

import pytest

from colophon.domain.finding import Finding
from colophon.domain.product import TextKind
from colophon.errors import AuthFailedError, BadShapeError, PagingError


def a_product(number, **changes):
    """A product as the REST list writes it."""
    return {
        "id": number,
        "work_id": 9,
        "full_title": "The Salt Road",
        "isbn": "978-1-234567-89-7",
        "pub_date": "2026-05-01",
        "publishing_status": "04",
        "product_form": "BC",
        "imprint": "Quay Books",
        "prices": [{"currency_code": "GBP", "price_amount": "9.99", "price_qualifier": "05"}],
        "marketingtexts": [
            {"code": "01", "external_text": "Long"},
            {"code": "02", "external_text": "Short"},
            {"code": "33", "external_text": "?"},
        ],
        "supportingresources": [{"style_urls": [{"style": "jpg_rgb_0650h", "url": "https://images.example/c.jpg"}]}, {"style_urls": []}],
        "rights_not_available_countries": ["US"],
        **changes,
    }


def pages_of(*lists):
    """Answers of a list that is told in these pages."""
    return [
        {"current_page": number, "per_page": 25, "total_pages": len(lists), "url": "", "products": rows}
        for number, rows in enumerate(lists, start=1)
    ]


def records(client, **search):
    """All records that the list gives."""
    return [record for page in client.iter_products_by_rest(**search) for record in page.records]


def test_a_product_of_the_list(fake, connect):
    """Hyphens go, money is Decimal, texts have our kinds, and what is not told is named."""
    fake.rest_pages = pages_of([a_product(1)])
    [made] = records(connect())
    assert (made.id, made.work_id, made.isbn13, made.title, made.publication_on) == (
        1,
        9,
        "9781234567897",
        "The Salt Road",
        date(2026, 5, 1),
    )
    assert (made.prices[0].amount, made.prices[0].currency, made.prices[0].qualifier) == (Decimal("9.99"), "GBP", "05")
    assert [(text.kind, text.html) for text in made.texts] == [(TextKind.MAIN, "Long"), (TextKind.SHORT, "Short")]
    assert [resource.url for resource in made.resources] == ["https://images.example/c.jpg"]
    assert made.not_for_sale == ("US",)
    assert not made.allow_onix_exports
    assert {"allow_onix_exports", "for_sale", "languages"} <= set(made.missing_fields)


@pytest.mark.parametrize(
    ("isbn", "read"), [("No ISBN", None), ("no isbn", None), (None, None), ("", None), ("978-1-234567-89-7", "9781234567897")]
)
def test_no_isbn_is_a_text(fake, connect, isbn, read):
    """The list writes "No ISBN" where GraphQL has null."""
    fake.rest_pages = pages_of(
        [a_product(1, isbn=isbn, prices=[], marketingtexts=[], supportingresources=[], rights_not_available_countries=[])]
    )
    assert records(connect())[0].isbn13 == read


@pytest.mark.parametrize("amount", ["9,99", "NaN", "", None, 9.99, "1e99"])
def test_money_that_is_none_makes_the_record_unreadable(fake, connect, amount):
    """A finding names the amount; the next record goes on."""
    row = {"currency_code": "GBP", "price_amount": amount, "price_qualifier": "05"}
    fake.rest_pages = pages_of([a_product(1, prices=[row]), a_product(2)])
    bad, good = records(connect())
    assert isinstance(bad, Finding)
    assert bad.field == "prices[0].price_amount"
    assert good.id == 2


def test_all_pages_are_read_with_the_other_key_scheme(fake, connect):
    """Pages 1 to the last, by `Token token=`; a short or empty page in between is no end."""
    fake.rest_pages = pages_of([a_product(1), a_product(2)], [], [a_product(3)])
    assert [record.id for record in records(connect())] == [1, 2, 3]
    with pytest.raises(AuthFailedError):
        records(connect(key="wrong"))


def test_one_isbn_at_a_time(fake, connect):
    """The filter takes digits only; repeats are asked once."""
    fake.rest_pages = pages_of([a_product(1)])
    assert len(records(connect(), isbns=["978-1-234567-89-7", "9781234567897"])) == 1
    assert fake.searches("rest") == [{"page": ["1"], "q[isbn_eq]": ["9781234567897"]}]


@pytest.mark.parametrize(
    ("pages", "error"),
    [
        (pages_of([a_product(1)], [a_product(1)]), PagingError),
        ([pages_of([a_product(1)], [])[0], pages_of([a_product(2)])[0]], PagingError),
        ([{"current_page": 1, "products": []}], BadShapeError),
        ([{"current_page": 1, "total_pages": 1, "products": {}}], BadShapeError),
        ([{"current_page": 1, "total_pages": 1, "products": [{"work_id": 1}]}], BadShapeError),
        ([[]], BadShapeError),
    ],
    ids=["repeat", "stuck", "no total", "no list", "no id", "no object"],
)
def test_pages_that_do_not_fit_stop_the_reading(fake, connect, pages, error):
    """Loops and foreign shapes are errors, never the end of the list."""
    fake.rest_pages = pages
    with pytest.raises(error):
        records(connect())
