"""Which asset counts, whatever order and zone the portal tells things in."""

from datetime import UTC, datetime
from itertools import permutations

import pytest

from colophon.systems.fourallportal.assets import Asset, approval_statuses
from colophon.systems.fourallportal.launch_shown import assets_shown
from colophon.systems.fourallportal.mapping import load_mapping
from colophon.systems.fourallportal.records import PortalObject
from colophon.systems.fourallportal.usable import newest_first, usable, why_not

MAPPING = load_mapping("fourallportal/mapping.yaml")
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
PRINT, EBOOK = "9781999000004", "9781999000011"


def asset(number: int = 1, version: str = "1", changed: str = "2026-05-01T08:00:00Z", **more: str) -> Asset:
    """An approved cover."""
    return Asset(str(number), PRINT, "cover", version, "approved", "", "", f"{number}.png", "image/png", changed)._replace(**more)


@pytest.mark.parametrize(
    "told",
    [
        [asset(1, "9", "2026-05-03T08:00:00Z"), asset(2, "10")],
        [asset(1, "v9", "2026-05-01T10:00:00+02:00"), asset(2, "v10", "2026-05-01T08:30:00Z")],
        [asset(1, "", "2026-05-01T08:30:00"), asset(2, "", "2026-05-01T09:00:00.000Z")],
        [asset(1, "1", "2026-05-03T08:00:00Z", approved_on="2026-05-01"), asset(2, "1", approved_on="2026-05-02")],
        [asset(1, "1", "2026-05-01T23:30:00+02:00"), asset(2, "1", "2026-05-01T22:00:00Z")],
        [asset(1), asset(2)],
        [asset(1, "", "yesterday"), asset(2, "")],
    ],
)
def test_the_newest_is_the_same_in_whatever_order_pages_come(told: list[Asset]) -> None:
    """By version; of one version, the one approved last, then the one changed last, by the moment and not by its spelling."""
    assert [[each.id for each in newest_first(order)] for order in permutations(told)] == [["2", "1"]] * 2


@pytest.mark.parametrize(("first", "last"), [("2026-05-01T09:00:00+02:00", "2026-05-01T08:00:00Z"), ("2026-05-01T08:00:00Z",) * 2])
def test_an_approval_that_was_taken_back_later_or_at_the_same_moment_is_none(first: str, last: str) -> None:
    """Approvals that are a module of their own are ordered by their moments."""
    rules = MAPPING.approval.model_copy(update={"module": "approval", "file_link": "files"})
    mapping = MAPPING.model_copy(update={"approval": rules})
    rows = [
        PortalObject(id=status, module="approval", mod_time=at, fields={"approval_status": [{"value": status}], "files": [{"value": "f"}]})
        for status, at in (("approved", first), ("withdrawn", last))
    ]
    assert [approval_statuses(order, mapping) for order in permutations(rows)] == [{"f": "withdrawn"}] * 2


@pytest.mark.parametrize(
    ("name", "is_used"),
    [("cover.png", True), (f"{PRINT}.png", True), (f"{PRINT}_{EBOOK}.png", True), ("978-1-9990-0001-1 cover.png", False)],
)
def test_a_file_whose_name_names_another_isbn_is_used_by_nobody(name: str, is_used: bool) -> None:
    """Neither linked, nor seen as there."""
    file = asset(name=name)
    [shown] = assets_shown([file], MAPPING, NOON)
    assert (shown.is_there, bool(usable([file], MAPPING, NOON).approved), why_not(file, MAPPING, NOON) == "") == (is_used,) * 3


@pytest.mark.parametrize(
    ("as_of", "more", "is_used"),
    [
        (NOON, {"rights_until": "2026-05-04"}, True),
        (NOON, {"rights_until": "2026-05-03"}, False),
        (NOON, {"rights_until": "2026-05-04T00:00:00+02:00"}, True),
        (NOON, {"rights_until": "unlimited"}, True),
        (NOON, {"rights_until": "as long as we live"}, False),
        (NOON, {"embargo_until": "2026-05-04"}, True),
        (NOON, {"embargo_until": "2026-05-05"}, False),
        (NOON, {"embargo_until": "2026-05-04T14:00:00+02:00"}, True),
        (NOON, {"embargo_until": "2026-05-04T12:00:01Z"}, False),
        (NOON, {"embargo_until": "soon"}, False),
        (NOON, {"status": "Approved"}, False),
    ],
)
def test_a_day_counts_until_its_evening_and_a_moment_in_its_own_zone(as_of: datetime, more: dict[str, str], is_used: bool) -> None:
    """What is no date is over."""
    assert (why_not(asset(**more), MAPPING, as_of) == "") is is_used
