"""Generated rights in a small world: five countries, two channels, a few weeks, and every kind of bad data."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st
from rights_records import contract, deal, grant, product

from colophon.domain.product import Language
from colophon.domain.rights_deal import DealStatus
from colophon.onix.codelists import CodeLists
from colophon.rights import Atlas, Holding

COUNTRIES = ("BE", "DE", "FR", "GB", "US")
CHANNELS = ("retail", "library")
START = date(2026, 1, 20)
DAYS = [START + timedelta(days=number) for number in range(-2, 55)]

_names = {code: code for code in COUNTRIES}
_lists = {91: _names, 49: {"WORLD": "", "GB-SCT": ""}, 74: {"eng": "", "fre": ""}}
ATLAS = Atlas(CodeLists(75, datetime(2026, 1, 1, tzinfo=UTC).date(), _lists))

day = st.integers(0, 25).map(lambda number: START + timedelta(days=number))
maybe_day = st.none() | day
channels = st.sampled_from([("*",), ("*",), ("retail",), ("library",), CHANNELS, None])
languages = st.sampled_from([("*",), ("*",), ("eng",), ("fre",), ("eng", "fre"), None])
formats = st.sampled_from([("*",), ("PRINT",), ("PAPERBACK",), ("EBOOK",), ("HARDBACK", "EBOOK"), None])


def _places(*more, blank):
    codes = st.sampled_from([*COUNTRIES, *COUNTRIES, *COUNTRIES, "GB-SCT", "ROW", *more])
    return st.lists(codes, min_size=0 if blank else 1, max_size=3, unique=True).map(tuple)


places = st.just(("WORLD",)) | _places("WORLD", "UK", blank=False) | st.none()
exclusions = st.just(()) | st.just(()) | _places("WORLD", "UK", blank=True) | st.none()

products = st.builds(
    product,
    form_code=st.sampled_from(["BC", "BB", "BZ"]),
    isbn13=st.sampled_from(["9781999000004", "9781999000004", None]),
    languages=st.sampled_from([(), ("eng",), ("eng",), ("eng", "fre")]).map(
        lambda codes: tuple(Language(role="01", code=c) for c in codes)
    ),
    is_for_sale_worldwide=st.sampled_from([True, True, None, False]),
    for_sale=_places("WORLD", "UK", blank=True),
    not_for_sale=st.just(()) | _places("UK", blank=True),
)
contracts = st.builds(
    contract,
    id=st.sampled_from([1, 2]),
    work_id=st.sampled_from([3, 3, 3, 4]),
    signed_on=st.sampled_from([START, START, date(2026, 1, 31), None]),
    term=st.sampled_from([None, "", "1", "1", "12", "life", "0"]),
    terminated_on=st.none() | st.none() | day,
)
grants = st.builds(
    grant,
    id=st.integers(1, 3),
    contract_id=st.sampled_from([1, 1, 2]),
    formats=formats,
    territories=places,
    excluded_territories=exclusions,
    languages=languages,
    channels=channels,
    starts_on=st.none() | maybe_day,
    expires_on=st.none() | maybe_day,
)
deals = st.builds(
    deal,
    id=st.integers(1, 4),
    licensee_id=st.integers(44, 46),
    is_exclusive=st.sampled_from([True, True, True, False, None]),
    isbns=st.sampled_from([None, ("9781999000004",), ("9780000000002",)]),
    territories=places,
    excluded_territories=exclusions,
    languages=languages,
    formats=formats,
    channels=channels,
    starts_on=maybe_day,
    expires_on=maybe_day,
    sell_off_until=st.none() | day,
    terminated_on=st.none() | st.none() | day,
    status=st.sampled_from([*DealStatus, DealStatus.SIGNED, DealStatus.SIGNED, DealStatus.SIGNED]),
)
good_holdings = st.builds(
    Holding,
    product=st.builds(product, form_code=st.sampled_from(["BC", "BB", "BZ"]), not_for_sale=st.just(()) | _places(blank=True)),
    contracts=st.builds(contract, signed_on=st.just(START), term=st.sampled_from([None, "1", "12"])).map(lambda one: (one,)),
    grants=st.lists(
        st.builds(
            grant,
            id=st.integers(1, 3),
            territories=st.just(("WORLD",)) | _places(blank=False),
            channels=st.sampled_from([("*",), ("retail",)]),
            starts_on=maybe_day,
            expires_on=maybe_day,
        ),
        min_size=1,
        max_size=3,
    ).map(tuple),
    deals=st.lists(deals, max_size=2).map(tuple),
)
holdings = good_holdings | st.builds(
    Holding,
    product=products,
    contracts=st.lists(contracts, max_size=3).map(tuple) | st.lists(contracts, max_size=3).map(tuple) | st.none(),
    grants=st.lists(grants, max_size=3).map(tuple),
    deals=st.lists(deals, max_size=3).map(tuple),
    embargo_until=st.none() | st.none() | day,
)
