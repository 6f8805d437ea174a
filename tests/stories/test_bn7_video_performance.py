"""BN-7: figures of videos are on their titles in Consonance and in the star, day by day, as the library told them last."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from station import Station
from two_accounts import DOCUMENTED, EXTENDED
from video_house import SEA, TIDE, VideoHouse, folder_library

from colophon.config.load import load_config
from colophon.errors import BadConfigError
from colophon.staging import Staging
from colophon.use_cases.bytenite.figures_view import BEFORE, compare
from colophon_sandbox.seeds.living.media import video_id

DAG = "bytenite__video_performance"
MAY = "2026-05-0"


@pytest.fixture(params=[EXTENDED, pytest.param(DOCUMENTED, marks=pytest.mark.nightly)])
def house(request: pytest.FixtureRequest, station: Station) -> VideoHouse:
    """Two titles of May, each with a trailer; a figure is there on the day after its own. With the account that tells less by night."""
    return furnished(VideoHouse(station, request.param))


def furnished(house: VideoHouse) -> VideoHouse:
    """Two titles that are out."""
    house.station.system("bytenite").settings(analytics_delay_days=1)
    house.add("sea", "TRAILER", SEA, campaign="spring-26")
    house.add("tide", "TEASER", TIDE)
    return house


def day(house: VideoHouse, number: int, *rows: tuple[str, str, str, int], **more: Any) -> None:
    """What the library tells of a day of May from now on: video, channel, country, views."""
    told = [
        {
            "day": f"{MAY}{number}", "videoId": video_id(video), "channel": channel, "countryCode": country, "views": views,
            "uniqueViewers": views, "completions": views // 2, "watchSeconds": views * 30, "clicks": 1, "shares": 0, **more,
        }
        for video, channel, country, views in rows
    ]  # fmt: skip
    house.station.seed("bytenite", {"daily": told})


def told(house: VideoHouse) -> dict[tuple[int, str, str, str, str], int]:
    """Views that Consonance has, by title, video, day, channel and country."""
    names = {video_id(name): name for name in ("sea", "tide", "both", "three", "who")}
    return {
        (each["workId"], names[each["videoId"]], each["day"], each["channel"], each["countryCode"]): each["views"]
        for told in house.written("recordPerformance").values()
        for each in told["rows"]
    }


def star(house: VideoHouse) -> Staging:
    """Where the figures are kept."""
    return Staging(str(house.station.folder / "staging"))


def test_bn7_a_views_by_channel_and_country_are_on_the_title(house: VideoHouse) -> None:
    """With its campaign; the second run writes nothing."""
    day(house, 2, ("sea", "website", "GB", 120), ("sea", "website", "US", 30), ("sea", "social", "ZZ", 5), ("tide", "website", "XK", 9))
    house.run(DAG)
    assert told(house) == {
        (9, "sea", "2026-05-02", "website", "GB"): 120,
        (9, "sea", "2026-05-02", "website", "US"): 30,
        (9, "sea", "2026-05-02", "social", "ZZ"): 5,
        (10, "tide", "2026-05-02", "website", "XK"): 9,
    }
    assert house.written("recordPerformance")[f"bn7:{video_id('sea')}:2026-05-02:social"]["rows"][0]["campaign"] == "spring-26"
    assert (house.run(DAG, days=1).returned["report"]["sent"], house.rules(DAG)) == (0, [])


def test_bn7_a_in_a_documented_account_they_stand_in_the_tray(station: Station) -> None:
    """One write-back for each video, channel and day."""
    house = furnished(VideoHouse(station, DOCUMENTED))
    day(house, 2, ("sea", "website", "GB", 120))
    house.run(DAG)
    assert station.deliveries(DAG, "consonance") == {f"video:{video_id('sea')}/figures/2026-05-02/website": "held"}


def test_bn7_b_a_restated_day_replaces_and_a_row_that_is_gone_is_nought(house: VideoHouse) -> None:
    """Nothing is added; the sums are the library's."""
    day(house, 2, ("sea", "website", "GB", 120), ("sea", "website", "ZZ", 5), ("tide", "website", "GB", 9))
    house.run(DAG)
    day(house, 2, ("sea", "website", "GB", 124), ("tide", "website", "GB", 9))
    house.run(DAG, days=1)
    assert told(house) == {
        (9, "sea", "2026-05-02", "website", "GB"): 124,
        (9, "sea", "2026-05-02", "website", "ZZ"): 0,
        (10, "tide", "2026-05-02", "website", "GB"): 9,
    }
    assert compare(star(house)).sides[0].views == 133


def test_bn7_b_a_day_of_two_months_ago_that_is_told_again_replaces_too(house: VideoHouse) -> None:
    """The library says what changed since the last reading."""
    day(house, 2, ("sea", "website", "GB", 120))
    house.run(DAG, days=1)
    house.run(DAG, days=60)
    day(house, 2, ("sea", "website", "GB", 100))
    house.run(DAG, days=1)
    assert told(house) == {(9, "sea", "2026-05-02", "website", "GB"): 100}


def test_bn7_c_a_day_without_figures_is_a_gap_and_not_nought(house: VideoHouse) -> None:
    """On the desk, and named until it comes; a day that was told and is now empty stays as it was."""
    day(house, 1, ("sea", "website", "GB", 10))
    day(house, 3, ("sea", "website", "GB", 30), ("sea", "social", "GB", 3))
    house.run(DAG)
    view = compare(star(house), ["title:Sea Room (9)"])
    assert view.sides[0].gaps == [date(2026, 5, 2)]
    assert house.rules(DAG) == [("BN7-gap", "figures:2026-05-02")]
    day(house, 2, ("sea", "website", "GB", 20))
    house.run(DAG, days=1)
    assert (compare(star(house)).sides[0].gaps, house.rules(DAG)) == ([], [])


def test_bn7_d_a_video_of_several_titles_is_shared_without_a_remainder(house: VideoHouse) -> None:
    """101 views are 51 and 50; weights of the file count; the titles' sums are the video's."""
    house.add("both", "OTHER", SEA, TIDE)
    day(house, 2, ("both", "website", "GB", 101), ("both", "website", "US", 1), ("sea", "website", "GB", 7))
    house.run(DAG)
    assert told(house) == {
        (9, "both", "2026-05-02", "website", "GB"): 51,
        (10, "both", "2026-05-02", "website", "GB"): 50,
        (9, "both", "2026-05-02", "website", "US"): 1,
        (10, "both", "2026-05-02", "website", "US"): 0,
        (9, "sea", "2026-05-02", "website", "GB"): 7,
    }
    house.station.configure("video_performance.yaml", "shares: {both: {9: 1, 10: 3}}\n")
    house.run(DAG, days=1)
    assert [told(house)[work, "both", "2026-05-02", "website", "GB"] for work in (9, 10)] == [25, 76]
    house.station.configure("video_performance.yaml", "shares: {both: {9: 0, 10: 0}}\n")
    with pytest.raises(BadConfigError, match="all weights of both are 0"):
        load_config(house.station.config)


def test_bn7_e_titles_are_compared_around_publication_by_format_and_segment(house: VideoHouse) -> None:
    """Two titles side by side, one channel, one country; imprints too."""
    house.title(101, {"id": 9, "title": "Sea Room", "subtitle": None}, SEA, published="2026-05-02")
    house.title(102, {"id": 10, "title": "High Tide", "subtitle": None}, TIDE, published="2026-05-03")
    for number in (1, 2, 3):
        day(house, number, ("sea", "website", "GB", 10 * number), ("sea", "social", "US", 1), ("tide", "website", "GB", number))
    house.run(DAG)
    view = compare(star(house), ["title:Sea Room (9)", "title:High Tide (10)"], channel="website")
    assert [side.daily["website"][BEFORE - 2 : BEFORE + 2] for side in view.sides] == [[None, 10, 20, 30], [1, 2, 3, None]]
    assert [(side.views, side.completions) for side in view.sides] == [(60, 30), (6, 2)]
    assert (view.groups.by_format, view.groups.by_segment) == ([("print", 2, 69, 32)], [("F", 2, 69, 32)])
    (us,) = compare(star(house), ["imprint:Northlight"], country="US").sides
    assert (us.titles, us.views, us.countries) == (2, 3, [("US", 3, 0)])


def test_bn7_figures_that_cannot_be_right_are_counted_and_named(house: VideoHouse) -> None:
    """More completions than views, a final day that changed, a video of nobody's title; a deleted video's figures stay."""
    house.add("who", "TRAILER", "9781999000998")
    day(house, 1, ("sea", "website", "GB", 10), final=True)
    day(house, 2, ("who", "website", "GB", 4), ("tide", "website", "GB", 9), completions=100)
    house.run(DAG)
    assert set(house.rules(DAG)) == {("BN7", "video:who"), ("BN7-figures", "video:who"), ("BN7-figures", "video:tide")}
    day(house, 1, ("sea", "website", "GB", 11), final=True)
    house.station.sandbox.world.store.table("bytenite.videos").drop(video_id("sea"))
    house.run(DAG, days=1)
    assert ("BN7-figures", f"video:{video_id('sea')}") in house.rules(DAG)
    assert told(house)[9, "sea", "2026-05-01", "website", "GB"] == 11
    assert (compare(star(house)).unnamed, compare(star(house), ["title:Sea Room (9)"]).sides[0].views) == (4, 11)


def test_bn7_figures_below_nought_and_of_places_that_nobody_knows_are_counted_as_told(house: VideoHouse) -> None:
    """Corrections are shared like views, and named; a channel's name may be any words, and no country is the unknown one."""
    house.add("both", "TRAILER", SEA, TIDE)
    day(house, 2, ("both", "website", "GB", -101), ("sea", "Apple Books", "XK", 4), ("sea", "website", "", 3))
    house.run(DAG)
    assert told(house) == {
        (9, "both", "2026-05-02", "website", "GB"): -51, (10, "both", "2026-05-02", "website", "GB"): -50,
        (9, "sea", "2026-05-02", "Apple Books", "XK"): 4, (9, "sea", "2026-05-02", "website", "ZZ"): 3,
    }  # fmt: skip
    assert house.rules(DAG) == [("BN7-figures", "video:both")]


def test_bn7_without_a_library_it_says_so_and_from_a_folder_it_reads_what_people_wrote(station: Station, tmp_path: Path) -> None:
    """`library: file` reads analytics_daily.csv, where the highest revision counts."""
    station.connect("bytenite", library="none")
    house = VideoHouse(station)
    assert any("no_library" in line for line in station.run(DAG, house.now).logs)
    folder = folder_library(tmp_path / "out")
    head = "day,videoId,channel,countryCode,views,uniqueViewers,completions,watchSeconds,clicks,shares,revision"
    lines = [f"2026-05-02,{video_id('sea')},website,GB,{views},1,1,1,0,0,{revision}" for revision, views in ((2, 14), (1, 12))]
    (folder / "analytics_daily.csv").write_text("\n".join([head, *lines, ""]))
    station.connect("bytenite", library="file", output_location=str(tmp_path / "out"))
    house.run(DAG, days=1)
    assert told(house) == {(9, "sea", "2026-05-02", "website", "GB"): 14}
