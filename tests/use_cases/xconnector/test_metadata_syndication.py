"""XC-1's decision: what stays back first, then what goes, to whom, and what is not sent again."""

import json
import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from rights_records import contract, deal, grant

from colophon.blocks.decision import DecisionContext
from colophon.domain.delivery import LatestDelivery
from colophon.domain.finding import Finding, Severity
from colophon.errors import BadConfigError, BadRecordError, TooManyRefusedError
from colophon.use_cases.xconnector.metadata_syndication import check
from colophon.use_cases.xconnector.nights import reading, recipients, watermarks
from colophon.use_cases.xconnector.title_records import occurrence
from colophon.use_cases.xconnector.turned import turned_by_rights
from syndication import (
    AS_OF,
    BAD_FACTS,
    BOOK,
    CONFIG,
    DELTA,
    ENDED,
    FAULTY,
    LICENSED,
    ask,
    availability_in,
    blocked,
    has,
    places,
    plan,
    sent,
    standing,
)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"missing_fields": ("allow_onix_exports",), "allow_onix_exports": False}, "G1"),
        ({"publishing_status": "00"}, "G2"),
        ({"publishing_status": None}, "G2"),
        ({"publishing_status": "77"}, "G2"),
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
    later = ask(history={BOOK.subject: last}, at=AS_OF + timedelta(days=1))
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
    live = {name: profile.model_copy(update={"live": True}) for name, profile in CONFIG.recipients.items()}
    armed = CONFIG.model_copy(update={"recipients": live})
    asked = {"params": DELTA, "config": armed, "window_start": None}
    assert reading(watermark=lambda _: None, **asked).since is None
    assert reading(watermark=marks.get, **asked).since == AS_OF - timedelta(days=3)
    early = AS_OF - timedelta(days=9)
    assert reading(watermark=marks.get, params=DELTA, config=armed, window_start=early).since == early
    assert reading(watermark=marks.get, params=DELTA, config=CONFIG, window_start=None).since is None, (
        "who is not armed has marks of its own"
    )
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
    with pytest.raises(BadRecordError, match="4 products, 5 were read: 1 new \\+ 2 unchanged \\+ 1 refused, 1 missing"):
        check({"kobo": {"new": 1, "unchanged": 2, "stale": 0, "refused": 1}}, read=5, config=CONFIG)


def test_who_is_not_armed_stops_nobody() -> None:
    """Nothing goes to it, so that a large share of refusals keeps no armed recipient from its feed; its numbers add up all the same."""
    check({"kobo": {"not_armed": 1, "refused": 9}}, read=10, config=CONFIG)
    with pytest.raises(BadRecordError, match="1 too many"):
        check({"kobo": {"not_armed": 2, "refused": 9}}, read=10, config=CONFIG)


def test_too_large_a_share_refused_stops_the_run() -> None:
    """The configured share is a limit, not a hint."""
    strict = CONFIG.model_copy(update={"limits": CONFIG.limits.model_copy(update={"refused_share": Decimal("0.5")})})
    with pytest.raises(TooManyRefusedError, match="60%"):
        check({"kobo": {"new": 4, "refused": 6}}, read=10, config=strict)


def test_what_does_not_belong_there_is_no_refusal() -> None:
    """Nine of ten are no e-books, which the recipient takes alone; of the eleven that it might take, most are at fault."""
    check({"kobo": {"new": 1, "out_of_scope": 9}}, read=10, config=CONFIG)
    with pytest.raises(TooManyRefusedError, match="73% of 11"):
        check({"kobo": {"new": 3, "refused": 8, "out_of_scope": 9}}, read=20, config=CONFIG)


KOBO = {**DELTA, "recipients": ["kobo"]}
EBOOK = BOOK.model_copy(update={"form_code": "DG"})
NOT_FOR_SALE_THERE = {"is_for_sale_worldwide": False, "for_sale": ("BR",)}


@pytest.mark.parametrize(
    ("params", "product", "why"),
    [
        (KOBO, BOOK, "G5 ProductForm: BC"),
        (KOBO, BOOK.model_copy(update={"publishing_status": None}), "G5 ProductForm: BC"),
        (KOBO, EBOOK.model_copy(update={"allow_onix_exports": False}), "G1 allowOnixExports: false"),
        (KOBO, EBOOK.model_copy(update={"publishing_status": "01"}), "G2 onixPublishingStatus: 01"),
        ({**DELTA, "recipients": ["library-supplier"]}, BOOK.model_copy(update=NOT_FOR_SALE_THERE), "G3 rights"),
    ],
)
def test_a_title_that_is_not_for_a_recipient_is_no_fault(params, product, why) -> None:
    """Neither sent nor an exception; what it lacks besides is nobody's task for this recipient. With why it is not for it."""
    (name,) = params["recipients"]
    made = plan([product], [], ask(params, rights={BOOK.subject: standing(product=product)}))
    assert (made.intents, blocked(made, name)) == ([], set())
    assert made.out_of_scope[name][BOOK.subject].startswith(why)


@pytest.mark.parametrize("form", [None, "00", "Q7"])
def test_a_form_that_nobody_knows_stays_a_refusal(form) -> None:
    """It might be an e-book: somebody must say so."""
    made = plan([BOOK.model_copy(update={"form_code": form})], [], ask(KOBO))
    assert (blocked(made, "kobo"), made.out_of_scope) == ({"G5"}, {})


def test_who_has_a_title_is_never_out_of_scope_in_silence() -> None:
    """Exports were switched off while it stands in a shop: as long as nobody tells that shop, it is an exception."""
    shop = {**DELTA, "recipients": ["retailer-plain"]}
    history = sent(plan([BOOK], [], ask(shop)).intents[0])
    made = plan([BOOK.model_copy(update={"allow_onix_exports": False})], [], ask(shop, history))
    assert (blocked(made) == {"G1"}) != bool(made.intents)


def test_a_title_that_is_for_nobody_is_in_no_quality_figure() -> None:
    """What is never exported makes the figures neither better nor worse; what one of all recipients takes is counted."""
    hidden = BOOK.model_copy(update={"id": 8, "isbn13": "9781999000011", "allow_onix_exports": False})
    assert {figure.of for figure in plan([BOOK, hidden], [], ask(KOBO)).figures} == {1}


def test_occurrences_and_watermarks() -> None:
    """A full feed or list goes again once for each run; a list moves no watermark."""
    assert occurrence(DELTA, AS_OF) == ""
    assert occurrence({**DELTA, "mode": "full"}, AS_OF) == "full/2026-05-01T01:00:00Z"
    assert watermarks({**DELTA, "mode": "list"}, CONFIG, AS_OF) == []
    assert len(watermarks(DELTA, CONFIG, AS_OF)) == 2


ERP = {**DELTA, "recipients": ["erp-json"]}


@pytest.mark.parametrize(
    ("records", "why"),
    [
        ({"contracts": ENDED}, "until 2026-03-31"),
        ({"contracts": (contract(terminated_on=date(2026, 5, 1)),)}, "until 2026-05-01"),
        ({"contracts": (), "grants": ()}, "no head contract"),
        ({"grants": ()}, "no grant of contract 1"),
        ({"deals": (deal(territories=("WORLD",)),)}, "licensed exclusively"),
        ({"embargo": date(2026, 5, 4)}, "not to be sold before 2026-05-04"),
        ({"product": BOOK.model_copy(update={"is_for_sale_worldwide": None})}, "where the product is for sale is not known"),
    ],
)
def test_a_title_without_rights_is_offered_to_nobody(records, why) -> None:
    """G3 says why in the engine's words: ended, ends before the next run, never granted, licensed away, held back, unknown.

    Where a record of rights is missing, somebody must add it; what others have, or what ended, is nobody's fault.
    """
    product = records.get("product", BOOK)
    made = plan([product], [], ask(rights={BOOK.subject: standing(**records)}))
    assert made.intents == []
    is_lacking = records.get("grants") == () or "product" in records
    assert {(f.rule, why in f.found) for f in made.findings} == ({("G3", True)} if is_lacking else set())
    told = made.out_of_scope.get("erp-json", {}).get(BOOK.subject, "")
    assert is_lacking == (not told)
    assert is_lacking or why in told


def test_a_title_whose_rights_were_not_read_is_offered_to_nobody() -> None:
    """Among products that were: it is new, or two have its ISBN. Nobody is told that it closed, for nobody knows."""
    made = plan([BOOK], [], DecisionContext(AS_OF, CONFIG, ERP, lambda *_: sent(plan([BOOK], [], ask(ERP)).intents[0])))
    assert (made.intents, [f.rule for f in made.findings]) == ([], ["G3"])


def test_a_recipient_is_offered_what_rights_allow_and_no_more() -> None:
    """An exclusive licence to others takes its countries out of the record; what the channel does not grant is closed, too."""
    licensed = standing(deals=(deal(),))
    by_name = {i.destination: i for i in plan([BOOK], [], ask(rights={BOOK.subject: licensed})).intents}
    assert places(by_name["erp-json"]) == (["WORLD"], ["BE", "FR"])
    assert b"<SalesRightsType>03</SalesRightsType>\n<Territory>\n<CountriesIncluded>BE FR<" in by_name["retailer-plain"].content
    assert b"<RegionsIncluded>WORLD</RegionsIncluded>\n<CountriesExcluded>BE FR<" in by_name["retailer-plain"].content
    retail = standing(grants=(grant(channels=("retail",)),))
    made = plan([BOOK], [], ask({**DELTA, "recipients": ["distributor-short", "erp-json"]}, rights={BOOK.subject: retail}))
    assert ([i.destination for i in made.intents], list(made.out_of_scope)) == (["distributor-short"], ["erp-json"])


@pytest.mark.parametrize("recipient", ["retailer-plain", "distributor-short", "erp-json"])
def test_who_has_a_title_is_told_that_its_rights_ended(recipient) -> None:
    """A record that says not for sale, valid by the schema, once, and before what opens. With that it is settled, and no exception."""
    params, gone = {**DELTA, "recipients": [recipient]}, {BOOK.subject: standing(contracts=ENDED)}
    history = sent(plan([BOOK], [], ask(params)).intents[0])
    other = BOOK.model_copy(update={"id": 8, "isbn13": "9781999000011"})
    made = plan([other, BOOK], [], ask(params, history, gone))
    closing, opening = made.intents
    assert (closing.subject, opening.subject) == (BOOK.subject, other.subject)
    assert [(f.rule, f.subject) for f in made.findings if f.blocks] == []
    if recipient == "erp-json":
        assert places(closing) == ([], ["WORLD"])
    else:
        text = closing.content.replace(b"b089", b"SalesRightsType").replace(b"x450", b"RegionsIncluded")
        assert b"<SalesRightsType>03</SalesRightsType>" in text
        assert b"<RegionsIncluded>WORLD</RegionsIncluded>" in text
        assert availability_in(closing) == ["52"]
    again = plan([BOOK], [], ask(params, sent(closing), gone, AS_OF + timedelta(days=1)))
    assert [i.content_hash for i in again.intents] == [closing.content_hash]
    back = plan([BOOK], [], ask(params, sent(closing), at=AS_OF + timedelta(days=2)))
    assert [i.content_hash for i in back.intents] == [h.content_hash for h in history.values()]


def test_a_fault_of_the_record_does_not_keep_a_title_on_sale() -> None:
    """Neither a rule, nor exports that are off, nor details that the schema refuses: what ends is told without them."""
    params, gone = {**DELTA, "recipients": ["retailer-plain"]}, {BOOK.subject: standing(contracts=ENDED)}
    history = sent(plan([BOOK], [], ask(params)).intents[0])
    bad = BOOK.contributors[0].model_copy(update={"role": "Q77"})
    faulty = BOOK.model_copy(update={"contributors": (bad,), "allow_onix_exports": False})
    [closing] = plan([faulty], [], ask(params, history, gone)).intents
    assert b"<SalesRightsType>03</SalesRightsType>" in closing.content
    assert b"Contributor" not in closing.content


def offered_in(intent):
    """(included, excluded) of a JSON record, or the rights of an ONIX record as they are written."""
    if intent.destination == "erp-json":
        return places(intent)
    text, *_ = re.split("<productsupply>|<ProductSupply>", intent.content.decode())
    text = text.replace("b089", "SalesRightsType").replace("x449", "CountriesIncluded")
    return re.findall("<SalesRightsType>(..)<", text), re.findall("<CountriesIncluded>([^<]*)<", text)


@pytest.mark.parametrize("faulty", BAD_FACTS)
@pytest.mark.parametrize("recipient", ["retailer-plain", "distributor-short", "erp-json"])
def test_a_faulty_title_is_taken_back_where_it_may_no_longer_be_sold(recipient, faulty) -> None:
    """The recipient keeps what it was told last, but for the countries; the exception stays, and the next night has nothing to add."""
    params = {**DELTA, "recipients": [recipient]}
    [first] = plan([BOOK], [], ask(params)).intents
    made = plan([faulty], [], ask(params, **has(first), rights=LICENSED))
    [less] = made.intents
    assert offered_in(less) == ((["WORLD"], ["BE", "FR"]) if recipient == "erp-json" else (["03"], ["BE FR"]))
    assert blocked(made, recipient)
    assert b"Not to be seen" not in less.content
    assert (b"Kelso" in less.content, b"9.99" in less.content) == (True, True)
    assert {name: less.labels[name] for name in ("isbn", "title", "record_reference")} == {
        name: first.labels[name] for name in ("isbn", "title", "record_reference")
    }
    again = plan([faulty], [], ask(params, **has(first, less), rights=LICENSED, at=AS_OF + timedelta(days=1)))
    assert (again.intents, blocked(again, recipient)) == ([], blocked(made, recipient))
    whole = plan([BOOK], [], ask(params, **has(first, less), at=AS_OF + timedelta(days=2)))
    assert [intent.content for intent in whole.intents] == [first.content], "mended and free again: it goes as ever"


@pytest.mark.parametrize("faulty", BAD_FACTS)
@pytest.mark.parametrize("recipient", ["retailer-plain", "erp-json"])
def test_a_faulty_title_with_no_less_to_sell_stays_silent(recipient, faulty) -> None:
    """Nothing ended; or more may be sold than was told, which never goes out past a failed rule; or nobody ever had it."""
    params = {**DELTA, "recipients": [recipient]}
    [wide], [small] = plan([BOOK], [], ask(params)).intents, plan([BOOK], [], ask(params, rights=LICENSED)).intents
    assert plan([faulty], [], ask(params, **has(wide))).intents == []
    assert plan([faulty], [], ask(params, **has(small))).intents == []
    assert plan([faulty], [], ask(params, rights=LICENSED)).intents == []


def test_what_ends_is_taken_back_and_what_begins_is_not_told() -> None:
    """One licence ends and another begins, and the record is faulty: France opens and stays untold, Ireland closes."""
    [first] = plan([BOOK], [], ask(ERP, rights=LICENSED)).intents
    other = {BOOK.subject: standing(deals=(deal(territories=("IE",)),))}
    [less] = plan([FAULTY], [], ask(ERP, **has(first), rights=other)).intents
    assert places(less) == (["WORLD"], ["BE", "FR", "IE"])


@pytest.mark.parametrize(
    ("state", "has_left", "base"),
    [
        ("planned", False, "9.99"),
        ("planned", True, "8.50"),
        ("in_flight", True, "8.50"),
        ("unknown", True, "8.50"),
        ("failed", True, "9.99"),
    ],
)
def test_what_a_recipient_may_have_is_taken_back(state, has_left, base) -> None:
    """The newest record says less already, and nobody knows that it arrived; what goes is what the recipient took, or will."""
    [first] = plan([BOOK], [], ask(ERP)).intents
    dearer = BOOK.model_copy(update={"prices": (BOOK.prices[0].model_copy(update={"amount": Decimal("8.50")}),)})
    [second] = plan([dearer], [], ask(ERP, sent(first), LICENSED)).intents
    known = has(first, second, state=state, has_left=has_left)
    [less] = plan([FAULTY], [], ask(ERP, **known, rights=LICENSED)).intents
    assert (places(less), json.loads(less.content)["prices"][0]["amount"]) == ((["WORLD"], ["BE", "FR"]), base)
    assert less.content_hash == second.content_hash or base == "9.99"
    never = has(first, state="planned", has_left=False)
    assert plan([FAULTY], [], ask(ERP, **never, rights=LICENSED)).intents == [], "what nobody has is not taken back"


@pytest.mark.parametrize("recipient", ["retailer-plain", "erp-json"])
def test_a_record_that_cannot_be_made_less_closes_the_title(recipient) -> None:
    """Its content is gone, or in words that the recipient no longer reads: not for sale anywhere, until the title is mended."""
    params, other = {**DELTA, "recipients": [recipient]}, "erp-json" if recipient == "retailer-plain" else "retailer-plain"
    [first], [foreign] = plan([BOOK], [], ask(params)).intents, plan([BOOK], [], ask({**DELTA, "recipients": [other]})).intents
    for known in ({**has(first), "content": {}}, has(foreign)):
        [closing] = plan([FAULTY], [], ask(params, **known, rights=LICENSED)).intents
        assert offered_in(closing) == (([], ["WORLD"]) if recipient == "erp-json" else (["03"], []))


@pytest.mark.parametrize("recipient", ["retailer-plain", "erp-json"])
@pytest.mark.parametrize(("records", "left"), [({"deals": (deal(),)}, True), ({"contracts": ENDED}, False)])
def test_a_record_that_cannot_be_read_is_taken_back(recipient, records, left) -> None:
    """Its rights can be read: the countries that ended go, all of them where nothing is left, and it stays an exception."""
    params = {**DELTA, "recipients": [recipient]}
    [first] = plan([BOOK], [], ask(params)).intents
    fault = Finding(
        subject=BOOK.subject, rule="G7", severity=Severity.ERROR, field="prices", found="x", expected="", remedy="Mend.", owner=""
    )
    made = plan([], [fault], ask(params, **has(first), rights={BOOK.subject: standing(**records)}))
    [less] = made.intents
    assert blocked(made, recipient) == {"G7"}
    assert made.judged == {recipient: [BOOK.subject]}
    if recipient == "erp-json":
        assert places(less) == ((["WORLD"], ["BE", "FR"]) if left else ([], ["WORLD"]))
    else:
        assert (availability_in(less) == ["52"]) is not left
    assert plan([], [fault], ask(params, **has(first))).intents == []


@pytest.mark.parametrize("recipient", ["retailer-plain", "distributor-short"])
def test_a_title_that_makes_no_valid_record_at_all_is_closed_by_the_last_one(recipient) -> None:
    """Its title is gone, so that not even a bare record of it is valid; its contract ended, and the recipient hears of that."""
    params = {**DELTA, "recipients": [recipient]}
    [first] = plan([BOOK], [], ask(params)).intents
    untitled = BOOK.model_copy(update={"title": ""})
    [closing] = plan([untitled], [], ask(params, **has(first), rights={BOOK.subject: standing(contracts=ENDED)})).intents
    assert offered_in(closing) == (["03"], [])
    assert availability_in(closing) == ["52"]


def test_what_is_taken_back_goes_before_what_opens_and_once_for_each_full_feed() -> None:
    """In the order of a batch; a full feed says so again where it was not told, and not where it was."""
    full, other = {**ERP, "mode": "full"}, BOOK.model_copy(update={"id": 8, "isbn13": "9781999000011"})
    [first] = plan([BOOK], [], ask(ERP)).intents
    made = plan([other, FAULTY], [], ask(full, **has(first), rights=LICENSED))
    assert [intent.subject for intent in made.intents] == [BOOK.subject, other.subject]
    assert {intent.occurrence for intent in made.intents} == {"full/2026-05-01T01:00:00Z"}
    assert plan([FAULTY], [], ask(full, **has(first, made.intents[0]), rights=LICENSED)).intents == []


def test_the_days_that_come_by_themselves() -> None:
    """Nobody edited anything: a licence begins, a contract ends, an embargo is over; the next night takes these in, and no others."""
    numbers = ["9781999000004", "9781999000011", "9781999000028", "9781999000035"]
    facts = (
        {"deals": (deal(territories=("FR",), starts_on=date(2026, 5, 2)),)},
        {"contracts": (contract(terminated_on=date(2026, 5, 2)),)},
        {"embargo": date(2026, 5, 2)},
        {},
    )

    def night(number):
        at = AS_OF + timedelta(days=number)
        return [standing(isbn, at=at, **records).to_line() for isbn, records in zip(numbers, facts, strict=True)]

    day = AS_OF.date()
    channels = {"online"}
    assert turned_by_rights(night(0), day, night(1), day + timedelta(days=1), channels) == {numbers[1], numbers[2]}
    assert turned_by_rights(night(-1), day - timedelta(days=1), night(0), day, channels) == {numbers[0]}
    assert turned_by_rights(night(1), day + timedelta(days=1), night(2), day + timedelta(days=2), channels) == set()
    assert turned_by_rights([], day, night(1), day + timedelta(days=1), channels) == set(numbers)
