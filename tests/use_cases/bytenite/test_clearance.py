"""What a video asks for: rights by its kind, and what others own in it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from colophon.blocks.decision import DecisionContext
from colophon.config.clearances import Clearances
from colophon.config.load import load_config
from colophon.domain.facts import Facts, Known
from colophon.domain.rights_deal import RightsFormat
from colophon.onix.codelist_file import load_code_lists
from colophon.rights import Atlas
from colophon.rights.reasons import Step
from colophon.rights.snapshot import snapshot
from colophon.rights.status import RightsStatus, status_from
from colophon.systems.bytenite.mapping import is_allowed
from colophon.systems.bytenite.records import Placement, Video
from colophon.systems.bytenite.shown import Shown
from colophon.use_cases.bytenite.clearance import Cleared, cleared
from colophon.use_cases.bytenite.video_rights import CASE

ATLAS, NOW, ISBN = Atlas(load_code_lists()), datetime(2026, 6, 1, 6, 30, tzinfo=UTC), "9781999000004"
WORLD = "GB", "US", "DE"
SONG: dict[str, Any] = {"asset": "Blue Tide", "holder": "Harbour Songs", "videos": ["work:3/trailer"]}
GIVEN: dict[str, Any] = {"territories": ["WORLD"], "until": None, "paid": True}


def rights(format_: RightsFormat, *places: str) -> RightsStatus:
    """Where a right to a product is ours, as it is staged."""
    open_in = (Step(1, sum(ATLAS.bit(place) for place in places)),)
    return status_from(RightsStatus(f"isbn:{ISBN}", ISBN, 3, True, {"online": open_in}, format=format_).to_line())


def context(*standings: RightsStatus, clearances: Any = (), days: int = 0) -> DecisionContext:
    """A run, so many days later."""
    config = load_config().model_copy(update={"clearances": Clearances.model_validate({"clearances": clearances})})
    return DecisionContext(NOW + timedelta(days=days), config, {}, lambda *_: {}, rights=snapshot(standings))


def facts(kind: str = "TRAILER", places: tuple[str, ...] = ()) -> Facts:
    """One video, live on the website in some countries."""
    more: Any = {"video_id": "v", "revision": 1, "status": "READY", "created_at": NOW, "updated_at": NOW}
    video = Video(external_id="work:3/trailer", kind=kind, title="Heron", work_id=3, isbns=(ISBN,), **more)
    live = [Placement(placement_id=place, channel="website", territory=place, state="LIVE", updated_at=NOW) for place in places]
    return Facts({Shown: Known(records=(Shown(video, None, live),), source="library", as_of=NOW)})


def open_in(asked: DecisionContext, kind: str = "TRAILER", channel: str = "website") -> list[str]:
    """Where its rules let it run at the time of the run."""
    (found,) = cleared(facts(kind), asked)
    assert isinstance(found, Cleared)
    return [place for place in WORLD if is_allowed(found.wanted, channel, place, asked.as_of)[0]]


@pytest.mark.parametrize(
    ("kind", "places"),
    [("TRAILER", ["GB", "US"]), ("AUDIO_SAMPLE", ["US", "DE"]), ("EXCERPT", ["US"]), ("PROMO_CLIP", ["US"]), ("OTHER", ["GB", "US"])],
)
def test_sound_asks_for_the_recording_and_pictures_for_video(kind: str, places: list[str]) -> None:
    """Whoever made it, and however it is called."""
    asked = context(rights(RightsFormat.VIDEO, "GB", "US"), rights(RightsFormat.AUDIO_DOWNLOAD, "US", "DE"))
    assert open_in(asked, kind) == places


def test_without_the_one_right_the_other_is_no_answer() -> None:
    """A sample without audio rights runs nowhere, nor does an excerpt."""
    asked = context(rights(RightsFormat.VIDEO, "GB"))
    assert (open_in(asked, "AUDIO_SAMPLE"), open_in(asked, "EXCERPT"), open_in(asked)) == ([], [], ["GB"])


@pytest.mark.parametrize(
    ("permissions", "places"),
    [
        ([GIVEN], ["GB", "US", "DE"]),
        ([{**GIVEN, "territories": ["GB", "US"]}], ["GB", "US"]),
        ([{**GIVEN, "territories": ["GB"]}, {**GIVEN, "territories": ["DE"], "since": "2026-06-01"}], ["GB", "DE"]),
        ([{**GIVEN, "until": "2026-05-31"}], []),
        ([{**GIVEN, "since": "2026-06-02"}], []),
        ([{**GIVEN, "channels": ["social"]}], []),
        ([{**GIVEN, "paid": False}], []),
        ([], []),
    ],
)
def test_a_video_runs_where_and_while_its_music_is_cleared(permissions: list[dict[str, Any]], places: list[str]) -> None:
    """Within the rights; what is not paid for, not told, or for another channel, is not cleared."""
    asked = context(rights(RightsFormat.VIDEO, *WORLD), clearances=[{**SONG, "permissions": permissions}])
    assert open_in(asked) == places


def test_clearances_that_do_not_overlap_leave_nothing() -> None:
    """The song in Britain, its recording in America; a video without either runs everywhere."""
    song, recording = ({**SONG, "permissions": [{**GIVEN, "territories": [place]}]} for place in ("GB", "US"))
    world = rights(RightsFormat.VIDEO, *WORLD)
    assert open_in(context(world, clearances=[song, {**recording, "asset": "Blue Tide, the recording"}])) == []
    assert open_in(context(world, clearances=[{**song, "videos": ["work:4/*"]}])) == ["GB", "US", "DE"]


def test_the_library_closes_by_itself_on_the_day_after_the_last() -> None:
    """Whether or not anybody runs on that day; nobody's rights open it again."""
    asked = context(rights(RightsFormat.VIDEO, "GB"), clearances=[{**SONG, "permissions": [{**GIVEN, "until": "2026-06-10"}]}])
    (found,) = cleared(facts(), asked)
    days = [is_allowed(found.wanted, "website", "GB", datetime(2026, 6, day, 23, 59, tzinfo=UTC))[0] for day in (9, 10, 11)]
    assert days == [True, True, False]


@pytest.mark.parametrize(
    ("until", "found"),
    [("2026-07-02", ""), ("2026-07-01", "ends on 2026-07-01, within 30 days"), ("2026-06-08", "ends on 2026-06-08, within 7 days"),
     ("2026-06-01", "ends on 2026-06-01, within 0 days"), ("2026-05-31", "was cleared until 2026-05-31"), (None, "")],
)  # fmt: skip
def test_somebody_is_told_before_a_clearance_ends(until: str | None, found: str) -> None:
    """And when it has ended; what runs is taken down then."""
    asked = context(rights(RightsFormat.VIDEO, "GB"), clearances=[{**SONG, "permissions": [{**GIVEN, "until": until}]}])
    plan = CASE.decide(facts(places=("GB",)), asked)
    assert [(each.rule, each.field, each.found) for each in plan.findings if each.rule == "R8"] == (
        [("R8", "Blue Tide", f"Blue Tide of Harbour Songs: {found}")] if found else []
    )
    assert ("unpublish" in {intent.labels["verb"] for intent in plan.intents}) is (until == "2026-05-31")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [({"territories": ["UK"]}, "there is no country 'UK'"), ({"channels": ["web"]}, "'website'"), ({"since": "2027-01-01", "until": "2026-01-01"}, "before it begins")],
)  # fmt: skip
def test_a_permission_that_cannot_be_meant_is_refused(wrong: dict[str, Any], says: str) -> None:
    """With the nearest right word."""
    with pytest.raises(ValueError, match=says):
        Clearances.model_validate({"clearances": [{**SONG, "permissions": [{**GIVEN, **wrong}]}]})


def test_what_is_cleared_for_good_or_never_has_no_day() -> None:
    """An unpaid permission is none."""
    (song,) = Clearances.model_validate({"clearances": [{**SONG, "permissions": [{**GIVEN, "paid": False}]}]}).clearances
    assert song.until == date.min
