"""Products from the wire: what a good record becomes, and what a hostile one does."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colophon.domain.finding import Finding, Severity
from colophon.domain.jsonl import split, to_line
from colophon.domain.product import Product, TextKind
from colophon.systems.consonance.graphql.mapping import lost_members, product_from

Row = dict[str, Any]


def text_row(number: int, html: str, *products: int, from_date: str | None = None) -> Row:
    """One marketing text; of the whole work where no products are named."""
    return {"id": number, "externalText": html, "fromDate": from_date, "productIds": list(products)}


def contribution(sequence: int, contact_id: int, name: str | None, *products: int, role: str = "A01", kind: str = "Person") -> Row:
    """One contribution of a person or organisation."""
    contact = {"id": contact_id, "__typename": kind, "name": name, "isni": None}
    return {"sequenceNumber": sequence, "productIds": list(products), "onixContributorRoleCode": role, "contributor": contact}


def price_row(number: int, amount: Decimal | float | str | None) -> Row:
    """A retail price in pounds, tax included."""
    return {
        "id": number,
        "amount": amount,
        "currencyCode": "GBP",
        "onixPriceTypeCode": "_02",
        "onixPriceTypeQualifierCode": "_05",
        "effectiveFrom": None,
        "effectiveTo": "2026-12-31",
    }


def product_row(number: int = 12, **changes: object) -> Row:
    """A whole product, fit to be sold; `changes` replace members (of the work by `work={…}`, as a whole)."""
    row: Row = {
        "id": number,
        "__typename": "PhysicalBookProduct",
        "isbn": {"isbn13": "9781234567897"},
        "fullTitle": "The Salt Road",
        "titlePrefix": "The",
        "titleWithoutPrefix": "Salt Road",
        "subtitle": "A journey",
        "publicationDate": "2026-05-01",
        "plannedPublicationDate": "2026-04-20",
        "allowOnixExports": True,
        "onix21ProductFormCode": "BC",
        "onixPublishingStatus": {"code": "04"},
        "onixProductAvailability": {"code": "20"},
        "prices": [price_row(1, Decimal("9.99"))],
        "forSaleCountryCodes": ["GB", "IE"],
        "notForSaleCountryCodes": ["US"],
        "isForSaleWorldwide": False,
        "contributions": [contribution(1, 31, "Ann Author")],
        "short": [text_row(1, "<p>Short</p>")],
        "main": [text_row(2, "<p>Long <b>text</b></p>", from_date="2026-01-01")],
        "reviews": [],
        "biographies": [],
        "contentLanguages": [{"onixLanguageRoleCode": "01", "onixLanguageCode": "eng"}],
        "approximatePageCount": 320,
        "productHeight": Decimal("198.5"),
        "productWidth": 129,
        "productThickness": None,
        "work": work_part(),
    }
    return row | changes


def work_part(**changes: object) -> Row:
    """What a product's query asks of its work."""
    row: Row = {
        "id": 9,
        "projectStage": "published",
        "season": "Spring 2026",
        "editionNumber": 2,
        "editionStatement": "Second edition",
        "imprint": {"id": 3, "name": "Quay Books"},
        "seriesMemberships": [
            {"partNumber": "0.5", "series": {"id": 5, "name": "Roads", "printIssn": "1234-5679", "onlineIssn": "2049-3630"}}
        ],
        "supportingResources": [cover(7)],
        "themas": [{"code": "FBA", "main": True}],
        "bisacs": [{"code": "FIC000000", "main": None}],
        "bics": [],
        "products": [
            {"id": 12, "isbn": {"isbn13": "9781234567897"}},
            {"id": 13, "isbn": {"isbn13": "978-1-234567-80-3"}},
            {"id": 14, "isbn": None},
        ],
    }
    return row | changes


def cover(number: int, *products: int, status: str | None = "APPROVED", url: str | None = "https://images.example/c.jpg") -> Row:
    """A front cover."""
    return {"id": number, "url": url, "caption": None, "productIds": list(products), "status": status, "resourceVariant": "FRONT_COVER"}


def product(**changes: object) -> Product:
    """The product that a changed record becomes; the test fails if it is unreadable."""
    made = product_from(product_row(**changes))
    assert isinstance(made, Product), made
    return made


def finding(**changes: object) -> Finding:
    """The finding that a changed record becomes."""
    made = product_from(product_row(**changes))
    assert isinstance(made, Finding), made
    return made


def test_every_member_finds_its_place():
    """A complete record loses nothing."""
    made = product()
    assert made.isbn13 == "9781234567897"
    assert (made.id, made.work_id, made.kind) == (12, 9, "PhysicalBookProduct")
    assert (made.title, made.title_prefix, made.title_without_prefix, made.subtitle) == ("The Salt Road", "The", "Salt Road", "A journey")
    assert (made.imprint, made.imprint_id) == ("Quay Books", 3)
    assert (made.form_code, made.publishing_status, made.availability) == ("BC", "04", "20")
    assert (made.publication_on, made.planned_publication_on) == (date(2026, 5, 1), date(2026, 4, 20))
    assert (made.edition_number, made.edition_statement, made.season, made.project_stage) == (
        2,
        "Second edition",
        "Spring 2026",
        "published",
    )
    assert (made.pages, made.height_mm, made.width_mm, made.thickness_mm) == (320, Decimal("198.5"), Decimal(129), None)
    assert (made.for_sale, made.not_for_sale, made.is_for_sale_worldwide) == (("GB", "IE"), ("US",), False)
    assert made.prices[0].model_dump() == {
        "id": 1, "amount": Decimal("9.99"), "currency": "GBP", "type_code": "02", "qualifier": "05", "from_on": None, "until_on": date(2026, 12, 31),
    }  # fmt: skip
    assert [(t.kind, t.from_on) for t in made.texts] == [(TextKind.SHORT, None), (TextKind.MAIN, date(2026, 1, 1))]
    assert [(s.scheme, s.code, s.is_main) for s in made.subjects] == [("THEMA", "FBA", True), ("BISAC", "FIC000000", False)]
    assert [(s.title, s.part_number, s.issn) for s in made.series] == [("Roads", "0.5", "1234-5679")]
    assert [(r.product_id, r.isbn13) for r in made.related] == [(13, "9781234567803")]
    assert [(r.kind, r.is_approved) for r in made.resources] == [("front_cover", True)]


def test_a_record_with_nothing_but_ids_and_a_title_is_readable():
    """Every member but the id may be null or absent; absent is None or empty, and nothing may be exported."""
    made = product_from({"id": 1, "fullTitle": "T", "work": {"id": 2}})
    assert made == Product(id=1, kind="", work_id=2, title="T")
    nulls = dict.fromkeys(product_row()) | {"id": 1, "fullTitle": "T", "work": dict.fromkeys(work_part()) | {"id": 2}}
    assert product_from(nulls) == made


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"fullTitle": None, "titleWithoutPrefix": None}, "fullTitle"),
        ({"fullTitle": 5}, "fullTitle"),
        ({"isbn": "9781234567897"}, "isbn"),
        ({"isbn": {"isbn13": 9781234567897}}, "isbn.isbn13"),
        ({"publicationDate": "01/05/2026"}, "publicationDate"),
        ({"publicationDate": "2026-02-30"}, "publicationDate"),
        ({"publicationDate": "2026-05-01T00:00:00Z"}, "publicationDate"),
        ({"allowOnixExports": "yes"}, "allowOnixExports"),
        ({"onixPublishingStatus": "_04"}, "onixPublishingStatus"),
        ({"prices": {}}, "prices"),
        ({"prices": [None]}, "prices[0]"),
        ({"prices": [price_row(1, Decimal(1)), price_row(2, None)]}, "prices[1].amount"),
        ({"forSaleCountryCodes": ["GB", None]}, "forSaleCountryCodes"),
        ({"forSaleCountryCodes": "GB"}, "forSaleCountryCodes"),
        ({"approximatePageCount": Decimal("320.5")}, "approximatePageCount"),
        ({"approximatePageCount": True}, "approximatePageCount"),
        ({"work": None}, "work.id"),
        ({"work": work_part(themas=[{"code": None, "main": True}])}, "work.themas[0].code"),
        ({"work": work_part(seriesMemberships=[{"partNumber": "1", "series": None}])}, "work.seriesMemberships[0].series.id"),
        ({"short": [text_row(1, "a"), {"id": 2, "externalText": "b", "productIds": [None]}]}, "short[1].productIds"),
        ({"contributions": [contribution(1, 31, None)]}, "contributions[0].contributor.name"),
    ],
)  # fmt: skip
def test_a_member_of_the_wrong_shape_is_named(changes, field):
    """An unreadable record becomes a finding that names the member by its path."""
    made = finding(**changes)
    assert (made.rule, made.severity, made.field) == ("G7", Severity.ERROR, field)
    assert made.expected
    assert "12" in made.remedy
    assert split([to_line(made)]) == ([], [made])


def test_a_finding_names_the_product_as_the_ledger_does():
    """By ISBN where there is one that can be read, else by row id; with the imprint for sorting."""
    assert finding(prices=7).subject == "isbn:9781234567897"
    assert finding(prices=7).imprint == "Quay Books"
    assert finding(prices=7, isbn=None).subject == "product:12"
    assert finding(isbn=[]).subject == "product:12"
    assert finding(work="x").imprint == ""


@pytest.mark.parametrize("secret", ["Jo Private", 77_001_234])
def test_no_personal_data_in_findings(secret):
    """What was found in a contributor is not shown, whatever it is."""
    row = contribution(1, 31, "Jo Private")
    row["contributor"]["isni"] = {"private": secret}
    shown = finding(contributions=[row]).model_dump_json()
    row["contributor"]["isni"] = secret if isinstance(secret, int) else [secret]
    shown += finding(contributions=[row]).model_dump_json()
    assert str(secret) not in shown
    assert "Private" not in shown


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("9.99", "9.99"),
        ("1e1", "10"),
        ("1E+2", "100"),
        ("10", "10"),
        ("0.1", "0.1"),
        ("12.30", "12.30"),
        ("-1", "-1"),
        ("9999999999.99", "9999999999.99"),
    ],
)
def test_money_is_read_from_the_json_text(text, amount):
    """Every digit as it was written, without an exponent."""
    amount_read = json.loads(text, parse_float=Decimal)
    assert str(product(prices=[price_row(1, amount_read)]).prices[0].amount) == amount


@pytest.mark.parametrize(
    "amount",
    [9.99, "9.99", True, Decimal("1e400"), Decimal(10**10), Decimal("0.1234567"), Decimal("NaN"), Decimal("Infinity"), 10**40],
)
def test_no_float_and_no_monster_reaches_money(amount):
    """A binary fraction, a text and a number that no price has make the record unreadable."""
    assert finding(prices=[price_row(1, amount)]).field == "prices[0].amount"


@given(st.decimals(min_value=0, max_value=10**9, places=2, allow_nan=False, allow_infinity=False))
def test_amounts_survive_the_whole_way(amount):
    """Property: from JSON text to a staged line and back, an amount is the same number."""
    read = json.loads(json.dumps({"amount": "@"}).replace('"@"', str(amount)), parse_float=Decimal)["amount"]
    [again], _ = split([to_line(product(prices=[price_row(1, read)]))])
    assert again.prices[0].amount == amount


@pytest.mark.parametrize(
    ("found", "isbn"),
    [("978-1-234567-89-7", "9781234567897"), ("978 1234567897", "9781234567897"), ("No ISBN", None), ("", None), (" ", None), (None, None)],
)
def test_isbn_spellings(found, isbn):
    """Hyphens go, and no ISBN is no ISBN."""
    assert product(isbn={"isbn13": found}).isbn13 == isbn


@pytest.mark.parametrize(("found", "code"), [("_04", "04"), ("04", "04"), ("ZZ9", "ZZ9"), ("_X", "_X"), ("_", "_"), ("", None)])
def test_codes_lose_the_underscore_and_unknown_ones_are_kept(found, code):
    """A leading "_" before a digit goes; a code that no list knows is kept as text."""
    assert product(onixPublishingStatus={"code": found}, onix21ProductFormCode=found).publishing_status == code
    assert product(onix21ProductFormCode=found).form_code == code


def test_unknown_types_and_members_are_tolerated():
    """A product type of tomorrow and a member that nobody asked for do no harm."""
    assert product(__typename="HologramProduct", smell="roses").kind == "HologramProduct"


def test_title_from_its_parts():
    """Where the full title is blank, its two parts stand for it."""
    assert product(fullTitle=" ").title == "The Salt Road"
    assert product(fullTitle=None, titlePrefix=None).title == "Salt Road"


def test_html_and_scripts_of_all_directions_pass_untouched():
    """Texts are kept as they are: markup, right-to-left, combining marks, emoji."""
    html = '<p dir="rtl">שלום <b>العربية</b> e\u0301 🦉</p><script>alert(1)</script>'
    made = product(fullTitle="كتاب", short=[text_row(1, html)])
    assert made.texts[0].html == html
    assert split([to_line(made)]) == ([made], [])


def test_text_that_is_no_unicode_makes_the_record_unreadable():
    """Half a surrogate pair cannot be stored or sent."""
    made = finding(fullTitle="broken \ud800 pair")
    assert made.field == "fullTitle"
    assert to_line(made)
    assert to_line(finding(publicationDate="\ud800"))
    assert to_line(finding(prices=1, work=work_part(imprint={"id": 1, "name": "\udfff"})))


def test_a_nul_makes_the_record_unreadable():
    """PostgreSQL keeps none; the finding shows the text without it."""
    made = finding(fullTitle="broken \x00 title")
    assert (made.field, made.found) == ("fullTitle", "broken \ufffd title")


def test_texts_contributors_and_covers_of_other_products_are_left_out():
    """What lists products applies to those alone; what lists none applies to all of the work."""
    made = product(
        short=[text_row(1, "all"), text_row(2, "mine", 12, 13), text_row(3, "theirs", 13)],
        contributions=[contribution(1, 31, "All"), contribution(2, 32, "Mine", 12), contribution(3, 33, "Theirs", 13)],
        work=work_part(supportingResources=[cover(1), cover(2, 13), cover(3, 12), cover(4, url=None)]),
    )
    assert [text.html for text in made.texts if text.kind is TextKind.SHORT] == ["all", "mine"]
    assert [contributor.name for contributor in made.contributors] == ["All", "Mine"]
    assert [resource.id for resource in made.resources] == [3, 1]


def test_contributors_are_in_order_and_once_in_each_role():
    """The same person twice in one role counts once; in two roles twice."""
    rows = [contribution(3, 31, "Ann"), contribution(2, 32, "Bob"), contribution(1, 31, "Ann"), contribution(4, 31, "Ann", role="A12")]
    made = product(contributions=rows).contributors
    assert [(c.sequence, c.contact_id, c.role) for c in made] == [(1, 31, "A01"), (2, 32, "A01"), (4, 31, "A12")]


def test_organisations_are_told_from_people():
    """An organisation has no inverted name and says what it is; a blank name falls back to the type's own."""
    row = contribution(1, 40, None, kind="Organisation")
    row["contributor"]["organisationName"] = "Quay Trust"
    made = product(contributions=[row]).contributors[0]
    assert (made.name, made.name_inverted, made.is_organisation) == ("Quay Trust", None, True)


def test_unknown_exclusions_close_all_territories():
    """Where it is not known where a product may not be sold, it is for sale nowhere."""
    made = product(notForSaleCountryCodes=None, isForSaleWorldwide=True)
    assert (made.for_sale, made.not_for_sale, made.is_for_sale_worldwide) == ((), (), None)


def test_sizes_by_type():
    """Pages and minutes come from the member that the type has; zero is not nothing."""
    ebook = product_row(__typename="ElectronicBookProduct", absolutePageCount=250)
    del ebook["approximatePageCount"]
    made = product_from(ebook)
    assert isinstance(made, Product)
    assert made.pages == 250
    assert made.series[0].issn == "2049-3630"
    assert product(approximatePageCount=0).pages == 0
    assert product(durationMinutes=610).duration_minutes == 610


def test_missing_fields_travel_with_the_product():
    """What the account cannot tell is named in our words, each once."""
    lost = lost_members(["Product.contentLanguages", "ContentLanguage.onixLanguageCode", "Query.contracts", "SupportingResource.status"])
    assert lost == ("languages", "resources.is_approved")
    made = product_from(product_row(), lost)
    assert isinstance(made, Product)
    assert made.missing_fields == lost


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.decimals(allow_nan=False) | st.sampled_from(["_04", "2026-05-01"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "code", "name", "productIds", "amount", "isbn13"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(st.sampled_from(sorted(set(product_row()) - {"id"})), anything)
def test_no_record_breaks_the_batch(member, value):
    """Property: whatever stands in a member, the record becomes a product or a finding, and either can be staged."""
    made = product_from(product_row(**{member: value}))
    products, findings = split([to_line(made)])
    assert [*products, *findings] == [made]


@given(st.sampled_from(sorted(set(work_part()) - {"id"})), anything)
def test_no_work_breaks_the_batch(member, value):
    """Property: the same for the work's members."""
    made = product_from(product_row(work=work_part(**{member: value})))
    products, findings = split([to_line(made)])
    assert [*products, *findings] == [made]
