"""What a record says beyond Consonance: accessibility, safety, people without names, kin that may be known, and where it all comes from."""

from datetime import datetime

import pytest
from complete_titles import OF_EBOOK, OF_PRINT, complete, published_by, said

from colophon.config import Publisher
from colophon.config.load import load_config
from colophon.domain.product import Contributor, Product, RelatedProduct, Subject
from colophon.domain.supplement import Coded, Restriction, Supplement
from colophon.onix.build import build
from colophon.onix.codelist_file import load_code_lists
from colophon.onix.names import name_parts, unnamed
from colophon.onix.prior import Prior
from colophon.onix.profile import Profile
from colophon.onix.record import OnixProduct
from colophon.onix.record_details import ACCESSIBILITY, NameParts
from colophon.onix.validate import Validator
from colophon.onix.write import product_xml
from colophon.quality.judge import judge


@pytest.fixture(scope="module")
def told(hardback: Product, ebook: Product, audiobook: Product) -> list[Product]:
    """The three of which everything is known."""
    return complete(hardback, ebook, audiobook)


@pytest.mark.parametrize("release", ["3.0", "3.1"])
@pytest.mark.parametrize("tags", ["reference", "short"])
def test_every_element_is_valid(
    release: str, tags: str, told: list[Product], plain: Profile, publisher: Publisher, as_of: datetime
) -> None:
    """By EDItEUR's schema of either release, in either kind of tags."""
    profile = plain.model_copy(update={"release": release, "tags": tags})
    records = [build(product, profile, published_by(publisher), as_of=as_of, prior=Prior(cover_dates={})) for product in told]
    assert [Validator(release, tags).check(product_xml(record, profile)) for record in records] == [[], [], []]
    assert [record.omissions for record in records] == [[], [], []]


def made(product: Product, profile: Profile, publisher: Publisher, as_of: datetime, **changes: object) -> OnixProduct:
    """The record of a changed product, by the publisher who says the rest."""
    return build(product.model_copy(update=changes), profile, published_by(publisher), as_of=as_of)


def test_an_ebook_says_how_accessible_it_is(
    ebook: Product, hardback: Product, audiobook: Product, plain: Profile, publisher: Publisher, as_of: datetime
) -> None:
    """What the supplement says, else the exemption from the European Accessibility Act that holds for all; nothing of print."""

    def codes(product: Product, supplement: Supplement | None) -> list[tuple[str | None, str | None]]:
        record = made(product, plain, publisher, as_of, supplement=supplement)
        return [(value, words) for kind, value, words in record.form_features if kind == ACCESSIBILITY]

    link = "https://larkspur-vale.example/accessibility"
    assert codes(ebook, OF_EBOOK) == [("04", None), ("13", None), ("94", link), ("91", "20260501")]
    assert codes(ebook, None) == [("75", None)]
    assert codes(hardback, Supplement(accessibility=said(c13=""))) == []
    assert codes(audiobook, None) == []
    assert codes(audiobook, Supplement(accessibility=said(c13=""))) == [("13", None)]


def test_goods_for_the_european_union_have_a_safety_contact(
    hardback: Product, ebook: Product, plain: Profile, publisher: Publisher, as_of: datetime
) -> None:
    """A printed book that goes there names contact and manufacturer; one that stays away, and an e-book, do not."""

    def roles(product: Product, **changes: object) -> list[str]:
        record = made(product, plain, publisher, as_of, **changes)
        return [contact.role for contact in record.contacts] + (["19"] if record.manufacturer else [])

    assert roles(hardback) == ["10", "19"]
    assert roles(hardback, is_for_sale_worldwide=False, for_sale=("GB", "US"), not_for_sale=()) == []
    assert roles(ebook) == ["01"]
    at_home = plain.model_copy(update={"market": ("GB",)})
    assert build(hardback, at_home, published_by(publisher), as_of=as_of).contacts == []


def test_the_address_of_a_contact_is_written_where_there_is_a_place_for_it(
    hardback: Product, plain: Profile, publisher: Publisher, as_of: datetime
) -> None:
    """ONIX 3.1 takes it, 3.0 only name and ways to reach."""
    record = made(hardback, plain, publisher, as_of)
    assert b"<StreetAddress>8 Quay Court</StreetAddress>" in product_xml(record, plain)
    older = product_xml(record, plain.model_copy(update={"release": "3.0"}))
    assert b"<EmailAddress>safety@larkspur-vale.example</EmailAddress>" in older
    assert b"StreetAddress" not in older


def test_a_contact_that_nobody_described_is_told(hardback: Product, plain: Profile, publisher: Publisher, as_of: datetime) -> None:
    """A row of the supplement names one that publisher.yaml does not have."""
    record = made(hardback, plain, publisher, as_of, supplement=Supplement(contacts=said(c10="uk")))
    assert [(omission.rule, omission.field, omission.found) for omission in record.omissions] == [("U1", "contacts", "uk")]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Various", "04"), ("Various Authors", "04"), ("verschiedene Autoren", "04"), ("Divers", "04"), ("AA.VV.", "04"),
        ("Anonymous", "02"), ("anon.", "02"), ("Anonyme", "02"), ("Unknown", "01"), ("unbekannt", "01"), ("et al.", "03"),
        ("Synthesised voice \u2013 male", "05"), ("Synthesised voice (female)", "06"), ("synthesized voice", "07"), ("AI Narrator", "07"),
        ("Synthesised voice (based on a real voice actor)", "08"), ("Artificial intelligence", "09"), ("AI", "09"),
        ("Ana Quill", None), ("Ai Weiwei", None), ("Ai", None), ("Anon Chaudhry", None), ("Various Artists Ltd", None), ("TBC", None), ("Digital Voices", None),
    ],
)  # fmt: skip
def test_nobody_is_unnamed(name: str, code: str | None) -> None:
    """What people type, and what an import writes, where nobody has a name; a name that only looks so stays one."""
    assert unnamed(name) == code


def test_a_machine_that_reads_aloud_is_no_person(audiobook: Product, plain: Profile, publisher: Publisher, as_of: datetime) -> None:
    """A narrator without a name is written as such, and no shop makes a page of it."""
    people = (
        Contributor(contact_id=1, sequence=1, role="A01", name="Ana Quill"),
        Contributor(contact_id=9, sequence=2, role="E07", name="Synthesised voice \u2013 male"),
    )
    written = product_xml(made(audiobook, plain, publisher, as_of, contributors=people), plain)
    assert b"<ContributorRole>E07</ContributorRole>\n<UnnamedPersons>05</UnnamedPersons>" in written
    assert b"Synthesised" not in written


@pytest.mark.parametrize(
    ("name", "inverted", "key", "parts"),
    [
        ("Ana Quill", "Quill, Ana", None, NameParts("Quill", "Ana")),
        ("Ludwig van Beethoven", "Beethoven, Ludwig van", None, NameParts("Beethoven", "Ludwig", "van")),
        ("Martin Luther King, Jr.", "King, Martin Luther, Jr.", None, NameParts("King", "Martin Luther", "", "Jr.")),
        ("Voltaire", "Voltaire", None, NameParts("Voltaire")),
        ("Ana Quill", None, "Quill", NameParts("Quill", "Ana")),
        ("Ana Quill", None, None, None),
        ("Ana Quill", "Quill, Anna", None, None),
        ("\u6751\u4e0a\u6625\u6a39", "\u6751\u4e0a, \u6625\u6a39", None, None),
    ],
)
def test_the_parts_of_a_name(name: str, inverted: str | None, key: str | None, parts: NameParts | None) -> None:
    """They are told by the inverted name or the key, where these give the name again; nothing is guessed."""
    assert name_parts(name, inverted, key) == parts


def test_what_must_not_be_known_is_not_named(hardback: Product, plain: Profile, publisher: Publisher, as_of: datetime) -> None:
    """Another format with exports off, without status or cancelled stands in no record; not as the supplement's relation either."""

    def named(**changes: object) -> list[str]:
        other = RelatedProduct(product_id=102, isbn13="9781999000028", publishing_status="04", allow_onix_exports=True)
        record = made(hardback, plain, publisher, as_of, related=(other.model_copy(update=changes),), supplement=supplement)
        return [product.identifiers[-1].value for product in record.related_products]

    supplement: Supplement | None = None
    assert named() == ["9781999000028"]
    hidden: list[dict[str, object]] = [{"allow_onix_exports": False}, *({"publishing_status": status} for status in (None, "00", "01"))]
    assert [named(**changes) for changes in hidden] == [[]] * 4
    supplement = OF_PRINT.model_copy(update={"related_products": OF_PRINT.related_products[:1]})
    supplement = supplement.model_copy(
        update={"related_products": (supplement.related_products[0].model_copy(update={"value": "9781999000028"}),)}
    )
    assert [named(**changes) for changes in hidden] == [[]] * 4


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (("5AG",), ("17", "6", None)),
        (("5AK", "5AH"), ("17", "7", None)),
        (("5AB",), ("17", "0", "2")),
        (("5AQ",), ("17", "14", None)),
        (("5ABD",), ("16", "6", None)),
        (("5AX",), None),
    ],
)
def test_interest_age_by_thema(
    codes: tuple[str, ...], expected: tuple[str, ...] | None, audiobook: Product, plain: Profile, publisher: Publisher, as_of: datetime
) -> None:
    """The youngest age that a qualifier names; of two the lower one."""
    subjects = (Subject(scheme="THEMA", code="YFB", is_main=True), *(Subject(scheme="THEMA", code=code) for code in codes))
    ranges = made(audiobook, plain, publisher, as_of, subjects=subjects).audience_ranges
    assert [(span.qualifier, span.value_from, span.value_to) for span in ranges] == ([expected] if expected else [])


def test_keywords_are_one_string(hardback: Product, plain: Profile, publisher: Publisher, as_of: datetime) -> None:
    """Scheme 20, each word once, with semicolons; codes have the version of their scheme."""
    written = product_xml(made(hardback, plain, publisher, as_of, supplement=OF_PRINT), plain).decode()
    assert (
        "<SubjectSchemeIdentifier>20</SubjectSchemeIdentifier>\n<SubjectHeadingText>tides; coast walks; salt</SubjectHeadingText>"
        in written
    )
    assert "<SubjectSchemeIdentifier>94</SubjectSchemeIdentifier>\n<SubjectSchemeVersion>1.6</SubjectSchemeVersion>" in written


def test_a_toy_has_a_gtin_and_no_isbn(cancelled: Product, plain: Profile, publisher: Publisher, as_of: datetime) -> None:
    """From the supplement, or where Consonance's ISBN holds a GTIN; a mistyped ISBN stays one, for the rule to find."""
    ids = [
        [(entry.id_type, entry.value) for entry in made(cancelled, plain, publisher, as_of, **changes).identifiers if entry.id_type != "01"]
        for changes in (
            {"isbn13": None, "supplement": Supplement(product_id=105, gtin13="5012345678900")},
            {"isbn13": "5012345678900"},
            {"isbn13": "9781999000012"},
        )
    ]
    assert ids == [[("03", "5012345678900")], [("03", "5012345678900")], [("03", "9781999000012"), ("15", "9781999000012")]]


def test_each_value_says_where_it_comes_from(audiobook: Product, plain: Profile, publisher: Publisher, as_of: datetime) -> None:
    """The row before the imprint's default before the publisher's."""
    row = Supplement(isbn13=audiobook.isbn13, origin="supplement.csv, row 7", keywords=("owls",))
    record = made(audiobook, plain, publisher, as_of, supplement=row)
    assert record.city_of_publication == "Bath"
    assert {field: record.origins[field] for field in ("keywords", "city", "contacts")} == {
        "keywords": "supplement.csv, row 7",
        "city": "publisher.yaml details.imprints.Vale Young",
        "contacts": "publisher.yaml details.defaults",
    }


def test_a_default_is_for_the_forms_that_it_fits(
    hardback: Product, ebook: Product, plain: Profile, publisher: Publisher, as_of: datetime
) -> None:
    """EPUB as everybody's form detail is not one of a hardback; said of a hardback it stays, for the rule to find."""
    assert made(ebook, plain, publisher, as_of).product_form_details == ["E101"]
    assert made(hardback, plain, publisher, as_of).product_form_details == []
    assert made(hardback, plain, publisher, as_of, supplement=Supplement(form_details=("E101",))).product_form_details == ["E101"]


def test_a_set_says_what_is_in_it(hardback: Product, plain: Profile, publisher: Publisher, as_of: datetime) -> None:
    """Parts from the supplement, and the composition of a set."""
    record = made(hardback, plain, publisher, as_of, form_code="WW", supplement=OF_PRINT)
    assert (record.product_form, record.product_composition, len(record.product_parts)) == ("SA", "10", 2)
    assert Validator(plain.release, plain.tags).check(product_xml(record, plain)) == []


def test_a_cover_says_how_large_it_is(hardback: Product, plain: Profile, publisher: Publisher, as_of: datetime) -> None:
    """Pixels from the supplement's row with the cover's own link; other files follow, each with the day that it first went out."""
    record = build(
        hardback.model_copy(update={"supplement": OF_PRINT}), plain, published_by(publisher), as_of=as_of, prior=Prior(cover_dates={})
    )
    cover, sample = record.resources
    assert cover.facts is not None
    assert (cover.facts.file_format, cover.facts.height, cover.facts.width, cover.facts.credit) == ("D502", 2400, 1600, "Ann Ray")
    assert (sample.content_type, sample.link, sample.changed_on) == ("15", "https://samples.example/101.pdf", as_of.date())


def test_a_code_with_text_is_no_code(hardback: Product) -> None:
    """A typo in a field's name is an error, and no lost fact."""
    with pytest.raises(ValueError, match="acessibility"):
        Supplement.model_validate({"acessibility": [Coded(code="13")]})


@pytest.mark.parametrize(
    ("field", "row"),
    [
        ("ProductFormFeatureValue", Supplement(accessibility=said(c07=""))),
        ("EpubTechnicalProtection", Supplement(protections=("77",))),
        ("ProductFormDetail", Supplement(form_details=("E999",))),
        ("SalesRestrictionType", Supplement(restrictions=(Restriction(code="77"),))),
    ],
)
def test_a_code_that_nobody_knows_is_found_by_its_rule(
    field: str, row: Supplement, ebook: Product, plain: Profile, publisher: Publisher, as_of: datetime
) -> None:
    """What somebody typed into the supplement keeps the title back, with the element's name and its list."""
    product = ebook.model_copy(update={"supplement": row})
    record = build(product, plain, published_by(publisher), as_of=as_of)
    found = judge(record, product, plain, on=as_of.date(), lists=load_code_lists(), prior=Prior(), owners=load_config().owners)
    assert field in {finding.field for finding in found if finding.rule == "U1"}
