"""Writing: hostile text, both tag styles, both releases, messages and headers."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from colophon.config import Publisher
from colophon.domain.product import Contributor, Language, Price, Product, RelatedProduct, Resource, Series, Subject, Text, TextKind
from colophon.errors import BadRecordError
from colophon.onix.build import build
from colophon.onix.prior import Prior
from colophon.onix.profile import Profile
from colophon.onix.record import AudienceRange, OnixProduct, ProductPart
from colophon.onix.record_parts import Identifier
from colophon.onix.record_sales import Supplier, Territory
from colophon.onix.tags import short_names
from colophon.onix.validate import Validator
from colophon.onix.write import cover_dates, header_of, message, product_xml
from colophon.onix.xml import schema_file

SENT_AT = datetime(2026, 6, 1, 2, 5, tzinfo=UTC)
WORDS = st.text(max_size=30)
NAMES = st.text(st.characters(), min_size=1, max_size=20).filter(lambda text: bool(re.sub(r"[\W_]", "", text, flags=re.ASCII)))
MONEY = st.decimals(0, 10_000, places=2)
DAYS = st.dates(date(1990, 1, 1), date(2040, 1, 1))
MAYBE_DAY = st.none() | DAYS
CODES = st.sampled_from(["GB", "US", "IE", "GB-SCT", "WORLD", "ROW", "ECZ", "UK", ""])
PRODUCTS = st.builds(
    Product,
    id=st.integers(1, 10**9),
    kind=st.just("PhysicalBookProduct"),
    work_id=st.just(1),
    isbn13=st.just("9781999000011"),
    title=NAMES,
    title_prefix=st.none() | WORDS,
    title_without_prefix=st.none() | WORDS,
    subtitle=st.none() | WORDS,
    imprint=st.none() | WORDS,
    form_code=st.sampled_from([None, "BB", "BC", "DG", "AJ", "WW", "PC", "VI"]),
    publishing_status=st.sampled_from(["01", "02", "03", "04", "07", "16"]),
    availability=st.sampled_from([None, "20", "31"]),
    publication_on=MAYBE_DAY,
    edition_number=st.none() | st.integers(-1, 9),
    edition_statement=st.none() | WORDS,
    contributors=st.lists(
        st.builds(
            Contributor,
            contact_id=st.integers(1, 9),
            sequence=st.integers(-1, 9),
            role=st.sampled_from(["A01", "B01"]),
            name=WORDS,
            name_inverted=st.none() | WORDS,
            is_organisation=st.booleans(),
            isni=st.none() | st.just("0000 0001 2103 2683"),
        ),
        max_size=2,
    ).map(tuple),
    prices=st.lists(
        st.builds(
            Price,
            id=st.integers(1, 99),
            amount=MONEY,
            currency=st.sampled_from(["GBP", "EUR", "JPY", "KWD"]),
            type_code=st.sampled_from(["01", "02"]),
            qualifier=st.sampled_from(["05", "06"]),
            from_on=MAYBE_DAY,
            until_on=MAYBE_DAY,
        ),
        max_size=3,
    ).map(tuple),
    texts=st.lists(st.builds(Text, id=st.integers(1, 9), kind=st.sampled_from(TextKind), html=WORDS, from_on=MAYBE_DAY), max_size=3).map(
        tuple
    ),
    subjects=st.lists(
        st.builds(
            Subject,
            scheme=st.sampled_from(["THEMA", "BISAC", "BIC", "?"]),
            code=WORDS.filter(str.isascii).filter(str.isprintable),
            is_main=st.booleans(),
        ),
        max_size=3,
    ).map(tuple),
    series=st.lists(
        st.builds(
            Series, series_id=st.integers(1, 9), title=WORDS, part_number=st.sampled_from([None, "1", "0.5", "2.1", "\x07"]), issn=st.none()
        ),
        max_size=2,
    ).map(tuple),
    resources=st.lists(
        st.builds(
            Resource,
            id=st.integers(1, 9),
            url=st.sampled_from(["https://a.example/ü b.jpg", "ftp://x", ""]),
            kind=st.just("front_cover"),
            is_approved=st.booleans(),
        ),
        max_size=2,
    ).map(tuple),
    languages=st.just((Language(role="01", code="eng"),)),
    related=st.just((RelatedProduct(product_id=2, isbn13="9781999000028", publishing_status="04", allow_onix_exports=True),)),
    for_sale=st.lists(CODES, max_size=3).map(tuple),
    not_for_sale=st.lists(CODES, max_size=2).map(tuple),
    is_for_sale_worldwide=st.none() | st.booleans(),
    pages=st.none() | st.integers(-5, 10**7),
    duration_minutes=st.none() | st.integers(-5, 10**4),
    height_mm=st.none() | st.decimals(-1, 1000, places=2),
)


@pytest.mark.parametrize("recipient", ["retailer-plain", "distributor-short", "google-play"])
@given(product=PRODUCTS, day=DAYS)
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_any_product_is_written_valid(
    recipient: str, product: Product, day: date, profiles: dict[str, Profile], publisher: Publisher
) -> None:
    """Whatever Unicode the system of record holds, the writer gives XML that the schema accepts, in either release and style."""
    profile = profiles[recipient]
    record = build(product, profile, publisher, as_of=datetime(day.year, day.month, day.day, tzinfo=UTC))
    assert Validator(profile.release, profile.tags).check(product_xml(record, profile)) == []


def test_hand_made_record_with_control_characters_stays_well_formed(plain: Profile) -> None:
    """The writer alone, without the builder's care, never writes a character that XML forbids, nor lets text become markup."""
    record = OnixProduct("s", 1, "x\x00\ud800\ufffe", "03", [Identifier("15", "</IDValue><b>&")], "00", "BB", 'a"b')
    written = product_xml(record, plain).decode()
    assert "<RecordReference>x</RecordReference>" in written
    assert "<IDValue>&lt;/IDValue&gt;&lt;b&gt;&amp;</IDValue>" in written


@pytest.mark.parametrize("release", ["3.0", "3.1"])
def test_short_tags_are_the_reference_tags_renamed(
    release: str, products: list[Product], plain: Profile, publisher: Publisher, as_of: datetime
) -> None:
    """Both styles say the same: renaming each tag of one gives the other."""
    names = short_names(release)
    reference, short = (plain.model_copy(update={"release": release, "tags": tags}) for tags in ("reference", "short"))
    for product in products:
        long = product_xml(build(product, reference, publisher, as_of=as_of), reference).decode()
        renamed = re.sub(r"(</?)([A-Z]\w+)", lambda tag: tag[1] + names[tag[2]], long)
        assert product_xml(build(product, short, publisher, as_of=as_of), short).decode() == renamed


def test_title_without_prefix_by_release(audiobook: Product, plain: Profile, publisher: Publisher, as_of: datetime) -> None:
    """3.1 is told that there is no prefix, 3.0 gets the plain title."""
    old = plain.model_copy(update={"release": "3.0"})
    assert b"<NoPrefix/>\n<TitleWithoutPrefix>Owl Post<" in product_xml(build(audiobook, plain, publisher, as_of=as_of), plain)
    assert b"<TitleText>Owl Post<" in product_xml(build(audiobook, old, publisher, as_of=as_of), old)


def test_withdrawal_carries_no_description(hardback: Product, plain: Profile, publisher: Publisher, as_of: datetime) -> None:
    """A record issued in error is withdrawn by type 05 with its reason and identifiers, and nothing else."""
    record = build(hardback, plain, publisher, as_of=as_of)
    record.notification_type, record.deletion_text = "05", "Issued in error"
    written = product_xml(record, plain)
    assert b"<DeletionText>Issued in error<" in written
    assert b"DescriptiveDetail" not in written
    assert Validator("3.1", "reference").check(written) == []


def test_parts_new_supplier_and_ranges_are_written(hardback: Product, plain: Profile, publisher: Publisher, as_of: datetime) -> None:
    """What no source gives yet can be written all the same, and is valid."""
    record = build(hardback, plain, publisher, as_of=as_of)
    record.product_composition, record.product_form = "10", "SA"
    record.product_parts = [ProductPart("BC", 2, [Identifier("15", "9781999000028")])]
    record.supplies[0].supply_details[0].new_supplier = Supplier("01", "Next House", [Identifier("06", "5030670000029")])
    record.texts[0].language = "eng"
    record.audience_ranges = [AudienceRange("17", "8", "11"), AudienceRange("17", value_from="12")]
    record.supplies[0].supply_details[0].prices[0].territory = Territory(countries_included=["DE"])
    written = product_xml(record, plain)
    assert b"<NumberOfCopies>2<" in written
    assert b'<Text language="eng" textformat="06">' in written
    assert Validator("3.1", "reference").check(written) == []


def test_message_without_products(plain: Profile, publisher: Publisher) -> None:
    """An empty delta says NoProduct, is valid, and has no DOCTYPE or schemaLocation."""
    text = b"".join(message(header_of(publisher, number=7, sent_at=SENT_AT), [], plain)).decode()
    assert "<NoProduct/>" in text
    assert "MessageRepeat" not in text
    assert "DOCTYPE" not in text
    assert "schemaLocation" not in text


@pytest.mark.parametrize("recipient", ["retailer-plain", "distributor-short", "library-supplier"])
@pytest.mark.parametrize("count", [0, 6])
def test_whole_message_is_valid(
    recipient: str, count: int, products: list[Product], profiles: dict[str, Profile], publisher: Publisher, as_of: datetime
) -> None:
    """Header, products and root together satisfy the schema, sender with and without names and numbers."""
    profile = profiles[recipient]
    schema = etree.XMLSchema(etree.parse(schema_file(profile.release, profile.tags)))
    written = [product_xml(build(product, profile, publisher, as_of=as_of), profile) for product in products[:count]]
    for sender in (publisher, publisher.model_copy(update={"sender_gln": None, "contact_name": None, "contact_email": None})):
        header = replace(header_of(sender, number=7, sent_at=SENT_AT, repeat=2), note="By hand & in haste")
        schema.assertValid(etree.fromstring(b"".join(message(header, written, profile))))


def test_time_of_sending_needs_a_zone(publisher: Publisher) -> None:
    """A naive time is refused, an offset is kept."""
    with pytest.raises(BadRecordError, match="zone"):
        header_of(publisher, number=1, sent_at=datetime(2026, 6, 1))
    offset = SENT_AT.astimezone(timezone(timedelta(hours=-3, minutes=-30)))
    assert offset.strftime("%Y%m%dT%H%M%S%z") == "20260531T223500-0330"


def test_message_is_streamed(plain: Profile, publisher: Publisher, hardback: Product, as_of: datetime) -> None:
    """Products are taken one by one, as the chunks are read."""
    taken = []

    def endless() -> object:
        for count in range(10**9):
            taken.append(count)
            yield product_xml(build(hardback, plain, publisher, as_of=as_of), plain)

    chunks = message(header_of(publisher, number=7, sent_at=SENT_AT), endless(), plain)
    for _ in range(5):
        next(chunks)
    assert len(taken) <= 4


def test_cover_dates_read_back_what_was_sent(hardback: Product, plain: Profile, publisher: Publisher, as_of: datetime) -> None:
    """The day that went out with a link comes back from the written product, in both tag styles."""
    short = plain.model_copy(update={"release": "3.0", "tags": "short"})
    for profile in (plain, short):
        written = product_xml(build(hardback, profile, publisher, as_of=as_of, prior=Prior(cover_dates={})), profile)
        assert cover_dates(written, profile) == {"https://covers.example/101%20final.jpg?a=1&b=2": date(2026, 6, 1)}
        assert cover_dates(product_xml(build(hardback, profile, publisher, as_of=as_of), profile), profile) == {}


def test_huge_amounts_have_no_exponent(hardback: Product, plain: Profile, publisher: Publisher, as_of: datetime) -> None:
    """Numbers are plain digits."""
    rich = hardback.model_copy(update={"prices": (Price(id=1, amount=Decimal("1E+30"), currency="GBP", type_code="01", qualifier="05"),)})
    assert f"<PriceAmount>1{'0' * 30}".encode() in product_xml(build(rich, plain, publisher, as_of=as_of), plain)
