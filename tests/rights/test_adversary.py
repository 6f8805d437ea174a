"""Records that look harmless: what a careless reading would sell without the right to."""

from datetime import date

import pytest
from rights_records import ATLAS, DAY, contract, deal, grant, holding, product

from colophon.domain.product import Language
from colophon.domain.rights_deal import DealStatus
from colophon.rights import judge


def is_open(country: str, on: date = DAY, channel: str = "online", **changes: object) -> bool:
    """One cell of the usual product with some records changed."""
    return judge(holding(**changes), ATLAS).is_open(country, channel, on)


@pytest.mark.parametrize(
    ("gone", "now"), [("AN", "CW"), ("AN", "SX"), ("AN", "BQ"), ("CS", "RS"), ("CS", "ME"), ("YU", "HR"), ("YU", "SI")]
)
def test_a_country_that_is_no_more_closes_those_that_it_became(gone, now) -> None:
    """Licensed, excluded from a grant, or not for sale; and to be granted the old one gives nothing of the new ones."""
    assert is_open(now)
    assert not is_open(now, deals=(deal(territories=(gone,)),))
    assert not is_open(now, grants=(grant(excluded_territories=(gone,)),))
    assert not is_open(now, product=product(not_for_sale=(gone,)))
    assert not is_open(now, grants=(grant(territories=(gone,)),))
    assert is_open("GB", deals=(deal(territories=(gone,)),))


def test_the_rest_of_the_world_is_not_what_a_sister_grant_named_by_an_old_name() -> None:
    """ROW beside a grant for Serbia and Montenegro, as it was then."""
    sister = grant(id=6, territories=("CS",), channels=("retail",))
    row = grant(territories=("ROW",))
    assert not is_open("RS", grants=(row, sister))
    assert is_open("GB", grants=(row, sister))


def test_the_eurozone_is_its_countries() -> None:
    """A licence for it closes each of them, and no other."""
    closed = {place for place in ("DE", "HR", "SE", "GB") if not is_open(place, deals=(deal(territories=("ECZ",)),))}
    assert closed == {"DE", "HR"}


def test_the_rest_of_a_licence_is_all_that_it_does_not_exclude() -> None:
    """ROW but the United Kingdom: closed everywhere else; a part of the kingdom excluded leaves the kingdom closed."""
    assert is_open("GB", deals=(deal(territories=("ROW",), excluded_territories=("GB",)),))
    assert not is_open("US", deals=(deal(territories=("ROW",), excluded_territories=("GB",)),))
    assert not is_open("GB", deals=(deal(territories=("WORLD",), excluded_territories=("GB-SCT",)),))


@pytest.mark.parametrize(
    ("signed", "term", "last"),
    [
        (date(2024, 2, 29), "12", date(2025, 2, 28)),
        (date(2024, 2, 29), "48", date(2028, 2, 29)),
        (date(2025, 1, 31), "1", date(2025, 2, 28)),
        (date(2023, 8, 31), "6", date(2024, 2, 29)),
    ],
)
def test_leap_days(signed, term, last) -> None:
    """The last day is open, the next is not."""
    head = contract(signed_on=signed, term=term)
    assert is_open("GB", last, contracts=(head,))
    assert not is_open("GB", date.fromordinal(last.toordinal() + 1), contracts=(head,))


@pytest.mark.parametrize("term", ["0", "-12", "12 months", "1e3", "12.5", "\u0661\u0662", "99999999", "life"])
def test_a_term_that_is_no_term_closes_and_is_told(term) -> None:
    """None of these is taken for open-ended."""
    judged = judge(holding(contracts=(contract(term=term),)), ATLAS)
    assert not judged.is_open("GB", "online", DAY)
    assert [(f.rule, f.subject, f.owner, bool(f.remedy)) for f in judged.findings] == [("R1", "contract:1", "rights_manager", True)]


@pytest.mark.parametrize(
    "ends", [{"expires_on": None}, {"expires_on": None, "starts_on": None}, {"status": DealStatus.EXPIRED, "expires_on": None}]
)
def test_a_licence_without_an_end_never_gives_back(ends) -> None:
    """Open-ended, or ended on a day that nobody recorded."""
    assert not is_open("FR", date(2099, 1, 1), deals=(deal(**ends),))


def test_a_licence_is_renewed_on_the_day_it_ends() -> None:
    """There is no day between, nor a conflict; with a day between, that day is ours; another licensee on the same day is a conflict."""
    first = deal(expires_on=date(2026, 6, 30))
    again = deal(id=10, starts_on=date(2026, 6, 30), expires_on=date(2027, 6, 30), renewal_of=9)
    later = deal(id=10, starts_on=date(2026, 7, 2), expires_on=date(2027, 6, 30), renewal_of=9)
    judged = judge(holding(deals=(first, again)), ATLAS)
    assert judged.open_countries("online", date(2026, 7, 1)) == judged.open_countries("online", date(2026, 6, 30))
    assert judged.findings == ()
    assert is_open("FR", date(2026, 7, 1), deals=(first, later))
    other = deal(id=11, licensee_id=45, starts_on=date(2026, 6, 30), expires_on=None)
    assert [(f.rule, f.found) for f in judge(holding(deals=(first, other)), ATLAS).findings] == [
        ("R5", "meets rights_deal:9 from 2026-06-30 until 2026-06-30")
    ]


def test_a_contract_is_signed_anew_on_the_day_the_old_one_ends() -> None:
    """Each has a grant of its own: no day between."""
    old, new = contract(terminated_on=date(2026, 6, 30)), contract(id=2, signed_on=date(2026, 6, 30))
    grants = (grant(), grant(id=6, contract_id=2))
    assert all(is_open("GB", date(2026, month, day), contracts=(old, new), grants=grants) for month, day in ((6, 30), (7, 1)))
    assert not is_open("GB", date(2026, 7, 1), contracts=(old, new), grants=(grant(),))


@pytest.mark.parametrize("sell_off", [date(2027, 6, 30), date(2026, 12, 31)])
def test_a_licensee_that_sells_off_bars_nobody(sell_off) -> None:
    """The exclusive licence is over on its last day; the stock is only mentioned."""
    sold = deal(sell_off_until=sell_off)
    assert not is_open("FR", date(2026, 12, 31), deals=(sold,))
    assert is_open("FR", date(2027, 1, 1), deals=(sold,))


def test_a_sell_off_that_ends_before_the_licence_closes_all_the_same() -> None:
    """It contradicts itself, and is told."""
    judged = judge(holding(deals=(deal(sell_off_until=date(2026, 3, 1)),)), ATLAS)
    assert not judged.is_open("FR", "online", DAY)
    assert [(f.rule, f.field) for f in judged.findings] == [("R4", "sell_off_until")]


def test_a_text_in_two_languages_needs_both() -> None:
    """A grant of one of them gives nothing; a licence of one of them takes the book."""
    both = product(languages=(Language(role="01", code="eng"), Language(role="01", code="fre")))
    assert not is_open("GB", product=both, grants=(grant(languages=("eng",)),))
    assert not is_open("FR", product=both, deals=(deal(languages=("fre",)),))
    assert is_open("FR", product=both, deals=(deal(languages=("ger",)),))


def test_exclusive_overlap_closes_for_us_whoever_is_right() -> None:
    """Two licensees have France: it is told of the younger deal, and we do not sell there."""
    judged = judge(holding(deals=(deal(), deal(id=10, licensee_id=45, territories=("FR",)))), ATLAS)
    assert not judged.is_open("FR", "online", DAY)
    assert [(f.rule, f.subject, f.owner) for f in judged.findings] == [("R5", "rights_deal:10", "rights_manager")]


def test_what_is_licensed_for_one_channel_stays_ours_in_the_others() -> None:
    """Whatever the case and the blanks in which the channel is written."""
    shut = deal(channels=(" Online ",))
    assert not is_open("FR", channel="ONLINE", deals=(shut,))
    assert is_open("FR", channel="retail", deals=(shut,))
