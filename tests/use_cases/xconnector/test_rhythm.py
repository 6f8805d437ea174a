"""Each recipient has its nights: who is not due is told nothing and is not counted as told."""

from datetime import UTC, date, datetime, timedelta

import pytest

from colophon.config import Config
from colophon.config.load import load_config
from colophon.onix.terms import Rhythm
from colophon.use_cases.xconnector.nights import EVERYTHING, due, reading, turn, watermarks
from colophon.use_cases.xconnector.title_records import occurrence

SUNDAY = datetime(2026, 5, 3, 1, tzinfo=UTC)
NIGHTLY = {"mode": "delta", "recipients": None, "isbns": None}


@pytest.fixture
def config() -> Config:
    """Two recipients: one each night, one on three nights and all of it on Sunday."""
    shipped = load_config()
    profiles = {name: shipped.recipients[name] for name in ("erp-json", "us-wholesaler")}
    rhythm = Rhythm(days=("mon", "wed", "fri"), full_on="sun")
    profiles["us-wholesaler"] = profiles["us-wholesaler"].model_copy(update={"rhythm": rhythm})
    return shipped.model_copy(update={"recipients": profiles})


def modes(config: Config, days: int) -> list[str]:
    """What the second recipient gets on seven nights, from Sunday on."""
    at = SUNDAY + timedelta(days=days)
    return [mode for profile, mode in due(NIGHTLY, config, at) if profile.id == "us-wholesaler"]


def test_a_week(config: Config) -> None:
    """Everything on Sunday, changes on three nights, and nothing on the others; the other recipient each night."""
    assert [modes(config, n) for n in range(7)] == [["weekly"], ["delta"], [], ["delta"], [], ["delta"], []]
    assert all("erp-json" in {profile.id for profile, _ in due(NIGHTLY, config, SUNDAY + timedelta(days=n))} for n in range(7))


def test_the_watermark_of_who_is_not_due_stays(config: Config) -> None:
    """So that its next night reaches back to its last one."""
    assert len(watermarks(NIGHTLY, config, SUNDAY)) == 2
    assert [profile.id for profile, _ in watermarks(NIGHTLY, config, SUNDAY + timedelta(days=2))] == ["erp-json"]


def test_who_is_named_by_hand_need_not_wait(config: Config) -> None:
    """And a full run by hand is one for everybody."""
    tuesday = SUNDAY + timedelta(days=2)
    named = {**NIGHTLY, "recipients": ["us-wholesaler"]}
    assert [mode for _, mode in due(named, config, tuesday)] == ["delta"]
    assert [mode for _, mode in due({**NIGHTLY, "mode": "full"}, config, tuesday)] == ["full", "full"]
    assert turn({}, config.recipients["us-wholesaler"], tuesday) == ""


def test_what_is_read_follows_who_is_due(config: Config) -> None:
    """All on the night of a full feed; what changed since the last night of who is due; nothing where nobody is."""
    marks = {
        "xconnector__metadata_syndication/erp-json/not armed": SUNDAY,
        "xconnector__metadata_syndication/us-wholesaler/not armed": SUNDAY - timedelta(days=2),
    }
    asked = {"params": NIGHTLY, "config": config, "watermark": marks.get, "window_start": None}
    assert reading(**asked, as_of=SUNDAY) == EVERYTHING
    assert reading(**asked, as_of=SUNDAY + timedelta(days=1)).since == SUNDAY - timedelta(days=2)
    assert reading(**asked, as_of=SUNDAY + timedelta(days=2)).since == SUNDAY
    alone = config.model_copy(update={"recipients": {"us-wholesaler": config.recipients["us-wholesaler"]}})
    nobody = SUNDAY + timedelta(days=2)
    assert reading(**{**asked, "config": alone}, as_of=nobody) == (nobody, None)


def test_everything_goes_again_once_on_its_day() -> None:
    """Two runs of one Sunday are one full feed, and the next Sunday's is another."""
    weekly = {**NIGHTLY, "mode": Rhythm(full_on="sun").mode("delta", date(2026, 5, 3))}
    first, again, next_week = (occurrence(weekly, SUNDAY + timedelta(minutes=minutes)) for minutes in (0, 30, 7 * 24 * 60))
    assert first == again != next_week
