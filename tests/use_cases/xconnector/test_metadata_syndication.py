"""XC-1's decision: what stays back first, then what goes, to whom, and what is not sent again."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from colophon.blocks.decision import DecisionContext
from colophon.config import load_config
from colophon.domain.finding import Severity
from colophon.domain.product import Contributor, Language, Price, Product, Resource, Subject, Text, TextKind
from colophon.errors import BadConfigError, BadRecordError, TooManyRefusedError
from colophon.ledger import LatestDelivery
from colophon.use_cases.xconnector.metadata_syndication import check, occurrence, plan, reading, recipients, watermarks

AS_OF = datetime(2026, 5, 1, 1, tzinfo=UTC)
CONFIG = load_config()
DELTA = {"mode": "delta", "recipients": ["retailer-plain", "erp-json"], "isbns": [], "dry_run": False}
BOOK = Product(
    id=7,
    kind="PhysicalBookProduct",
    work_id=3,
    isbn13="9781999000004",
    title="The Heron at Kelso Bridge",
    imprint="Larkspur",
    form_code="BC",
    publishing_status="04",
    availability="20",
    publication_on=date(2024, 2, 1),
    allow_onix_exports=True,
    contributors=(Contributor(contact_id=1, sequence=1, role="A01", name="Agnes Crane", name_inverted="Crane, Agnes"),),
    prices=(Price(id=1, amount=Decimal("9.99"), currency="GBP", type_code="02", qualifier="05"),),
    texts=(
        Text(id=1, kind=TextKind.SHORT, html="<p>Short.</p>"),
        Text(id=2, kind=TextKind.MAIN, html="<p>Main &amp; long.</p>"),
    ),
    subjects=(Subject(scheme="THEMA", code="FBA", is_main=True),),
    resources=(Resource(id=1, url="https://covers.example/7.jpg", kind="front_cover", is_approved=True),),
    languages=(Language(role="01", code="eng"),),
    is_for_sale_worldwide=True,
    pages=320,
    height_mm=Decimal(198),
    width_mm=Decimal(129),
    thickness_mm=Decimal(22),
)


def ask(params=DELTA, history=None):
    """A question at a fixed moment; `history` by subject."""
    return DecisionContext(as_of=AS_OF, config=CONFIG, params=params, history=lambda _d, _s: history or {})


def blocked(made, destination="retailer-plain"):
    """Rule ids that keep something from a destination."""
    return {f.rule for f in made.findings if f.blocks == destination and f.severity is Severity.ERROR}


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"allow_onix_exports": False}, "G1"),
        ({"publishing_status": "00"}, "G2"),
        ({"is_for_sale_worldwide": None}, "G3"),
        ({"isbn13": None}, "I1"),
        ({"isbn13": "9781999000005"}, "I1"),
        ({"form_code": None}, "D7"),
        ({"contributors": (BOOK.contributors[0].model_copy(update={"role": "Q77"}),)}, "U1"),
        ({"publishing_status": "02", "publication_on": None, "availability": "10"}, "P2"),
    ],
)
def test_a_faulty_title_stays_back_and_says_why(change, rule) -> None:
    """Each fault blocks the title with its rule, an owner and a remedy; the good title beside it goes."""
    faulty = BOOK.model_copy(update={"id": 8, "isbn13": "9781999000011", **change})
    made = plan([faulty, BOOK], [], ask())
    assert rule in blocked(made)
    for finding in made.findings:
        assert finding.owner
        assert finding.remedy
    assert [i.subject for i in made.intents if i.destination == "retailer-plain"] == [BOOK.subject]


def test_two_products_with_one_isbn_do_not_both_go() -> None:
    """The second record under the same ISBN is refused (L4), so that they do not overwrite each other."""
    made = plan([BOOK, BOOK.model_copy(update={"id": 9})], [], ask())
    assert "L4" in blocked(made)
    assert len([i for i in made.intents if i.destination == "retailer-plain"]) == 1


def test_a_clean_title_goes_to_everyone_in_their_own_words() -> None:
    """ONIX as a member of a feed for one, JSON as an event for the other; labels say what it is."""
    made = plan([BOOK], [], ask())
    by_name = {i.destination: i for i in made.intents}
    assert set(by_name) == {"retailer-plain", "erp-json"}
    assert by_name["retailer-plain"].bundled
    assert b"<RecordReference>" in by_name["retailer-plain"].content
    assert not by_name["erp-json"].bundled
    assert by_name["erp-json"].labels["event_type"] == "title.updated"
    assert by_name["retailer-plain"].labels["isbn"] == BOOK.isbn13
    assert made.judged == {"retailer-plain": [BOOK.subject], "erp-json": [BOOK.subject]}


def test_the_same_question_gives_the_same_bytes() -> None:
    """A change is a change of what would be sent; nothing in it comes from a clock."""
    first, second = plan([BOOK], [], ask()), plan([BOOK], [], ask())
    assert [i.content for i in first.intents] == [i.content for i in second.intents]


def test_a_title_sent_before_is_equal_the_next_day() -> None:
    """With its history the record of the next night is the same, cover date included."""
    intent = next(i for i in plan([BOOK], [], ask()).intents if i.bundled)
    last = LatestDelivery(1, intent.content_hash, "confirmed", AS_OF, intent.labels)
    later = DecisionContext(as_of=AS_OF + timedelta(days=1), config=CONFIG, params=DELTA, history=lambda _d, _s: {BOOK.subject: last})
    again = next(i for i in plan([BOOK], [], later).intents if i.bundled)
    assert again.content_hash == intent.content_hash


def test_another_reference_for_the_same_isbn_is_refused() -> None:
    """L4: the ISBN was sent under another RecordReference before."""
    last = LatestDelivery(1, "0" * 64, "confirmed", AS_OF, {"record_reference": "example.other.99"})
    assert "L4" in blocked(plan([BOOK], [], ask(history={BOOK.subject: last})))


def test_what_is_read() -> None:
    """First everything, then since the oldest watermark or the window's start; a list reads its ISBNs."""
    marks = {
        "xconnector__metadata_syndication/retailer-plain": AS_OF,
        "xconnector__metadata_syndication/erp-json": AS_OF - timedelta(days=3),
    }
    asked = {"params": DELTA, "config": CONFIG, "window_start": None}
    assert reading(watermark=lambda _: None, **asked).since is None
    assert reading(watermark=marks.get, **asked).since == AS_OF - timedelta(days=3)
    early = AS_OF - timedelta(days=9)
    assert reading(watermark=marks.get, params=DELTA, config=CONFIG, window_start=early).since == early
    full = {**DELTA, "mode": "full"}
    assert reading(watermark=marks.get, params=full, config=CONFIG, window_start=None).since is None
    some = {**DELTA, "mode": "list", "isbns": ["978-1-999-00000-4"]}
    assert reading(watermark=marks.get, params=some, config=CONFIG, window_start=None).isbns == ("9781999000004",)


def test_a_list_without_isbns_is_refused() -> None:
    """An empty list must not mean everything."""
    with pytest.raises(BadConfigError, match="at least one ISBN"):
        reading(params={**DELTA, "mode": "list"}, config=CONFIG, watermark=lambda _: None, window_start=None)


def test_an_unknown_recipient_names_the_choices() -> None:
    """A typo in the form is told with what would be right."""
    with pytest.raises(BadConfigError) as caught:
        recipients({"recipients": ["kobbo"]}, CONFIG)
    assert "kobo" in caught.value.advice


def test_numbers_that_do_not_add_up_stop_the_run() -> None:
    """A title that is neither sent, unchanged, stale nor refused is lost, and nobody may not see that."""
    check({"kobo": {"new": 1, "unchanged": 2, "stale": 1, "refused": 1}}, read=5, config=CONFIG)
    with pytest.raises(BadRecordError, match="4 products, 5 were read"):
        check({"kobo": {"new": 1, "unchanged": 2, "stale": 0, "refused": 1}}, read=5, config=CONFIG)


def test_too_large_a_share_refused_stops_the_run() -> None:
    """The configured share is a limit, not a hint."""
    strict = CONFIG.model_copy(update={"limits": CONFIG.limits.model_copy(update={"refused_share": Decimal("0.5")})})
    with pytest.raises(TooManyRefusedError, match="60%"):
        check({"kobo": {"new": 2, "refused": 3}}, read=5, config=strict)


def test_occurrences_and_watermarks() -> None:
    """A full feed or list goes again once for each run; a list moves no watermark."""
    assert occurrence(DELTA, AS_OF) == ""
    assert occurrence({**DELTA, "mode": "full"}, AS_OF) == "full/2026-05-01T01:00:00Z"
    assert watermarks({**DELTA, "mode": "list"}, CONFIG, AS_OF) == []
    assert len(watermarks(DELTA, CONFIG, AS_OF)) == 2
