"""The star: shares add up to the row, whatever the weights; days replace days; 90 days of 5,000 videos within a minute."""

import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest

from colophon.staging import Staging
from colophon.systems.bytenite.records import DailyRow
from colophon.use_cases.bytenite.figures import SHARES, VIDEOS, Star, open_star
from colophon.use_cases.bytenite.figures_shares import METRICS

DAY = date(2026, 5, 1)


def row(video: str, views: int, *, day: date = DAY, country: str = "GB", revision: int = 1) -> DailyRow:
    """A row whose figures are all different."""
    figures = {
        "views": views,
        "unique_viewers": views // 2,
        "completions": views // 3,
        "watch_seconds": views * 7,
        "clicks": views % 5,
        "shares": views % 3,
    }
    return DailyRow(day=day, video_id=video, channel="website", country_code=country, revision=revision, final=False, **figures)


def parts_of(star: Star) -> dict[tuple[str, str], list[tuple[int, ...]]]:
    """Each row's parts, by video and country."""
    found: dict[tuple[str, str], list[tuple[int, ...]]] = {}
    query = f"SELECT video_id, country, {', '.join(METRICS)} FROM ({star.shared([f'{DAY}'])}) ORDER BY ALL"
    for video, country, *figures in star.engine.execute(query).fetchall():
        found.setdefault((video, country), []).append(tuple(figures))
    return found


def test_shares_add_up_to_the_row_and_none_is_a_whole_view_off(tmp_path: Path) -> None:
    """For a hundred videos of one to five titles with weights of any size, in every figure; of corrections below nought, too."""
    random = Random(7)
    rows = [row(f"v-{n}", random.randrange(-200, 1000), country=country) for n in range(100) for country in ("GB", "US")]
    weights = {f"v-{n}": [random.randint(1, 9) for _ in range(random.randint(1, 5))] for n in range(100)}
    with open_star(Staging(str(tmp_path))) as star:
        star.take([DAY], rows)
        star.describe("videos", VIDEOS, [])
        star.describe("shares", SHARES, [(video, work, weight) for video, many in weights.items() for work, weight in enumerate(many)])
        found = parts_of(star)
        for told in rows:
            parts = found[told.video_id, told.country_code]
            for place, metric in enumerate(METRICS):
                assert sum(part[place] for part in parts) == getattr(told, metric)
            exact = sorted(told.views * weight / sum(weights[told.video_id]) for weight in weights[told.video_id])
            assert all(abs(ours - theirs) < 1 for ours, theirs in zip(sorted(part[0] for part in parts), exact, strict=True))
        assert star.sum_up([f"{DAY}"]) == star.total == sum(told.views for told in rows)


def test_ten_views_of_three_titles_are_four_and_three_and_three(tmp_path: Path) -> None:
    """The rest goes to the title with the lowest id."""
    with open_star(Staging(str(tmp_path))) as star:
        star.take([DAY], [row("v", 10)])
        star.describe("shares", SHARES, [("v", work, 1) for work in (30, 10, 20)])
        query = f"SELECT work_id, views FROM ({star.shared([f'{DAY}'])}) ORDER BY 1"
        assert star.engine.execute(query).fetchall() == [(10, 4), (20, 3), (30, 3)]


def test_pages_that_repeat_a_row_or_bring_an_older_one_later_count_it_once(tmp_path: Path) -> None:
    """The highest revision counts; of one revision with two totals the last, and somebody is told."""
    with open_star(Staging(str(tmp_path))) as star:
        told = star.take([DAY], [row("v", 12, revision=2), row("v", 10), row("w", 4), row("w", 4), row("x", 1), row("x", 2)])
        assert (told.views, told.odd) == ({f"{DAY}": 18}, [("x", "a row twice, with other figures")])


def test_a_figure_that_nobody_can_have_counted_is_left_out_and_its_row_is_named(tmp_path: Path) -> None:
    """What was told of that row before stays, all other rows go on, and one that is told rightly later counts."""
    with open_star(Staging(str(tmp_path))) as star:
        star.take([DAY], [row("v", 12), row("w", 5)])
    with open_star(Staging(str(tmp_path))) as star:
        told = star.take([DAY], [row("v", 2**70, revision=2), row("w", 6, revision=2), row("x", 2**63)])
        problem = f"a figure above 1,000,000,000,000 on {DAY}, website, GB: left out"
        assert (told.views, told.odd) == ({f"{DAY}": 18}, [("v", problem), ("x", problem)])
        assert star.take([DAY], [row("v", 13, revision=3), row("w", 6, revision=2)]).views == {f"{DAY}": 19}


def test_an_empty_answer_keeps_what_was_told_before(tmp_path: Path) -> None:
    """It is a gap in what was told, and not nought."""
    with open_star(Staging(str(tmp_path))) as star:
        star.take([DAY], [row("v", 12)])
    with open_star(Staging(str(tmp_path))) as star:
        assert star.take([DAY, DAY + timedelta(days=1)], []).gaps == [f"{DAY}", f"{DAY + timedelta(days=1)}"]
        assert (star.told(f"{DAY}"), star.told(f"{DAY + timedelta(days=1)}")) == (12, None)


@pytest.mark.parametrize("size", [(3, 200), pytest.param((90, 5000), marks=pytest.mark.nightly)])
def test_bn7_f_ninety_days_of_five_thousand_videos_within_a_minute_and_500_megabytes(size: tuple[int, int]) -> None:
    """The benchmark itself says whether they were; the titles' sums are the library's."""
    command = [sys.executable, "-m", "benchmarks.video_performance", "--days", str(size[0]), "--videos", str(size[1])]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[3], check=False)
    assert done.returncode == 0, done.stdout + done.stderr
