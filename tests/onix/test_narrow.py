"""What was sent, with fewer countries: as if it had been built so, and nothing else of it changes."""

import json
import re
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colophon.config import Publisher
from colophon.config.load import load_config
from colophon.domain.product import Product
from colophon.domain.supplement import Details, Restriction, Supplement
from colophon.onix.build import build
from colophon.onix.codelist_file import load_code_lists
from colophon.onix.json_feed import title_updated
from colophon.onix.narrow import narrowed, offered
from colophon.onix.profile import Profile
from colophon.onix.territory import Saleable
from colophon.onix.validate import Validator
from colophon.onix.write import product_xml

LISTS = load_code_lists()
PRICE = re.compile(rb"<(?:Price|price)>.*?</(?:Price|price)>\n", re.DOTALL)
PLACES = st.one_of(
    st.frozensets(st.sampled_from(sorted(LISTS.countries))),
    st.frozensets(st.sampled_from(sorted(LISTS.countries)), max_size=3).map(lambda missing: LISTS.countries - missing),
)
SHIPPED = load_config().publisher.model_copy(
    update={"details": Details()}
)  # contacts of safety go where goods go into the EU, and stay when less is sold
RECIPIENTS = (
    "ebook-aggregator",
    "marketplace",
    "us-wholesaler",
    "distributor-short",
    "erp-json",
    "google-play",
    "kobo",
    "library-supplier",
    "retailer-plain",
)


def sent(product: Product, profile: Profile, publisher: Publisher, as_of: datetime, places: frozenset[str]) -> bytes:
    """The record of a title that may be sold in these places."""
    record = build(product, profile, publisher, as_of=as_of, where=Saleable(places, is_known=True))
    if profile.format == "json":
        return json.dumps(title_updated(record, product), sort_keys=True, ensure_ascii=False).encode()
    return product_xml(record, profile)


def prices_apart(record: bytes) -> tuple[bytes, list[bytes]]:
    """A record without its prices, and these: in which order they stand says nothing."""
    return PRICE.sub(b"", record), sorted(PRICE.findall(record))


@pytest.mark.parametrize("name", RECIPIENTS)
@settings(max_examples=30, deadline=None)
@given(before=PLACES, left=PLACES)
def test_a_record_with_less_is_the_record_of_less(
    hardback: Product, profiles: dict[str, Profile], name: str, before: frozenset[str], left: frozenset[str]
) -> None:
    """For every recipient, whatever it was offered and whatever is left; and it says no more than that."""
    as_of, profile = datetime.fromisoformat("2026-06-01T02:00Z"), profiles[name]
    told = sent(hardback, profile, SHIPPED, as_of, before)
    assert offered(told, profile, LISTS) == before
    less, wanted = narrowed(told, before & left, profile, LISTS), sent(hardback, profile, SHIPPED, as_of, before & left)
    assert offered(less, profile, LISTS) == before & left
    if profile.format == "json":
        assert json.loads(less)["territories"] == json.loads(wanted)["territories"]
        assert json.loads(less) | {"territories": None} == json.loads(told) | {"territories": None}
    else:
        assert prices_apart(less) == prices_apart(wanted)
        assert Validator(profile.release, profile.tags).check(less) == []


def test_text_that_looks_like_a_right_is_left_alone(hardback: Product, plain: Profile, publisher: Publisher, as_of: datetime) -> None:
    """A title that quotes ONIX is text, and stays as it is."""
    title = "<SalesRights><SalesRightsType>02</SalesRightsType></SalesRights>"
    product = hardback.model_copy(update={"title": title, "title_prefix": None, "title_without_prefix": None})
    less = narrowed(sent(product, plain, publisher, as_of, LISTS.countries), frozenset({"GB"}), plain, LISTS)
    assert less == sent(product, plain, publisher, as_of, frozenset({"GB"}))


@pytest.mark.parametrize("name", ["distributor-short", "erp-json", "retailer-plain"])
@pytest.mark.parametrize("content", [b"", b"{}", b'{"title": "Salt"}', b"<Product>\n<RecordReference>a.1</RecordReference>\n</Product>\n"])
def test_what_says_nothing_of_places_is_not_guessed(profiles: dict[str, Profile], name: str, content: bytes) -> None:
    """Another recipient's words, or a body that is gone: nobody knows what it offers."""
    assert offered(content, profiles[name], LISTS) is None


def test_what_restricts_sales_stays_in_a_record_with_less(
    hardback: Product, profiles: dict[str, Profile], publisher: Publisher, as_of: datetime
) -> None:
    """One shop's edition is still that shop's alone when a country goes."""
    product = hardback.model_copy(update={"supplement": Supplement(restrictions=(Restriction(code="04", outlet="Tideline Books"),))})
    profile = profiles["retailer-plain"]
    less = narrowed(sent(product, profile, publisher, as_of, frozenset({"GB", "FR"})), frozenset({"GB"}), profile, LISTS)
    assert less == sent(product, profile, publisher, as_of, frozenset({"GB"}))
    assert b"<SalesOutletName>Tideline Books</SalesOutletName>" in less
