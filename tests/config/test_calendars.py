"""Working days by imprint and country: who works when, and when they may be disturbed."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from colophon.config.calendars import Calendar, Calendars
from colophon.config.load import load_config
from colophon.errors import BadConfigError

CALENDARS = load_config().calendars.calendars
LONDON, MUNICH, NEW_YORK = (CALENDARS[name] for name in ("london", "munich", "new_york"))
BERLIN = Calendar(tz="Europe/Berlin", country="DE", subdiv="BE")


@pytest.mark.parametrize(
    ("calendar", "since", "until", "days"),
    [
        (LONDON, date(2027, 5, 26), date(2027, 5, 28), 2),
        (MUNICH, date(2027, 5, 26), date(2027, 5, 28), 1),  # Corpus Christi
        (LONDON, date(2026, 5, 1), date(2026, 5, 5), 1),  # a weekend, and May Day
        (LONDON, date(2026, 5, 5), date(2026, 5, 5), 0),
        (LONDON, date(2026, 5, 5), date(2026, 5, 1), -1),
        (LONDON, date(2026, 12, 30), date(2026, 12, 24), -2),  # overdue over Christmas: on the 29th and the 30th
        (LONDON, date(2026, 12, 23), date(2026, 12, 26), 1),  # due on a holiday: the last working day before it
        (LONDON, date(2026, 5, 1), date(9999, 12, 31), 400),
    ],
)
def test_days_are_counted_on_which_the_house_works(calendar, since, until, days) -> None:
    """Weekends and holidays are none of them."""
    assert calendar.working_days(since, until) == days


@pytest.mark.parametrize(
    ("calendar", "day", "works"),
    [
        (LONDON, date(2027, 12, 28), False),  # Boxing Day, observed
        (MUNICH, date(2028, 8, 15), False),
        (BERLIN, date(2028, 8, 15), True),
        (NEW_YORK, date(2026, 10, 12), True),  # open on Columbus Day, as calendars.yaml says
        (NEW_YORK, date(2026, 11, 26), False),
        (Calendar(tz="Europe/London", country="GB", closed=(date(2026, 12, 24),)), date(2026, 12, 24), False),
    ],
)
def test_a_holiday_is_where_it_is_kept(calendar, day, works) -> None:
    """By country, part of it, and the house's own word."""
    assert calendar.is_working(day) is works


@pytest.mark.parametrize(
    ("calendar", "moment", "opens"),
    [
        (LONDON, "2026-03-27T20:00", "2026-03-30T07:00"),  # the clocks go forward on that Sunday
        (LONDON, "2026-10-23T18:30", "2026-10-26T08:00"),  # and back on that one
        (NEW_YORK, "2026-03-16T07:00", "2026-03-16T12:00"),  # two weeks before those of Europe
        (LONDON, "2026-05-05T10:00", "2026-05-05T10:00"),
        (LONDON, "2026-12-24T19:00", "2026-12-29T08:00"),
    ],
)
def test_people_are_disturbed_in_hours_of_work_alone(calendar, moment, opens) -> None:
    """Whatever the clocks do meanwhile."""
    at, then = (datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (moment, opens))
    assert calendar.next_open(at) == then


def test_somebodys_own_hours_and_zone_go_before_the_calendars() -> None:
    """Seven in London is two at night in New York."""
    at = datetime(2026, 5, 5, 6, tzinfo=UTC)
    assert LONDON.next_open(at, (time(9), time(17)), "America/New_York") == datetime(2026, 5, 5, 13, tzinfo=UTC)


def test_an_imprint_has_its_calendar_and_all_others_the_default() -> None:
    """By name."""
    calendars = Calendars(calendars=CALENDARS, default="london", imprints={"Inkwell": "munich"})
    assert [calendars.of(name) for name in ("Inkwell", "Quill", None)] == [MUNICH, LONDON, LONDON]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("default: londn", "default: there is no calendar 'londn'; did you mean london"),
        ("default: london\nimprints: {Inkwell: munch}", "imprints.Inkwell: there is no calendar 'munch'"),
        ("default: x\ncalendars: {x: {tz: Europe/London, country: GBR1}}", "country: no holidays are known of 'GBR1'; did you mean GBR"),
        ("default: x\ncalendars: {x: {tz: Europe/London, country: GB, subdiv: EN}}", "subdiv: GB has no part 'EN'; did you mean ENG"),
        ("default: x\ncalendars: {x: {tz: Europe/London, country: GB, categories: [saints]}}", "categories: Category is not supported"),
        ("default: x\ncalendars: {x: {tz: Europe/Londn, country: GB}}", "tz: there is no time zone 'Europe/Londn'"),
        ("default: x\ncalendars: {x: {tz: Europe/London, country: GB, start: '19:00', end: '8:00'}}", "calendars.yaml: calendars.x"),
        ("default: x\ncalendars: {x: {tz: Europe/London, country: GB, closed: [20266-12-24]}}", "calendars.x.closed.0"),
    ],
)
def test_a_calendar_that_cannot_be_is_refused_when_it_is_loaded(tmp_path, text, says) -> None:
    """With key and what was most likely meant: else people would be told on every holiday."""
    shipped = "" if "calendars:" in text else "calendars: {london: {tz: Europe/London, country: GB}}\n"
    (tmp_path / "calendars.yaml").write_text(f"{shipped}{text}\n", encoding="utf-8")
    with pytest.raises(BadConfigError, match=says):
        load_config(tmp_path)


@pytest.mark.parametrize("year", [1890, 2026, 2150])
def test_listed_days_are_the_days_looked_at_one_by_one(year) -> None:
    """Counting and moving, over holidays, weekends and years; before and after the years that are listed it is slower, and the same."""
    calendar = Calendar(tz="Europe/London", country="GB", subdiv="ENG", closed=(date(2026, 7, 15),))
    for number in range(60):
        day = date(year, 3, 1) + timedelta(days=11 * number)
        other = day + timedelta(days=(number * 37) % 380 - 190)
        counted = sum(calendar.is_working(min(day, other) + timedelta(days=n + 1)) for n in range(abs((other - day).days)))
        assert calendar.working_days(day, other) == (counted if other >= day else -counted)
        walked, left = day, (number * 7) % 90 - 45
        step = 1 if left > 0 else -1
        while left:
            walked += timedelta(days=step)
            left -= step * calendar.is_working(walked)
        assert calendar.moved(day, (number * 7) % 90 - 45) == walked
