"""Sets of countries: denied beats allowed, unknown is said, and every way to write a set reads back as that set."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colophon.domain.product import Product
from colophon.onix.build import sales_rights
from colophon.onix.codelist_file import load_code_lists
from colophon.onix.record_sales import Territory
from colophon.onix.territory import Saleable, expand, express, intersection, is_inside, resolve, saleable, without

LISTS = load_code_lists()
WORLD = LISTS.countries
COUNTRIES = st.frozensets(st.sampled_from(sorted(WORLD)))


def of(*, worldwide: bool | None = None, for_sale: tuple[str, ...] = (), not_for_sale: tuple[str, ...] = ()) -> Saleable:
    """Where a product with these rights may be sold."""
    product = Product(id=1, kind="x", work_id=1, title="t", for_sale=for_sale, not_for_sale=not_for_sale, is_for_sale_worldwide=worldwide)
    return saleable(product, LISTS)


def test_nothing_recorded_is_nowhere() -> None:
    """Unknown rights are no rights."""
    assert of() == Saleable(frozenset(), is_known=False)
    assert of(worldwide=False) == Saleable(frozenset(), is_known=False)


def test_denied_beats_allowed() -> None:
    """A country in both sets may not be sold in."""
    assert of(for_sale=("GB", "IE"), not_for_sale=("IE",)).places == {"GB"}
    assert of(worldwide=True, not_for_sale=("US",)).places == WORLD - {"US"}
    assert of(worldwide=True, not_for_sale=("WORLD",)).places == frozenset()


def test_rest_of_world() -> None:
    """ROW in either set is all that neither set names."""
    assert of(for_sale=("GB", "ROW"), not_for_sale=("US", "CA")).places == WORLD - {"US", "CA"}
    assert of(for_sale=("GB", "IE"), not_for_sale=("ROW",)).places == {"GB", "IE"}


def test_unknown_codes_are_said() -> None:
    """UK is no code of List 91, whichever set it is in."""
    assert of(for_sale=("UK", "GB"), not_for_sale=("EN",)) == Saleable(frozenset({"GB"}), is_known=True, unknown_codes=("UK", "EN"))


def test_denying_a_part_denies_the_country() -> None:
    """A set cannot say "GB without Scotland", and so it says less."""
    assert without(frozenset({"GB", "FR"}), frozenset({"GB-SCT"})) == {"FR"}
    assert without(frozenset({"GB-SCT"}), frozenset({"GB"})) == frozenset()


def test_parts_meet_their_country() -> None:
    """Scotland within a British market is Scotland."""
    assert intersection(frozenset({"GB-SCT", "US"}), frozenset({"GB"})) == {"GB-SCT"}
    assert is_inside({"GB-SCT"}, {"GB"})
    assert not is_inside({"GB"}, {"GB-SCT"})


def test_eurozone_is_made_of_countries() -> None:
    """ECZ is a region of List 49, and all its members are countries of List 91."""
    members, unknown = expand(("ECZ",), LISTS)
    assert not unknown
    assert members < WORLD
    assert {"DE", "HR", "BG"} < members


@given(COUNTRIES.filter(bool))
@settings(deadline=None)
def test_express_and_resolve_are_inverse(places: frozenset[str]) -> None:
    """Whatever way a set is written, it reads back as itself, in at most half the world's codes."""
    territory = express(places, LISTS)
    assert resolve(territory, LISTS) == places
    assert len(territory.countries_included) + len(territory.countries_excluded) <= len(WORLD) / 2 + 1


@given(COUNTRIES, COUNTRIES, st.booleans())
@settings(deadline=None)
def test_sales_rights_say_what_is_saleable(allowed: frozenset[str], denied: frozenset[str], worldwide: bool) -> None:
    """Composites and the type of the rest cover the world once: no country twice, nothing beside WORLD, and right answers."""
    where = of(worldwide=worldwide, for_sale=tuple(sorted(allowed)), not_for_sale=tuple(sorted(denied)))
    rights, rest = sales_rights(where, LISTS)
    named = [resolve(entry.territory, LISTS) for entry in rights]
    for_sale = {place for entry, places in zip(rights, named, strict=True) if entry.rights_type == "02" for place in places}
    if rest == "02":
        for_sale |= WORLD - frozenset().union(*named)
    assert for_sale == where.places
    assert sum(map(len, named)) == len(frozenset().union(*named))
    if rights:
        assert (rest is None) == (named == [WORLD])


@pytest.mark.parametrize("territory", [Territory(), Territory(countries_excluded=["GB"])])
def test_empty_territory_covers_nothing(territory: Territory) -> None:
    """No inclusion, no country."""
    assert resolve(territory, LISTS) == frozenset()
