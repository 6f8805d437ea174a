"""Thirty days of both use cases that follow rights, with outages, faults and meddling: what is shown is what is allowed."""

from datetime import time, timedelta

import pytest
from airflow.sdk.exceptions import AirflowSkipException
from changing_house import CHANNELS, DAYS, START, TITLES, House, isbn
from rights_story import LIBRARY, PORTAL, THEIRS, Cells, Story
from rights_world import control

from colophon.errors import BadRecordError, ColophonError, ConflictError
from colophon.rights.facts import FactLines


@pytest.mark.nightly
def test_thirty_days(story: Story) -> None:
    """At the end of each day on which we ran, portal and library show what the engine allows, and nothing else.

    Days 11 to 13 have no runs; they are backfilled on day 14. On day 18 the portal is down, on day 22 the library; on day 25 the
    portal breaks in the middle of our writes, and the run is tried again in the evening. On days 5 and 16 a person meddles.
    """
    assert set(CHANNELS) == set(THEIRS["portal"].values())
    changed_cells = 0
    before: Cells = set()
    for number in range(DAYS):
        story.today = START + timedelta(days=number)
        story.clock(time(0, 1))
        if 11 <= number <= 13:
            assert story.live() <= story.wanted()[1], "windows close by themselves"
            continue
        for night in (11, 12, 13, 14) if number == 14 else (number,):
            story.house.tonight(night)
        story.clock()
        failed = set()
        for use_case, system, at in ((PORTAL, "fourallportal", 18), (LIBRARY, "bytenite", 22)):
            if number == at:
                with story.down(system), pytest.raises(ColophonError):
                    story.run(use_case)
                failed.add(use_case)
            elif number == 25 and use_case == PORTAL:
                with story.down(system, after=6, kind="reset"), pytest.raises(ColophonError):
                    story.run(use_case)
                story.run(use_case)
            else:
                assert story.run(use_case)
        if number == 0:
            story.publish_everything()
        if number == 14:
            for day in (11, 12, 13):
                for use_case in (PORTAL, LIBRARY):
                    with pytest.raises(AirflowSkipException, match="is over"):
                        story.run(use_case, START + timedelta(days=day))
        if number in {8, 21}:  # at noon, for what changed since the morning
            works = set(story.house.tonight(DAYS - 1 if number == 8 else DAYS - 2))
            story.clock(time(12, 0))
            for use_case in (PORTAL, LIBRARY):
                story.run(use_case, only=works, at=time(12, 0))
        (cells, placements), (shown, live) = story.wanted(), story.shown()
        if PORTAL not in failed:
            assert shown == cells, number
        if number in {8, 21}:  # a video of two titles is opened by the daily run alone
            assert live <= placements, number
        elif LIBRARY not in failed:
            assert live == placements, number
        changed_cells += len(cells ^ before)
        before = cells
        if number in {5, 16}:
            story.meddle()
        if number in {6, 17}:
            reported = dict(story.exceptions("R6"))
            assert reported[f"isbn:{story.opened}"] == "by hand: GB/web opened"
            assert "closed" in reported[f"isbn:{story.closed}"]
            assert any(subject.startswith("video:") for subject in reported)
    assert changed_cells > 500
    assert story.exceptions("R7") == []


@pytest.fixture
def small(story: Story) -> Story:
    """The first day is over, and all is well."""
    for use_case in (PORTAL, LIBRARY):
        story.run(use_case)
    return story


def test_no_product_at_all_closes_nothing(small: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """An extract that found none is not believed."""
    monkeypatch.setattr(House, "facts", lambda *_: FactLines())
    shown = small.shown()
    for use_case in (PORTAL, LIBRARY):
        with pytest.raises(BadRecordError, match="no product was read"):
            small.run(use_case)
    assert small.shown() == shown


def test_rights_that_nobody_knows_close_everything(small: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """A report that is missing is not "none": one exception for each kind of record, and nothing open."""
    whole = House.facts

    def without_licences(house: House, works: set[int] | None = None) -> FactLines:
        made = FactLines()
        kept = [line for batch in whole(house, works).batches(10**6) for line in batch if '"rights_deal"' not in line]
        monkeypatch.setattr(made, "batches", lambda _: [['{"known": ["product", "contract", "head_grant"]}', *kept[1:]]])
        return made

    monkeypatch.setattr(House, "facts", without_licences)
    small.today += timedelta(days=1)
    small.clock()
    for use_case in (PORTAL, LIBRARY):
        small.run(use_case)
    assert small.shown() == (set(), set())
    assert ("account", "nothing") in small.exceptions("R2")


def test_a_closing_that_is_refused_makes_the_run_red(small: Story) -> None:
    """Named as an exception; the next day closes it, and the exception closes itself."""
    opened = next(n for n in range(TITLES) if not any(cell[0] == isbn(n) for cell in small.wanted()[0]))
    small.by_hand(isbn(opened), "GB", "web", "true")
    control(small.sandbox, "PATCH", "/settings", {"fourallportal": {"roles": {"product": "read"}}})
    with pytest.raises(ColophonError):
        small.run(PORTAL, at=time(9, 0))
    control(small.sandbox, "PATCH", "/settings", {"fourallportal": {"roles": {}}})
    fault = {
        "system": "fourallportal",
        "match": {"method": "PATCH", "path": "*"},
        "kind": "status",
        "value": {"status": 400},
        "times": None,
    }
    control(small.sandbox, "POST", "/faults", fault)
    with pytest.raises(ConflictError, match="stay open against the rights"):
        small.run(PORTAL, at=time(10, 0))
    assert small.exceptions("R7") == [(f"isbn:{isbn(opened)}", "GB/web")]
    control(small.sandbox, "DELETE", "/faults")
    small.run(PORTAL, at=time(11, 0))
    assert (small.exceptions("R7"), small.shown()[0]) == ([], small.wanted()[0])


@pytest.mark.parametrize("event", ["gone", "all"])
def test_an_event_that_names_no_products_touches_nothing_else(small: Story, event: str) -> None:
    """Its batch is gone, or it means all of them: what the run did not read is not taken for unknown."""
    shown = small.shown()
    small.event = event
    for use_case in (PORTAL, LIBRARY):
        small.run(use_case, only={1, 2}, at=time(12, 0))
    assert small.shown() == shown


def test_a_library_that_may_be_gone_is_skipped(small: Story) -> None:
    """Where the connection says that others shall go on."""
    small.connect_library(when_gone="skip", host="http://127.0.0.1:9")
    with pytest.raises(AirflowSkipException):
        small.run(LIBRARY, at=time(12, 0))
