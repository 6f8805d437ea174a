"""Which rights are carried on by others, and which only look like it."""

from dataclasses import replace
from datetime import date

import pytest
from rights_records import deal, grant

from colophon.domain.rights_deal import DealStatus
from colophon.rights.renewal import carried_on

OLD = deal(id=1, formats=("PAPERBACK", "EBOOK"), starts_on=date(2022, 1, 1), expires_on=date(2026, 5, 8))
NEW = replace(OLD, id=2, starts_on=date(2026, 5, 9), expires_on=date(2031, 5, 8), renewal_of=1)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"expires_on": None},
        {"territories": ("*",)},
        {"territories": ("WORLD",)},
        {"formats": ("PRINT", "EBOOK")},
        {"starts_on": None},
        {"starts_on": date(2026, 1, 1)},
        {"is_exclusive": False},
        {"licensee_id": 45},
    ],
)
def test_renewed_for_at_least_the_same_is_carried_on(change) -> None:
    """More places, print for paperback, an earlier start, a licensee under a new name: the rights go on."""
    assert carried_on([OLD, replace(NEW, **change)]) == {"rights_deal:1"}


@pytest.mark.parametrize(
    "change",
    [
        {"territories": ("FR",)},
        {"excluded_territories": ("BE",)},
        {"formats": ("PAPERBACK",)},
        {"languages": ("fre",)},
        {"channels": ("retail",)},
        {"isbns": ("9781999000004",)},
        {"territories": None},
        {"formats": None},
        {"starts_on": date(2026, 5, 10)},
        {"expires_on": date(2026, 5, 8)},
        {"terminated_on": date(2026, 4, 1)},
        {"status": DealStatus.OFFER},
        {"status": DealStatus.TERMINATED},
        {"renewal_of": 7},
        {"work_id": 4},
    ],
)
def test_renewed_for_less_later_or_no_more_is_not_carried_on(change) -> None:
    """Less, not told, after a gap, to the same day, terminated, only offered, or of another licence."""
    assert carried_on([OLD, replace(NEW, **change)]) == frozenset()


@pytest.mark.parametrize(
    ("change", "is_carried_on"),
    [
        ({}, True),
        ({"starts_on": date(2026, 5, 10)}, False),
        ({"starts_on": None}, False),
        ({"licensee_id": 45}, False),
        ({"rights_type": "Serial"}, False),
        ({"is_exclusive": False}, False),
        ({"territories": ("FR",)}, False),
    ],
)
def test_a_follow_on_that_names_no_renewal_is_known_by_its_content(change, is_carried_on) -> None:
    """The same licensee and rights from the next day on."""
    assert bool(carried_on([OLD, replace(NEW, renewal_of=None, **change)])) is is_carried_on


def test_a_grant_is_carried_on_by_one_of_its_own_contract() -> None:
    """Another contract's grant is another right."""
    old = grant(id=5, expires_on=date(2026, 5, 8))
    assert carried_on([old, grant(id=6)]) == {"head_grant:5"}
    assert carried_on([old, grant(id=6, contract_id=2)]) == frozenset()
