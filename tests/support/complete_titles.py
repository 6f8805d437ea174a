"""Three products of which everything is known, and a publisher who says the rest: together they write every element that we write."""

from datetime import date
from decimal import Decimal

from colophon.config import Publisher
from colophon.domain.product import Contributor, Product
from colophon.domain.supplement import (
    Coded,
    Constraint,
    Contact,
    Details,
    Extra,
    File,
    Part,
    Prize,
    Relation,
    Restriction,
    Supplement,
    Unnamed,
)


def said(**codes: str) -> tuple[Coded, ...]:
    """Codes with their texts: `c10="eu"`."""
    return tuple(Coded(code=code.removeprefix("c"), text=text or None) for code, text in codes.items())


EUROPE = Contact(
    name="Larkspur & Vale Europe",
    gln="5030670000036",
    person="Product safety",
    telephone="+353 1 555 0100",
    email="safety@larkspur-vale.example",
    website="https://larkspur-vale.example/safety",
    street="8 Quay Court",
    city="Dublin",
    postcode="D02 XX00",
    country="IE",
)
DETAILS = Details(
    contacts={"eu": EUROPE, "desk": Contact(name="Larkspur & Vale", email="access@larkspur-vale.example")},
    defaults=Supplement(
        contacts=said(c10="eu", c01="desk"), manufacturer="eu", subject_versions=said(c93="1.6", c10="2025"), city="Bristol",
        accessibility=said(c75=""), form_details=("E101",),
    ),
    imprints={"Vale Young": Supplement(audiences=said(c01="02"), city="Bath")},
)  # fmt: skip
OF_PRINT = Supplement(
    isbn13="9781999000011",
    origin="supplement.csv, row 2",
    form_details=("B401", "B504"),
    form_features=said(c12="07"),
    form_description="With a map",
    packaging="05",
    trade_category="01",
    content_types=("10", "12"),
    country_of_manufacture="GB",
    classifications=said(c03="49019900"),
    barcodes=("03",),
    parts=(Part(form="BB", isbn13="9781999000073", detail="B401"), Part(form="PB", copies=2)),
    keywords=("tides", "coast walks", "tides", "salt"),
    audiences=said(c01="01", c22="00"),
    age_from=12,
    age_to=15,
    reading_age_from=11,
    weight_gr=Decimal(412),
    extents=(Extra(extent_type="04", value="16", unit="03"),),
    illustrations=12,
    illustrations_note="12 drawings by the author",
    edition_types=("REV",),
    contributor_places=said(c1="GB"),
    contributor_links=said(c1="https://ana-quill.example"),
    parent_series="Walks",
    related_works=(Relation(relation="04", id_type="01", value="17"),),
    related_products=(Relation(relation="03", id_type="15", value="9781999000080"),),
    files=(
        File(
            content="01",
            mode="03",
            form="02",
            link="https://covers.example/101 final.jpg?a=1&b=2",
            height=2400,
            width=1600,
            credit="Ann Ray",
        ),
        File(content="15", mode="04", form="02", link="https://samples.example/101.pdf", from_on=date(2026, 7, 1)),
    ),
    prizes=(Prize(name="The Tide Prize", year="2025", country="GB", code="04"),),
    restrictions=(Restriction(code="04", outlet="Tideline Books", note="With signed plate"),),
    copyright_year="2025",
    copyright_owner="Ana Quill",
)
OF_EBOOK = Supplement(
    isbn13="9781999000028",
    origin="supplement.csv, row 3",
    accessibility=said(c04="", c13="", c94="https://larkspur-vale.example/accessibility", c91="20260501"),
    form_details=("E101", "E200"),
    protections=("02",),
    constraints=(Constraint(usage="03", status="02", quantity=Decimal(10), unit="05"), Constraint(usage="05", status="01")),
    price_constraints=(Constraint(usage="06", status="02", quantity=Decimal(26), unit="09"),),
    license_name="CC BY 4.0",
    license_link="https://creativecommons.org/licenses/by/4.0/",
)
OF_AUDIO = Supplement(
    isbn13="9781999000035",
    origin="supplement.csv, row 4",
    form_details=("A103",),
    extents=(Extra(extent_type="09", value="0013500", unit="16"),),
    unnamed=(Unnamed(sequence=2, code="06"),),
)


TRANSLATOR = Contributor(contact_id=6, sequence=3, role="B06", name="Ida Vale", name_inverted="Vale, Ida")


def published_by(publisher: Publisher) -> Publisher:
    """The publisher with contacts and defaults."""
    return publisher.model_copy(update={"details": DETAILS})


def complete(hardback: Product, ebook: Product, audiobook: Product) -> list[Product]:
    """The three with their supplements, and people of all kinds."""
    people = (
        Contributor(contact_id=3, sequence=1, role="A01", name="Ludwig van der Reeve, Jr", name_inverted="Reeve, Ludwig van der, Jr"),
        Contributor(contact_id=4, sequence=2, role="E07", name="Nora (voice)"),
        Contributor(contact_id=5, sequence=3, role="B01", name="Various"),
    )
    return [
        hardback.model_copy(
            update={
                "supplement": OF_PRINT,
                "contributors": (*hardback.contributors, TRANSLATOR),
                "contributor_statement": "Ana Quill, drawn by Brook & Daughters",
            }
        ),
        ebook.model_copy(update={"supplement": OF_EBOOK}),
        audiobook.model_copy(update={"supplement": OF_AUDIO, "contributors": people}),
    ]
