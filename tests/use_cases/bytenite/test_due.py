"""When a day begins for a placement: on days on which the clocks change, too."""

from datetime import date
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from colophon.rights.status import RightsStatus
from colophon.use_cases.bytenite.due import Calendar

ISBN = "9781999000004"


@pytest.mark.parametrize(
    ("zone", "day", "begins"),
    [
        ("Europe/London", date(2026, 3, 29), "2026-03-29T00:00:00+00:00"),  # an hour later the clocks go forward
        ("Europe/London", date(2026, 10, 25), "2026-10-24T23:00:00+00:00"),
        ("America/Havana", date(2026, 3, 8), "2026-03-08T05:00:00+00:00"),  # there is no midnight: the day begins at one
        ("America/Havana", date(2026, 11, 1), "2026-11-01T04:00:00+00:00"),  # midnight comes twice: the first one counts
        ("Pacific/Auckland", date(2026, 9, 27), "2026-09-26T12:00:00+00:00"),
    ],
)
def test_publication_is_the_first_moment_of_its_day_where_the_publisher_is(zone: str, day: date, begins: str) -> None:
    """Whether it has a midnight, or two of them."""
    products: Any = {ISBN: SimpleNamespace(publication_on=day)}
    calendar = Calendar(products, {}, {}, {}, ZoneInfo(zone), told=True)
    at, is_known = calendar.moment(["published"], [RightsStatus(f"isbn:{ISBN}", ISBN, 9, True, {})])
    assert (at.isoformat() if at else "", is_known) == (begins, True)
