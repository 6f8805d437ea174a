"""Every rule: one record that breaks it, beside a clean one that breaks none."""

import copy
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest
from clean_record import AS_OF, BOOK, CLEAN, CONFIG, LISTS, PROFILE, detail, found, price

from colophon.domain.finding import Severity
from colophon.domain.product import Contributor, Text, TextKind
from colophon.errors import BadConfigError, ConflictError
from colophon.onix import record as onix
from colophon.onix.build import build
from colophon.onix.prior import PriceKey, Prior
from colophon.onix.record_details import FileFacts, FormFeature
from colophon.onix.record_parts import Identifier, PublishingDate
from colophon.onix.record_sales import SalesRights, Supplier, Territory
from colophon.onix.territory import saleable
from colophon.onix.write import header_of
from colophon.quality.catalogue import catalogue
from colophon.quality.figures import is_complete
from colophon.quality.gates import closed_gates
from colophon.quality.judge import check_severities, judge
from colophon.quality.message import check_message
from colophon.quality.rule import RULES


def with_(**values):
    """A change of the record's own members."""
    return lambda record: [setattr(record, name, value) for name, value in values.items()]


def dates(*pairs):
    """Publishing dates by role."""
    return [PublishingDate(role, on) for role, on in pairs]


def not_yet(record) -> None:
    """It may be had from the end of May on, so that a forthcoming status fits."""
    detail(record).availability, detail(record).dates = "10", dates(("08", date(2026, 5, 31)))


BREAKS = {
    "C1": lambda r: setattr(r, "texts", [t for t in r.texts if t.text_type != "03"]),
    "C1a": lambda r: setattr(r.texts[0], "text", "x"),
    "C2": lambda r: setattr(r.texts[0], "audience", []),
    "C3": lambda r: setattr(r.texts[-1], "text", "<marquee>no</marquee>"),
    "C4": with_(resources=[]),
    "C4a": lambda r: setattr(r.resources[0], "changed_on", None),
    "C5": None,
    "C6": with_(subtitle="A CafÃ© Novel"),
    "C6a": lambda r: setattr(r.texts[1], "text", "<p>It\ufffds main.</p>"),
    "C7": lambda r: setattr(r.texts[1], "text", "<p>Description to follow</p>"),
    "C8": lambda r: setattr(r.texts[1], "text", "<p>Only £9.99</p>"),
    "C9": None,
    "C10": lambda r: setattr(r.resources[0], "link", "https://dam.intranet/7.jpg"),
    "C10a": lambda r: setattr(r.resources[0], "link", "https://covers.example/7.psd"),
    "C10b": lambda r: setattr(r.resources[0], "link", "https://covers.example/7.jpg?Expires=1780000000&Signature=x"),
    "D1": with_(title="Paperback, Volume 3"),
    "D2": with_(title_prefix=None, title_without_prefix=None),
    "D3": with_(contributors=[]),
    "D3a": lambda r: setattr(r.contributors[0], "sequence", 2),
    "D4": with_(languages=[]),
    "D5": with_(extents=[]),
    "D5a": lambda r: r.extents.append(onix.Extent("09", "10", "03")),
    "D6": with_(measures=[]),
    "D6a": lambda r: setattr(r.measures[0], "unit", "furlong"),
    "D7": with_(product_form=""),
    "D8": with_(product_composition="10"),
    "D9": lambda r: r.subjects.append(replace(r.subjects[0], code="FBC")),
    "D10": lambda r: [setattr(s, "is_main", False) for s in r.subjects],
    "D10a": lambda r: setattr(r.subjects[0], "code", "9XYZ"),
    "D22": with_(product_form="ED", measures=[], extents=[onix.Extent("00", "320", "03")]),
    "P7": with_(contacts=[]),
    "C11": lambda r: setattr(r.resources[0], "facts", FileFacts(height=640, width=400)),
    "D21": None,
    "D21a": None,
    "D11": lambda r: setattr(r.subjects[0], "code", "YFB"),
    "D12": with_(collections=[onix.Collection("The Heron Cycle", "#?")]),
    "D10b": None,
    "D14": lambda r: setattr(r.contributors[0], "person_name", "Crane, Agnes"),
    "D15": lambda r: setattr(r.contributors[0], "person_name", "Various Authors"),
    "D16": lambda r: setattr(r.contributors[0], "roles", ["A01", "E07"]),
    "D17": with_(title="The Heron at Kelso Bridge: A Novel", subtitle="A Novel"),
    "D18": with_(title="TBC"),
    "D19": lambda r: setattr(r.measures[0], "value", Decimal("19.8")),
    "D20": lambda r: setattr(r.extents[0], "value", "2"),
    "D13": with_(edition_statement="Revised", edition_number=None, edition_types=[]),
    "I1": lambda r: setattr(next(i for i in r.identifiers if i.id_type == "15"), "value", "9781999000005"),
    "I2": lambda r: setattr(next(i for i in r.identifiers if i.id_type == "03"), "value", "9781999000011"),
    "I3": lambda r: setattr(next(i for i in r.identifiers if i.id_type == "01"), "type_name", None),
    "I4": lambda r: r.identifiers.append(Identifier("15", "9781999000011")),
    "I5": lambda r: r.contributors[0].identifiers.append(Identifier("16", "0000000000000000")),
    "I6": with_(related_products=[onix.RelatedProduct("06", [Identifier("15", "9781999000004")])]),
    "U1": lambda r: setattr(r.contributors[0], "roles", ["Q77"]),
    "L1": with_(notification_type="01"),
    "L2": with_(notification_type="05"),
    "L3": with_(notification_type="04"),
    "L4": None,
    "P1": with_(imprint_name=None),
    "P2": lambda r: (with_(publishing_status="02", publishing_dates=[])(r), not_yet(r)),
    "P3": lambda r: (with_(publishing_status="02")(r), not_yet(r)),
    "P4": with_(publishing_dates=dates(("01", date(2024, 2, 1)), ("02", date(2024, 1, 1)), ("09", date(2024, 1, 5)))),
    "P6": lambda r: r.sales_rights.append(replace(r.sales_rights[0])),
    "P6a": lambda r: setattr(r.sales_rights[0], "rights_type", "03"),
    "S1": lambda r: setattr(r.sales_rights[0], "territory", Territory(countries_included=["FR"])),
    "S2": lambda r: setattr(detail(r), "availability", "43"),
    "S3": with_(publishing_status="01"),
    "S3a": with_(publishing_dates=dates(("01", date(2026, 5, 2))), notification_type="02"),
    "S11": lambda r: detail(r).prices.append(replace(price(r), price_type="01", amount=Decimal("10.99"), taxes=[])),
    "S11a": lambda r: detail(r).prices.append(replace(price(r), price_type="01", amount=Decimal("4.99"), taxes=[])),
    "S12": lambda r: setattr(price(r), "currency", "HRK"),
    "S16": lambda r: setattr(price(r), "amount", Decimal("999.00")),
    "S4": lambda r: setattr(price(r), "amount", Decimal(0)),
    "S5": lambda r: detail(r).prices.append(replace(price(r), amount=Decimal("8.99"))),
    "S5a": lambda r: setattr(
        detail(r),
        "prices",
        [
            replace(price(r), until_on=date(2026, 6, 1)),
            replace(price(r), from_on=date(2026, 7, 1)),
        ],
    ),
    "S6": lambda r: setattr(price(r), "price_type", "01"),
    "S6a": lambda r: detail(r).prices.append(replace(price(r), currency="EUR", taxes=[])),
    "S6b": lambda r: setattr(price(r), "taxes", []),
    "S14": lambda r: setattr(detail(r), "prices", []),
    "S15": lambda r: detail(r).prices.append(replace(price(r), from_on=date(2026, 7, 1), until_on=date(2026, 6, 1))),
    "S8": lambda r: (
        setattr(r.supplies[0], "market", Territory(countries_included=["GB"])),
        setattr(price(r), "territory", Territory(countries_included=["FR"])),
    ),
    "S10": lambda r: setattr(detail(r), "supplier", Supplier("01")),
}
"""A change of the clean record that breaks the rule; None where the fault is elsewhere (tests of their own)."""


def test_the_clean_record_breaks_no_rule_that_reports() -> None:
    """What is complete and right goes without a word."""
    assert found() == set()


AGAINST_THE_LAST = {"S13": 100, "S13a": 5}
"""Rules that look at what was sent last, broken where that was so many times as much."""


@pytest.mark.parametrize(("rule", "times"), AGAINST_THE_LAST.items())
def test_a_price_is_looked_at_beside_the_last_one(rule: str, times: int) -> None:
    """Broken by too much and by too little; not by a price that was sent among others, nor where nothing was."""
    now = price(CLEAN)
    key = PriceKey(now.price_type, now.qualifier or "", now.currency)
    for before in (now.amount * times, now.amount / times):
        assert rule in found(prior=Prior(prices={key: (before,)}))
        assert rule not in found(prior=Prior(prices={key: (before, now.amount)}))
    assert rule not in found(prior=Prior(prices={}))


def test_the_table_knows_every_rule() -> None:
    """A rule without a case that breaks it would be a check that cannot fail."""
    assert set(BREAKS) | set(AGAINST_THE_LAST) == set(RULES)


ALSO = {
    "I1": {"I2"},  # the GTIN beside it still has the right number
    "I4": {"I2"},
    "P6a": {"S1"},  # what may be sold nowhere has no market either
    "S1": {"P6"},  # the rest of the world is then unsaid
    "P3": {"S3a"},  # and nobody waits so long for its stock
    "S3": {"P2"},  # a cancelled title has no publication date
}
"""What else one change must break, because two rules look at the same value."""


@pytest.mark.parametrize("rule", [rule for rule, change in BREAKS.items() if change])
def test_a_rule_finds_what_it_is_for_and_nothing_else_does(rule: str) -> None:
    """The one change breaks the rule, and no other that does not look at the same value."""
    record = copy.deepcopy(CLEAN)
    BREAKS[rule](record)
    profile = PROFILE
    if rule == "C1a":
        limits = tuple(limit.model_copy(update={"min_chars": 5}) for limit in PROFILE.texts)
        profile = PROFILE.model_copy(update={"texts": limits})
    assert found(record, profile=profile) == {rule} | ALSO.get(rule, set())


def test_an_embargoed_text_without_its_date_is_refused() -> None:
    """C5: the only main description is under embargo, and the record does not say so."""
    texts = tuple(t.model_copy(update={"from_on": date(2027, 1, 1)}) if t.kind is TextKind.MAIN else t for t in BOOK.texts)
    assert "C5" in found(product=BOOK.model_copy(update={"texts": texts}))


def test_another_reference_for_an_isbn_is_refused() -> None:
    """L4: what was sent under one reference does not come back under another."""
    assert "L4" in found(prior=Prior(sent_before=True, record_reference="example.other.1"))


def test_two_short_descriptions_are_seen_though_one_is_written() -> None:
    """C1 looks at the source: the builder had to choose one."""
    twice = (*BOOK.texts, Text(id=3, kind=TextKind.SHORT, html="<p>Another.</p>"))
    assert "C1" in found(product=BOOK.model_copy(update={"texts": twice}))


def test_findings_say_what_a_person_needs() -> None:
    """Severity by profile, owner, remedy, and whom it blocks."""
    record = copy.deepcopy(CLEAN)
    record.resources = []
    strict = PROFILE.model_copy(update={"severities": {"C4": Severity.ERROR}})
    lax = PROFILE.model_copy(update={"severities": {"C4": Severity.COMPLETENESS}})
    for profile, blocks in ((strict, "retailer-plain"), (lax, "")):
        findings = judge(record, BOOK, profile, on=AS_OF.date(), lists=LISTS, prior=Prior(), owners=CONFIG.owners)
        finding = next(f for f in findings if f.rule == "C4")
        assert (finding.blocks, finding.owner, finding.subject) == (blocks, "designer", BOOK.subject)
        assert finding.remedy


def test_what_onix_cannot_carry_is_a_finding() -> None:
    """A contributor without a name is left out of the record, and whoever mends that is told."""
    nameless = BOOK.model_copy(update={"contributors": (*BOOK.contributors, Contributor(contact_id=2, sequence=2, role="A01", name=""))})
    record = build(nameless, PROFILE, CONFIG.publisher, as_of=AS_OF, prior=Prior(cover_dates={}))
    findings = judge(record, nameless, PROFILE, on=AS_OF.date(), lists=LISTS, prior=Prior(), owners=CONFIG.owners)
    (finding,) = [finding for finding in findings if finding.expected == "a name for contact 2"]
    assert (finding.rule, finding.field, finding.subject) == ("D3", "contributor", BOOK.subject)
    assert finding.owner == CONFIG.owners.of("D3")
    assert finding.remedy


@pytest.mark.parametrize(("rule", "severity"), [("I1", "W"), ("G2", "C"), ("G6", "W"), ("D99", "E"), ("M1", "E")])
def test_a_recipient_cannot_make_an_error_less(rule: str, severity: str) -> None:
    """A lowered error would let a wrong number out, or keep a title back without an exception; a rule that is not there is a typo."""
    with pytest.raises(BadConfigError, match=f"retailer-plain.yaml: severities: .*{rule}"):
        check_severities(PROFILE.model_copy(update={"severities": {rule: Severity(severity)}}))
    check_severities(PROFILE.model_copy(update={"severities": {"C4": Severity.ERROR, "D2": Severity.COMPLETENESS}}))


def test_the_whole_title_is_right_in_older_releases() -> None:
    """D2 is about 3.1: older recipients know the plain form best."""
    record = copy.deepcopy(CLEAN)
    BREAKS["D2"](record)
    assert "D2" not in found(record, profile=PROFILE.model_copy(update={"release": "3.0"}))


def test_a_calendar_is_complete_without_an_author() -> None:
    """BIC Basic wants a contributor, or none by choice: blank books and calendars have none."""
    nobody = BOOK.model_copy(update={"contributors": ()})
    assert is_complete(BOOK)
    assert not is_complete(nobody)
    assert is_complete(nobody.model_copy(update={"form_code": "PC"}))


@pytest.mark.parametrize(
    ("change", "gate"),
    [
        ({"allow_onix_exports": False}, "G1"),
        ({"publishing_status": None}, "G2"),
        ({"is_for_sale_worldwide": None}, "G3"),
        ({"is_for_sale_worldwide": False, "for_sale": ()}, "G3"),
    ],
)
def test_gates(change: dict, gate: str) -> None:
    """What does not belong into the feed does not get in; unknown rights mean no."""
    faulty = BOOK.model_copy(update=change)
    assert gate in {closed.gate for closed in closed_gates(faulty, PROFILE, saleable(faulty, LISTS), LISTS)}
    assert list(closed_gates(BOOK, PROFILE, saleable(BOOK, LISTS), LISTS)) == []


def test_a_form_that_the_recipient_does_not_take() -> None:
    """G5: an e-book shop gets no paperbacks, and no fault is found in them."""
    kobo = CONFIG.recipients["kobo"]
    assert [(gate.gate, gate.is_fault) for gate in closed_gates(BOOK, kobo, saleable(BOOK, LISTS), LISTS)] == [("G5", False)]


def test_message_rules() -> None:
    """M1 to M5, each broken once; a good message passes."""
    header = header_of(CONFIG.publisher, number=5, sent_at=AS_OF)
    good = {"references": ["a", "b"], "last_number": 4, "products": 2, "first_bytes": b"http://ns.editeur.org/onix/3.1/reference"}
    check_message(header, PROFILE, **good)
    for rule, change in {
        "M1": {"references": ["a", "a"]},
        "M2": {"last_number": 5},
        "M4": {"products": 0},
        "M5": {"first_bytes": b"http://ns.editeur.org/onix/3.0/short"},
        "M6": {"first_bytes": b"http://ns.editeur.org/onix/3.1/reference <DefaultLanguageOfText>"},
    }.items():
        with pytest.raises(ConflictError, match=rule):
            check_message(header, PROFILE, **{**good, **change})
    with pytest.raises(ConflictError, match="M3"):
        check_message(replace(header, sent_at=datetime(2026, 5, 1)), PROFILE, **good)


def test_the_rule_book_is_complete() -> None:
    """Every id of the book has its rule."""
    book = [f"M{n}" for n in range(1, 7)] + [f"L{n}" for n in range(1, 5)] + [f"I{n}" for n in range(1, 7)]
    book += [f"D{n}" for n in range(1, 14)] + [f"C{n}" for n in range(1, 6)] + ["P1", "P2", "P3", "P4", "P6"]
    book += ["S1", "S2", "S3", "S4", "S5", "S6", "S8", "S10"]
    assert set(book) <= {rule.id for rule in catalogue()}


@pytest.mark.parametrize(
    ("change", "rules"),
    [
        ({}, {"P7"}),
        ({"product_form": "ED", "measures": []}, {"D22"}),
        ({"product_form": "ED", "measures": [], "form_features": [FormFeature("09", "75")]}, set()),
        ({"sales_rights": [SalesRights("02", Territory(countries_included=["GB", "US"]))], "row_sales_rights_type": "03"}, set()),
        ({"product_form": "AJ", "measures": []}, set()),
    ],
)
def test_what_the_european_union_asks_for_is_asked_where_it_is_sold_there(change: dict, rules: set[str]) -> None:
    """Goods need a contact, e-books a word on accessibility (an exemption is one), and neither outside the Union."""
    record = copy.deepcopy(CLEAN)
    with_(contacts=[], **change)(record)
    assert found(record) & {"P7", "D22"} == rules
