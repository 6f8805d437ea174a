"""What closes a cell, in words and by records; what opens it; what bad data does."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from rights_records import ATLAS, DAY, contract, deal, grant, holding, product

from colophon.domain.finding import Finding, Severity
from colophon.domain.product import Language
from colophon.domain.rights_deal import DealStatus, RightsFormat
from colophon.errors import BadRecordError
from colophon.rights import judge

PART = "names GB-SCT, and what holds in a part of a country alone opens nothing"
UNREADABLE = Finding(
    subject="rights_deal:4", rule="G7", severity=Severity.ERROR, field="territories", found="x", expected="y", remedy="Correct it.", owner="operations"
)  # fmt: skip


def decide(country="GB", channel="retail", on=DAY, wanted=None, **changes):
    """The decision about one cell."""
    return judge(holding(**changes), ATLAS, wanted).explain(country, channel, on)


def codes(decision):
    """Codes of the reasons that close."""
    return [reason.code for reason in decision.reasons if reason.is_against]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"contracts": ()}, "contract_unknown"),
        ({"contracts": (), "grants": ()}, "no_contract"),
        ({"grants": ()}, "nothing_granted"),
        ({"contracts": None}, "unknown_contracts"),
        ({"grants": None}, "unknown_grants"),
        ({"deals": None}, "unknown_deals"),
        ({"unreadable": (UNREADABLE,)}, "unreadable"),
        ({"contracts": (contract(signed_on=None),)}, "contract_unreadable"),
        ({"contracts": (contract(work_id=8),)}, "contract_unknown"),
        ({"contracts": (contract(term="12"),)}, "not_granted"),
        ({"contracts": (contract(terminated_on=DAY - timedelta(days=1)),)}, "not_granted"),
        ({"contracts": (contract(signed_on=DAY + timedelta(days=1)),)}, "not_granted"),
        ({"grants": (grant(expires_on=DAY - timedelta(days=1)),)}, "not_granted"),
        ({"grants": (grant(formats=("EBOOK",)),)}, "not_granted"),
        ({"grants": (grant(languages=("ger",)),)}, "not_granted"),
        ({"grants": (grant(languages=("eng",)),), "product": product(languages=())}, "not_granted"),
        (
            {
                "product": product(languages=(Language(role="01", code="eng"), Language(role="01", code="ger"))),
                "grants": (grant(languages=("eng",)),),
            },
            "not_granted",
        ),
        ({"product": product(languages=()), "deals": (deal(territories=("GB",), languages=("fre",)),)}, "licensed_out"),
        ({"product": product(isbn13=None), "deals": (deal(territories=("GB",), isbns=("9780000000002",)),)}, "licensed_out"),
        ({"deals": (deal(territories=("GB",), status=DealStatus.AGREED),)}, "licensed_out"),
        ({"grants": (grant(channels=("library",)),)}, "not_granted"),
        ({"grants": (grant(territories=("US", "GB-SCT")),)}, "not_granted"),
        ({"grants": (grant(territories=("WORLD",), excluded_territories=("GB-SCT",)),)}, "not_granted"),
        ({"grants": (grant(territories=None),)}, "not_granted"),
        ({"product": product(is_for_sale_worldwide=None, for_sale=("IE",))}, "not_for_sale"),
        ({"product": product(not_for_sale=("GB",))}, "not_for_sale"),
        ({"product": product(not_for_sale=("GB-SCT",))}, "not_for_sale"),
        ({"product": product(is_for_sale_worldwide=None)}, "unknown_for_sale"),
        ({"product": product(missing_fields=("not_for_sale",))}, "unknown_for_sale"),
        ({"product": product(kind="GenericProduct", form_code=None)}, "unknown_format"),
        ({"deals": (deal(territories=("GB",)),)}, "licensed_out"),
        ({"embargo_until": DAY + timedelta(days=1)}, "embargo"),
    ],
)
def test_each_thing_that_is_missing_closes_the_cell_and_is_named(changes, code) -> None:
    """Every single defect closes Britain, and the reason says which one it is and on which record it rests."""
    decision = decide(**changes)
    assert not decision.is_open
    assert code in codes(decision)
    assert all(reason.sentence and reason.records for reason in decision.reasons)


def test_a_title_with_everything_recorded_is_open_and_says_on_what_it_rests() -> None:
    """Contract, grant and for-sale set are the chain of reasons of an open cell."""
    decision = decide()
    assert decision.is_open
    assert [reason.records for reason in decision.reasons] == [("contract:1", "head_grant:5"), ("isbn:9781999000004",)]


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"contracts": (contract(term="life"),)}, "R1"),
        ({"contracts": (contract(), contract(name="Another"))}, "R2"),
        ({"contracts": (contract(term="-3"),)}, "R1"),
        ({"contracts": (contract(term="99999"),)}, "R1"),
        ({"contracts": (contract(term="١٢"),)}, "R1"),
        ({"contracts": (contract(terminated_on=date(2019, 1, 1)),)}, "R4"),
        ({"grants": (grant(starts_on=date(2027, 1, 1), expires_on=date(2026, 1, 1)),)}, "R4"),
        ({"grants": (grant(territories=("UK",)),)}, "R3"),
        ({"grants": (grant(excluded_territories=("UK",)),)}, "R3"),
        ({"grants": (grant(formats=("PAPER",)),)}, "R3"),
        ({"grants": (grant(languages=("english",)),)}, "R3"),
        ({"grants": (grant(territories=("ROW",)),)}, "R3"),
        ({"product": product(is_for_sale_worldwide=None, for_sale=("UK",))}, "R3"),
        ({"product": product(not_for_sale=("UK",))}, "R3"),
        ({"deals": (deal(territories=("UK",)),)}, "R3"),
        ({"deals": (deal(territories=("WORLD",), excluded_territories=("UK",)),)}, "R3"),
        ({"deals": (deal(territories=("GB",), excluded_territories=("WORLD",)),)}, "R3"),
        ({"deals": (deal(languages=("english",), territories=("GB",)),)}, "R3"),
        ({"deals": (deal(formats=("PAPER",), territories=("GB",)),)}, "R3"),
        ({"deals": (deal(territories=None),)}, "R2"),
        ({"deals": (deal(territories=()),)}, "R2"),
        ({"deals": (deal(territories=("GB",), is_exclusive=None),)}, "R2"),
        ({"deals": (deal(territories=("GB",), expires_on=None, status=DealStatus.TERMINATED),)}, "R2"),
        ({"deals": (deal(territories=("GB",), starts_on=date(2028, 1, 1)),)}, "R4"),
        ({"deals": (deal(territories=("GB",)), deal(id=10, licensee_id=45, territories=("WORLD",)))}, "R5"),
    ],
)
def test_bad_data_is_reported_with_owner_and_remedy_and_closes(changes, rule) -> None:
    """What cannot be read never opens anything: Britain is closed, and somebody is told what to do."""
    judged = judge(holding(**changes), ATLAS)
    assert not judged.is_open("GB", "retail", DAY)
    found = [finding for finding in judged.findings if finding.rule == rule]
    assert found
    assert all(finding.owner == "rights_manager" and finding.remedy and finding.expected for finding in found)


@pytest.mark.parametrize(
    "changes",
    [
        {"deals": (deal(),)},
        {"deals": (deal(territories=("GB",), is_exclusive=False),)},
        {"deals": (deal(territories=("GB",), status=DealStatus.OFFER),)},
        {"deals": (deal(territories=("GB",), status=DealStatus.CANCELLED),)},
        {"deals": (deal(territories=("GB",), formats=("EBOOK", "HARDBACK")),)},
        {"deals": (deal(territories=("GB",), languages=("fre",)),)},
        {"deals": (deal(territories=("GB",), channels=("library",)),)},
        {"deals": (deal(territories=("GB",), isbns=("9780000000002",)),)},
        {"deals": (deal(territories=("GB",), work_id=4),)},
        {"deals": (deal(territories=("ROW",), excluded_territories=("GB",)),)},
        {"deals": (deal(territories=("GB",), terminated_on=DAY - timedelta(days=1), status=DealStatus.TERMINATED),)},
        {"grants": (grant(territories=("US", "ROW")),)},
        {"grants": (grant(territories=("US",)), grant(id=6, territories=("ROW",)))},
        {"grants": (grant(formats=("PRINT",), channels=(" Retail ",)),)},
        {"product": product(is_for_sale_worldwide=None, for_sale=("ROW",), not_for_sale=("US",))},
    ],
)
def test_what_does_not_concern_the_cell_leaves_it_open(changes) -> None:
    """Licences of other places, formats, languages, channels, products and days do not close Britain."""
    assert decide(**changes).is_open


@pytest.mark.parametrize(
    ("changes", "is_open"),
    [
        ({"deals": (deal(territories=("GB",), starts_on=DAY, expires_on=DAY),)}, False),
        ({"deals": (deal(territories=("GB",), starts_on=DAY + timedelta(days=1)),)}, True),
        ({"deals": (deal(territories=("GB",), expires_on=DAY - timedelta(days=1)),)}, True),
        ({"contracts": (contract(signed_on=DAY, terminated_on=DAY),)}, True),
        ({"contracts": (contract(signed_on=date(2025, 6, 1), term="12"),)}, True),
        ({"contracts": (contract(signed_on=date(2025, 5, 31), term="12"),)}, False),
        ({"grants": (grant(starts_on=DAY, expires_on=DAY),)}, True),
        ({"embargo_until": DAY}, True),
        ({"embargo_until": date.min}, True),
    ],
)
def test_first_and_last_days_belong_to_their_period(changes, is_open) -> None:
    """Contracts, grants and licences hold on their last day; an embargo is over on the day that it names."""
    assert decide(**changes).is_open is is_open


@pytest.mark.parametrize(
    "changes",
    [
        {"deals": (deal(territories=("WORLD",), excluded_territories=("GB-SCT",)),)},
        {"deals": (deal(territories=("FR", "UK")),)},
        {"grants": (grant(territories=("UK",)), grant(id=6, territories=("ROW",), excluded_territories=("US",)))},
    ],
)
def test_a_territory_that_cannot_be_read_exactly_counts_against_us(changes) -> None:
    """Excluding a part does not exclude the country, a wrong code may be any country, and so may the rest of one."""
    assert not decide(**changes).is_open


def test_a_part_of_a_country_that_is_licensed_closes_the_country() -> None:
    """A set of countries cannot say "without Scotland"; so nothing is sold there by mistake."""
    assert not decide(deals=(deal(territories=("GB-SCT",)),)).is_open


def test_hardback_rights_are_not_print_rights_but_touch_them() -> None:
    """A product that is merely "print" needs print rights, and loses by a licence of any kind of print."""
    vague = product(form_code="BZ")
    assert codes(decide(product=vague, grants=(grant(formats=("HARDBACK",)),))) == ["not_granted"]
    assert not decide(product=vague, deals=(deal(territories=("GB",), formats=("HARDBACK",)),)).is_open


def test_another_format_of_the_title_can_be_asked_about() -> None:
    """Video rights are judged by grants of video, whatever the product's own format is."""
    assert not decide(wanted=RightsFormat.VIDEO, grants=(grant(formats=("PRINT",)),)).is_open
    assert decide(wanted=RightsFormat.VIDEO).is_open


def test_type_and_form_that_contradict_each_other_are_no_format() -> None:
    """A paperback code on an e-book record is unknown, and unknown means no."""
    assert codes(decide(product=product(kind="ElectronicBookProduct"))) == ["unknown_format"]


def test_an_unknown_country_is_refused_not_answered() -> None:
    """Nobody gets a quiet no for a mistyped country."""
    with pytest.raises(BadRecordError, match="UK"):
        decide(country="UK")


def test_the_intervals_of_a_cell_follow_licence_and_contract() -> None:
    """Before signing, open, licensed out, open with the licensee's sell-off, open, ended."""
    records = {
        "contracts": (contract(term="96"),),
        "deals": (deal(territories=("GB",), sell_off_until=date(2027, 3, 31)),),
    }
    found = judge(holding(**records), ATLAS).timeline("GB", "retail")
    assert [(i.from_on, i.until_on, i.is_open) for i in found] == [
        (None, date(2020, 1, 30), False),
        (date(2020, 1, 31), date(2025, 12, 31), True),
        (date(2026, 1, 1), date(2026, 12, 31), False),
        (date(2027, 1, 1), date(2027, 3, 31), True),
        (date(2027, 4, 1), date(2028, 1, 31), True),
        (date(2028, 2, 1), None, False),
    ]
    assert any(reason.code == "sell_off" for reason in found[3].reasons)


def test_the_next_change_is_the_first_day_that_turns_a_cell() -> None:
    """The day after a licence ends opens its cells; without periods nothing ever changes."""
    judged = judge(holding(deals=(deal(),)), ATLAS)
    assert judged.next_change(DAY, ["retail"]) == date(2027, 1, 1)
    assert judged.next_change(date(2027, 1, 1), ["retail"]) is None


def test_findings_about_the_same_record_stand_once() -> None:
    """A record that is there twice does not raise two alarms."""
    faulty = contract(term="life")
    judged = judge(holding(contracts=(faulty, faulty)), ATLAS)
    assert [finding.rule for finding in judged.findings] == ["R1"]


def test_two_exclusive_licences_to_one_licensee_are_no_conflict() -> None:
    """A licensee may hold the same right by two deals."""
    twice = (deal(), replace(deal(), id=10))
    assert judge(holding(deals=twice), ATLAS).findings == ()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"grants": (grant(territories=("GB-SCT",)),)}, f"grant {grant().id} of contract {grant().contract_id} {PART}"),
        ({"product": product(is_for_sale_worldwide=None, for_sale=("GB-SCT",))}, f"the product's for-sale set {PART}"),
    ],
    ids=["granted", "for sale"],
)
def test_a_right_in_a_part_of_a_country_is_told_as_such(changes, told) -> None:
    """That Scotland alone closes Britain is nobody's mistake, and the reason must not sound like one."""
    assert any(reason.sentence.startswith(told) for reason in decide(**changes).reasons)
