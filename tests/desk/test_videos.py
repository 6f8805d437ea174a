"""The page of videos: figures around publication, side by side; gaps are gaps; it says what it cannot show."""

import csv
from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import pytest

from colophon.staging import Staging
from colophon.systems.bytenite.records import DailyRow
from colophon.use_cases.bytenite.figures import SHARES, TITLES, VIDEOS, open_star

OUT = date(2026, 5, 10)
HOSTILE = "<b>Sea</b> '\" {{ 7*7 }}"


def furnish(place: Path, titles: int = 4, days: int = 21) -> None:
    """Figures of some titles around their publication; of one day nothing is told."""
    rows = [
        DailyRow(
            day=OUT + timedelta(days=n - 7), video_id=f"v-{work}", channel=channel, country_code=country, views=100 * work + 7 * n, unique_viewers=1,
            completions=30 * work, watch_seconds=9, clicks=0, shares=0, revision=1, final=True,
        )
        for work in range(titles) for n in range(days) if n != 9 for channel in ("website", "social", "retailer") for country in ("GB", "US", "ZZ")
    ]  # fmt: skip
    with open_star(Staging(str(place))) as star:
        told = [OUT + timedelta(days=n - 7) for n in range(days)]
        star.take(told, rows)
        star.describe("videos", VIDEOS, [(f"v-{work}", f"w{work}", "TRAILER", "x", 62, None) for work in range(titles)])
        named = [HOSTILE, *(f"Title {work}" for work in range(1, titles))]
        star.describe(
            "titles",
            TITLES,
            [(w, named[w], "North" if w % 2 else "South", ("print", "audio")[w % 2], "FY"[w % 2], OUT) for w in range(titles)],
        )
        star.describe("shares", SHARES, [(f"v-{work}", work, 1) for work in range(titles - 1)])
        star.sum_up([f"{day}" for day in told])


@pytest.fixture
def figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The staging location with figures."""
    monkeypatch.setenv("AIRFLOW__COLOPHON__STAGING_LOCATION", str(tmp_path / "staging"))
    furnish(tmp_path / "staging")
    return tmp_path / "staging"


def test_two_titles_stand_side_by_side_and_say_what_they_cannot_show(desk, figures: Path) -> None:
    """With the gap; nothing of a title becomes markup, and views of nobody's videos are said to be left out."""
    page = desk.client("viewer").get(
        "/videos", params={"a": "title:Title 1 (1)", "b": f"title:{HOSTILE} (0)"}, headers={"accept": "text/html"}
    )
    assert page.status_code == 200
    assert "<b>Sea" not in page.text
    for words in (
        "Title 1 (1)",
        "It proves no cause",
        "The library told nothing of 2026-05-12",
        "views are of videos that name no title of ours",
        "few",
    ):
        assert words in page.text
    assert '<option value="title:Title 1 (1)" selected>Title 1 (1)</option>' in page.text
    assert page.text.count("<figure") == 3
    assert [week in page.text for week in ('<th scope="row">-2<', '<th scope="row">-1<', '<th scope="row">+1<', '<th scope="row">+2<')] == [
        False, True, True, False,
    ]  # fmt: skip


def test_an_imprint_in_one_country_counts_that_country_alone(desk, figures: Path) -> None:
    """And as CSV: a week without figures is blank, and no 0."""
    text = desk.client("viewer").get("/api/videos", params={"a": "imprint:North", "country": "GB", "format": "csv"}).text
    rows = {row["week"]: row for row in csv.DictReader(StringIO(text.removeprefix("\ufeff")))}
    everything = desk.client("viewer").get("/api/videos", params={"a": "imprint:North"}).json()["rows"]
    assert (rows["-4"]["views"], sum(int(row["views"]) for row in rows.values() if row["views"]) * 3) == (
        "",
        sum(row["views"] for row in everything if row["views"]),
    )


def test_without_figures_the_page_says_how_they_come(desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No error, and an empty table."""
    monkeypatch.setenv("AIRFLOW__COLOPHON__STAGING_LOCATION", str(tmp_path / "nothing"))
    assert "No figures yet" in desk.client("viewer").get("/videos", headers={"accept": "text/html"}).text
    assert desk.client("viewer").get("/api/videos").json()["rows"] == []
