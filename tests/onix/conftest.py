"""Products that tell, profiles and a publisher of our own."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from colophon.config import Publisher, TaxRate
from colophon.config.files import SHIPPED
from colophon.config.load import load_config
from colophon.domain.product import (
    Contributor,
    Language,
    Price,
    Product,
    RelatedProduct,
    Resource,
    Series,
    Subject,
    Text,
    TextKind,
)
from colophon.onix.profile import Profile


@pytest.fixture(scope="session")
def profiles() -> dict[str, Profile]:
    """The recipients that ship with the package."""
    return load_config(SHIPPED).recipients


@pytest.fixture(scope="session")
def plain(profiles: dict[str, Profile]) -> Profile:
    """The recipient that wants nothing special."""
    return profiles["retailer-plain"]


@pytest.fixture
def as_of() -> datetime:
    """The day of the tests."""
    return datetime(2026, 6, 1, 2, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def publisher() -> Publisher:
    """An invented publisher with British and German VAT."""
    long_ago = date(2019, 12, 18)
    return Publisher(
        name="Larkspur & Vale",
        sender_name="Larkspur & Vale",
        sender_gln="5030670000005",
        contact_name="Metadata desk",
        contact_email="metadata@larkspur-vale.example",
        record_domain="larkspur-vale.example",
        country="GB",
        supplier_name="Larkspur & Vale Distribution",
        supplier_gln="5030670000012",
        taxes=(
            TaxRate(country="GB", currency="GBP", digital=False, rate_code="Z", percent=Decimal(0), from_on=long_ago),
            TaxRate(country="GB", currency="GBP", digital=True, rate_code="S", percent=Decimal(20), from_on=long_ago),
            TaxRate(country="GB", currency="GBP", digital=True, rate_code="Z", percent=Decimal(0), from_on=date(2020, 5, 1)),
            TaxRate(country="DE", currency="EUR", digital=False, rate_code="R", percent=Decimal(7), from_on=long_ago),
            TaxRate(country="DE", currency="EUR", digital=True, rate_code="R", percent=Decimal(7), from_on=long_ago),
        ),
    )


def price(number: int, amount: str, currency: str, type_code: str = "02", **more: object) -> Price:
    """One consumer price."""
    return Price.model_validate({"id": number, "amount": amount, "currency": currency, "type_code": type_code, "qualifier": "05", **more})


@pytest.fixture(scope="session")
def hardback() -> Product:
    """A backlist hardback with everything, for sale in the world without the United States and Canada."""
    return Product(
        id=101,
        kind="PhysicalBookProduct",
        work_id=11,
        isbn13="9781999000011",
        title="The Salt Road",
        title_prefix="The",
        title_without_prefix="Salt Road",
        subtitle="A Journey in Nine Tides",
        imprint="Larkspur",
        form_code="BB",
        publishing_status="04",
        availability="21",
        publication_on=date(2025, 9, 4),
        allow_onix_exports=True,
        edition_number=2,
        edition_statement="Second, revised edition",
        contributors=(
            Contributor(contact_id=1, sequence=1, role="A01", name="Ana Quill", name_inverted="Quill, Ana", isni="0000 0001 2103 2683"),
            Contributor(contact_id=2, sequence=2, role="A12", name="Brook & Daughters", is_organisation=True),
        ),
        prices=(
            price(1, "20", "GBP", until_on=date(2026, 5, 31)),
            price(2, "22.00", "GBP", from_on=date(2026, 6, 1)),
            price(3, "25.9", "EUR"),
            price(4, "30", "USD", "01"),
        ),
        texts=(
            Text(id=1, kind=TextKind.SHORT, html="<p>Salt &amp; silence, <em>walked</em>.</p>"),
            Text(
                id=2,
                kind=TextKind.MAIN,
                html="<h2>Nine tides</h2><p>One <b>road<p>goes</b> on.<ul>first<li>second</ul><script>x()</script>",
            ),
            Text(id=3, kind=TextKind.REVIEW, html="&ldquo;A quiet marvel.&rdquo;<br>The Tide"),
            Text(id=4, kind=TextKind.BIOGRAPHICAL_NOTE, html="<p>Ana Quill lives by the sea.</p>", from_on=date(2026, 8, 1)),
        ),
        subjects=(
            Subject(scheme="BISAC", code="TRV010000", is_main=True),
            Subject(scheme="THEMA", code="WTL", is_main=True),
            Subject(scheme="THEMA", code="1DDU"),
            Subject(scheme="BIC", code="WTL", is_main=True),
        ),
        series=(Series(series_id=5, title="Walks of the Coast", part_number="2.1", issn="2049-3630"),),
        resources=(
            Resource(id=1, url="https://covers.example/101-draft.jpg", kind="front_cover", is_approved=False),
            Resource(id=2, url="https://covers.example/101 final.jpg?a=1&b=2", kind="front_cover", is_approved=True),
        ),
        languages=(Language(role="01", code="eng"), Language(role="02", code="glg")),
        related=(RelatedProduct(product_id=102, isbn13="9781999000028", form_code="DG", publishing_status="04", allow_onix_exports=True),),
        not_for_sale=("US", "CA"),
        is_for_sale_worldwide=True,
        pages=312,
        height_mm=Decimal(216),
        width_mm=Decimal(138),
        thickness_mm=Decimal("26.5"),
    )


@pytest.fixture(scope="session")
def ebook() -> Product:
    """A free e-book for the whole world."""
    return Product(
        id=102,
        kind="ElectronicBookProduct",
        work_id=11,
        isbn13="9781999000028",
        title="The Salt Road",
        title_prefix="The",
        title_without_prefix="Salt Road",
        imprint="Larkspur",
        form_code="DG",
        publishing_status="07",
        publication_on=date(2025, 9, 4),
        allow_onix_exports=True,
        contributors=(Contributor(contact_id=1, sequence=1, role="A01", name="Ana Quill", name_inverted="Quill, Ana"),),
        prices=(price(5, "0", "GBP"), price(6, "0.0", "EUR")),
        texts=(Text(id=5, kind=TextKind.MAIN, html="<p>Free for ever.</p>"),),
        subjects=(Subject(scheme="THEMA", code="WTL", is_main=True),),
        languages=(Language(role="01", code="eng"),),
        for_sale=("WORLD",),
        pages=312,
    )


@pytest.fixture(scope="session")
def audiobook() -> Product:
    """A forthcoming audiobook for children, for sale in a few countries, with yen."""
    return Product(
        id=103,
        kind="ElectronicAudioProduct",
        work_id=12,
        isbn13="9781999000035",
        title="Owl Post",
        title_without_prefix="Owl Post",
        imprint="Vale Young",
        form_code="AJ",
        publishing_status="02",
        publication_on=date(2026, 10, 1),
        allow_onix_exports=True,
        contributors=(Contributor(contact_id=3, sequence=1, role="E07", name="Sam Reeve", name_inverted="Reeve, Sam"),),
        prices=(price(7, "11.99", "GBP"), price(8, "1200", "JPY", "01")),
        texts=(Text(id=6, kind=TextKind.SHORT, html="Owls & letters"), Text(id=7, kind=TextKind.MAIN, html="<p>Hoot.</p>")),
        subjects=(Subject(scheme="THEMA", code="YFB", is_main=True), Subject(scheme="BISAC", code="JUV002040", is_main=True)),
        series=(Series(series_id=6, title="Owl Tales", part_number="0.5"),),
        languages=(Language(role="01", code="eng"),),
        for_sale=("GB", "IE", "JP", "GB-SCT"),
        not_for_sale=("ROW",),
        duration_minutes=95,
    )


@pytest.fixture(scope="session")
def undated() -> Product:
    """A forthcoming paperback without date, contributor, price or cover."""
    return Product(
        id=104,
        kind="PhysicalBookProduct",
        work_id=13,
        isbn13="9781999000042",
        title="Untitled Essays",
        imprint="Larkspur",
        form_code="BC",
        publishing_status="02",
        allow_onix_exports=True,
        for_sale=("WORLD",),
    )


@pytest.fixture(scope="session")
def cancelled() -> Product:
    """A cancelled calendar."""
    return Product(
        id=105,
        kind="PhysicalProduct",
        work_id=14,
        isbn13="9781999000059",
        title="Tide Calendar 2027",
        title_without_prefix="Tide Calendar 2027",
        imprint="Vale",
        form_code="PC",
        publishing_status="01",
        allow_onix_exports=True,
        prices=(price(9, "12.99", "GBP"),),
        for_sale=("GB", "IE"),
    )


@pytest.fixture(scope="session")
def hostile() -> Product:
    """A paperback that tries everything: right to left, control characters, markup in names, an unknown country."""
    return Product(
        id=106,
        kind="PhysicalBookProduct",
        work_id=15,
        isbn13="9781999000066",
        title="\u202bטעם <b>המלח</b>\u202c & \x10more\n  \U0001f30a",
        imprint="Lark\"spur's <Imprint>",
        form_code="BC",
        publishing_status="04",
        publication_on=date(2024, 2, 29),
        allow_onix_exports=True,
        edition_number=0,
        contributors=(
            Contributor(contact_id=7, sequence=1, role="A01", name="\x0b \u2028"),
            Contributor(contact_id=8, sequence=2, role="A01", name="O'Neill\tPat]]>", name_inverted=""),
        ),
        prices=(price(10, "9.999", "GBP"), price(11, "8.50", "GBP", "01", from_on=date(2026, 7, 1))),
        texts=(
            Text(id=8, kind=TextKind.MAIN, html="<ul><ul><li>deep</ul></ul><li>stray<b><i>x</b>y</i>&nbsp;&copy;\x00<p></p><td>cell"),
            Text(id=9, kind=TextKind.SHORT, html="<p> </p>"),
        ),
        subjects=(Subject(scheme="THEMA", code=" "), Subject(scheme="WGS", code="110")),
        resources=(Resource(id=3, url="javascript:alert(1)", kind="front_cover", is_approved=True),),
        for_sale=("GB", "UK"),
        pages=-1,
        height_mm=Decimal(0),
    )


@pytest.fixture(scope="session")
def products(
    hardback: Product, ebook: Product, audiobook: Product, undated: Product, cancelled: Product, hostile: Product
) -> list[Product]:
    """All of them."""
    return [hardback, ebook, audiobook, undated, cancelled, hostile]
