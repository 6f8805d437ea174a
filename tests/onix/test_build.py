"""From product to record: what is refused or left out first, then lifecycle, rights, selection by profile."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from colophon.config import Publisher
from colophon.domain.links import portal_link
from colophon.domain.product import Contributor, Product, Series, Subject
from colophon.errors import CodeListsMissingError
from colophon.onix.build import build, months_before, record_reference
from colophon.onix.forms import form_of
from colophon.onix.prior import Prior
from colophon.onix.profile import Profile, TextLimit
from colophon.onix.record import OnixProduct
from colophon.onix.validate import Validator
from colophon.onix.write import product_xml


def made(product: Product, profile: Profile, publisher: Publisher, as_of: datetime, **changes: object) -> OnixProduct:
    """The record of a changed product."""
    return build(product.model_copy(update=changes), profile, publisher, as_of=as_of)


def test_a_reference_into_the_portal_is_no_cover_for_a_shop(
    hardback: Product, plain: Profile, publisher: Publisher, as_of: datetime
) -> None:
    """Approved assets refer to the portal on the product itself, before the work's own cover: shops get the link that anybody can follow."""
    public = next(each for each in hardback.resources if each.kind == "front_cover" and each.is_approved)
    portal = public.model_copy(update={"id": 1, "url": portal_link("https://dam.example/4ap/api", "file", "11a50000-0001")})
    both, alone = (hardback.model_copy(update={"resources": covers}) for covers in ((portal, public), (portal,)))
    record = build(both, plain, publisher, as_of=as_of)
    assert [cover.link for cover in record.resources] == ["https://covers.example/101%20final.jpg?a=1&b=2"]
    assert record.omissions == build(hardback, plain, publisher, as_of=as_of).omissions
    refused = build(alone, plain, publisher, as_of=as_of)
    assert refused.resources == []
    assert [(omission.rule, omission.expected) for omission in refused.omissions if omission.field == "cover"] == [
        ("C4", "a link to a public host that anybody can follow")
    ]


def test_code_lists_missing(hardback: Product, plain: Profile, publisher: Publisher, as_of: datetime, tmp_path: object) -> None:
    """Without EDItEUR's files nothing is built, and the error says which file is wanted."""
    with pytest.raises(CodeListsMissingError, match="CodeLists"):
        build(hardback, plain, publisher.model_copy(update={"code_lists": str(tmp_path)}), as_of=as_of)


def test_what_onix_cannot_carry_is_left_out_and_said(hostile: Product, plain: Profile, publisher: Publisher, as_of: datetime) -> None:
    """Control characters, a nameless contributor, a bad link, a size of 0 and an unknown country are all reported."""
    record = build(hostile, plain, publisher, as_of=as_of)
    assert {(omission.rule, omission.field) for omission in record.omissions} == {
        ("C3", "title"),
        ("C3", "contributor"),
        ("D3", "contributor"),
        ("C3", "text main"),
        ("C4", "cover"),
        ("D6", "height_mm"),
        ("P6", "territories"),
    }
    assert next(omission.found for omission in record.omissions if omission.field == "title") == "U+0010"


@pytest.mark.parametrize("number", ["#?", "--", "#3", "the one about the ships and the sea"])
def test_illegal_series_number(number: str, hardback: Product, plain: Profile, publisher: Publisher, as_of: datetime) -> None:
    """What is no number is left out, the series stays, and D12 is told."""
    series = (Series(series_id=1, title="Tides", part_number=number),)
    record = made(hardback, plain, publisher, as_of, series=series)
    assert (record.collections[0].title, record.collections[0].part_number) == ("Tides", None)
    assert [(omission.rule, omission.found) for omission in record.omissions] == [("D12", number)]


@pytest.mark.parametrize("number", ["1-3", "0.5", "0", "IV", "Book Two", "1a", "01", "\u0661"])
def test_a_series_number_is_text(number: str, hardback: Product, plain: Profile, publisher: Publisher, as_of: datetime) -> None:
    """As the publisher counts: it goes out as the part's designation, valid by the schema."""
    record = made(hardback, plain, publisher, as_of, series=(Series(series_id=1, title="Tides", part_number=number),))
    written = product_xml(record, plain)
    assert f"<PartNumber>{number}</PartNumber>".encode() in written
    assert Validator(plain.release, plain.tags).check(written) == []
    assert record.omissions == []


@pytest.mark.parametrize(
    ("published_on", "expected"),
    [("2026-06-01", "03"), ("2020-01-01", "03"), ("2026-06-02", "02"), ("2026-12-01", "02"), ("2026-12-02", "01"), (None, "01")],
)
def test_notification_type_follows_the_day(
    published_on: str | None, expected: str, audiobook: Product, plain: Profile, publisher: Publisher, as_of: datetime
) -> None:
    """Early until six months before, confirmed until the day, then published; without a date it is early."""
    day = date.fromisoformat(published_on) if published_on else None
    assert made(audiobook, plain, publisher, as_of, publication_on=day).notification_type == expected


def test_notification_type_that_the_recipient_takes(audiobook: Product, plain: Profile, publisher: Publisher, as_of: datetime) -> None:
    """A recipient that takes only type 03 gets 03."""
    profile = plain.model_copy(update={"notification_types": ("03",)})
    assert build(audiobook, profile, publisher, as_of=as_of).notification_type == "03"


def test_months_before_the_end_of_a_month() -> None:
    """Six months before 31 August is the last of February."""
    assert months_before(date(2026, 8, 31), 6) == date(2026, 2, 28)
    assert months_before(date(2024, 8, 31), 6) == date(2024, 2, 29)
    assert months_before(date(2026, 1, 15), 1) == date(2025, 12, 15)


def test_record_reference_survives_a_corrected_isbn(hardback: Product, plain: Profile, publisher: Publisher, as_of: datetime) -> None:
    """The reference is ours and the row's; the ISBN is not in it."""
    before = build(hardback, plain, publisher, as_of=as_of)
    after = made(hardback, plain, publisher, as_of, isbn13="9781999000998")
    assert before.record_reference == after.record_reference == record_reference(101, "larkspur-vale.example")
    assert before.record_reference == "example.larkspur-vale.101"


def test_same_input_same_record_whatever_the_order(hardback: Product, plain: Profile, publisher: Publisher, as_of: datetime) -> None:
    """The order in which the system of record lists prices, contributors, texts and countries makes no difference."""
    shuffled = {
        name: tuple(reversed(getattr(hardback, name)))
        for name in ("prices", "contributors", "texts", "not_for_sale", "languages", "related")
    }
    shuffled["languages"] = hardback.languages
    assert made(hardback, plain, publisher, as_of, **shuffled) == build(hardback, plain, publisher, as_of=as_of)


def test_nothing_of_the_clock_is_in_a_record(hardback: Product, plain: Profile, publisher: Publisher) -> None:
    """Between two changes, each day gives the same record."""
    days = [datetime(2026, 6, 2, tzinfo=UTC) + timedelta(days=offset, hours=offset % 24) for offset in range(0, 300, 7)]
    first, *others = (build(hardback, plain, publisher, as_of=day) for day in days)
    assert all(other == first for other in others)


def test_internal_planned_date_never_goes_out(undated: Product, plain: Profile, publisher: Publisher, as_of: datetime) -> None:
    """The planned publication date is nobody's business."""
    record = made(undated, plain, publisher, as_of, planned_publication_on=date(2027, 1, 1))
    assert record == build(undated, plain, publisher, as_of=as_of)


@pytest.mark.parametrize(
    ("code", "expected", "composition"),
    [
        ("BB", "BB", "00"),
        ("BC", "BC", "00"),
        ("DG", "ED", "00"),
        ("AC", "AC", "00"),
        ("AJ", "AJ", "00"),
        ("WW", "SA", "10"),
        ("SC", "SC", "10"),
        (None, "00", "00"),
    ],
)
def test_forms_of_onix_2(code: str | None, expected: str, composition: str, hardback: Product) -> None:
    """Codes of ONIX 2.1 become those of List 150."""
    form = form_of(hardback.model_copy(update={"form_code": code}))
    assert (form.code, form.composition) == (expected, composition)


def test_no_contributor_is_only_said_where_nobody_is_expected(
    undated: Product, cancelled: Product, plain: Profile, publisher: Publisher, as_of: datetime
) -> None:
    """A calendar has no author; a book without one has a gap, and no claim is made."""
    assert build(cancelled, plain, publisher, as_of=as_of).no_contributor
    assert not build(undated, plain, publisher, as_of=as_of).no_contributor


def test_identifiers_by_profile(
    hardback: Product, ebook: Product, profiles: dict[str, Profile], publisher: Publisher, as_of: datetime
) -> None:
    """Google wants no number of ours; a product without ISBN has none to give."""
    record = build(hardback, profiles["google-play"], publisher, as_of=as_of)
    assert [(identifier.id_type, identifier.value) for identifier in record.identifiers] == [
        ("03", "9781999000011"),
        ("15", "9781999000011"),
    ]
    assert made(ebook, profiles["google-play"], publisher, as_of, isbn13=None).identifiers == []


def test_subjects_by_profile(hardback: Product, profiles: dict[str, Profile], publisher: Publisher, as_of: datetime) -> None:
    """Only schemes that the recipient takes, qualifiers with their own scheme and never main."""
    record = build(hardback, profiles["distributor-short"], publisher, as_of=as_of)
    assert [(subject.scheme, subject.code, subject.is_main) for subject in record.subjects] == [
        ("93", "WTL", True),
        ("12", "WTL", True),
        ("94", "1DDU", False),
    ]
    flagged = made(
        hardback, profiles["distributor-short"], publisher, as_of, subjects=(Subject(scheme="THEMA", code="1DDU", is_main=True),)
    )
    assert not flagged.subjects[0].is_main


@pytest.mark.parametrize(("code", "expected"), [("YFB", ["02"]), ("JUV002040", ["02"]), ("YAF001000", ["03"]), ("WTL", [])])
def test_audience_only_where_subjects_say_so(
    code: str, expected: list[str], hardback: Product, plain: Profile, publisher: Publisher, as_of: datetime
) -> None:
    """Children and young adults are told by the subject; nothing is claimed of other books."""
    record = made(hardback, plain, publisher, as_of, subjects=(Subject(scheme="THEMA", code=code),))
    assert [audience.code for audience in record.audiences] == expected


def test_texts_by_profile(hardback: Product, plain: Profile, publisher: Publisher, as_of: datetime) -> None:
    """Only the wanted types, in the wanted format and order; a long text is never cut, an embargo stays with its text."""
    limits = (TextLimit(text_type="12", text_format="06"), TextLimit(text_type="03", max_chars=5, text_format="06"))
    record = build(hardback, plain.model_copy(update={"texts": limits}), publisher, as_of=as_of)
    assert [(text.text_type, text.text, text.from_on) for text in record.texts] == [
        ("12", "Ana Quill lives by the sea.", date(2026, 8, 1)),
        ("03", "Nine tides\nOne road\ngoes on.\nfirst\nsecond", None),
    ]


def test_cover_is_approved_and_dated_by_what_was_sent(hardback: Product, plain: Profile, publisher: Publisher, as_of: datetime) -> None:
    """The draft never goes out; a new link gets the day, a known link keeps its day, and unknown history gives no date."""
    link = "https://covers.example/101%20final.jpg?a=1&b=2"
    found = [
        build(hardback, plain, publisher, as_of=as_of, prior=Prior(cover_dates=dates)).resources[0]
        for dates in (None, {}, {link: date(2025, 1, 2)})
    ]
    assert [(cover.link, cover.changed_on) for cover in found] == [(link, None), (link, as_of.date()), (link, date(2025, 1, 2))]


def test_digital_products_have_notional_pages(
    ebook: Product, hardback: Product, plain: Profile, publisher: Publisher, as_of: datetime
) -> None:
    """Pages of an e-book are those of the print."""
    assert build(ebook, plain, publisher, as_of=as_of).extents[0].extent_type == "10"
    assert build(hardback, plain, publisher, as_of=as_of).extents[0].extent_type == "00"


def test_isni_is_written_without_blanks(hardback: Product, plain: Profile, publisher: Publisher, as_of: datetime) -> None:
    """An ISNI is 16 characters; a blank one is none."""
    who = Contributor(contact_id=1, sequence=1, role="A01", name="A", isni=" ")
    assert made(hardback, plain, publisher, as_of, contributors=(who,)).contributors[0].identifiers == []
    assert build(hardback, plain, publisher, as_of=as_of).contributors[0].identifiers[0].value == "0000000121032683"


def test_measures_are_millimetres(hardback: Product, plain: Profile, publisher: Publisher, as_of: datetime) -> None:
    """Height, width, thickness as recorded."""
    record = build(hardback, plain, publisher, as_of=as_of)
    assert [(measure.measure_type, measure.value, measure.unit) for measure in record.measures] == [
        ("01", Decimal(216), "mm"),
        ("02", Decimal(138), "mm"),
        ("03", Decimal("26.5"), "mm"),
    ]
