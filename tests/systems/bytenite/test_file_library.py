"""`library: file`: a folder in place of a platform (13.17)."""

from datetime import date, timedelta

import pytest

from colophon.errors import BadConnectionError, BadRecordError, ConflictError, FeatureMissingError, NotFoundError
from colophon.systems.bytenite.records import Content

DAILY = "day,videoId,channel,countryCode,views,uniqueViewers,completions,watchSeconds,clicks,shares,revision,final"


@pytest.fixture
def library(make_client, make):
    """A folder with one video."""
    found = make_client(library="file").library
    found.upsert_video(make.record())
    return found


@pytest.fixture
def folder(tmp_path):
    """Where it keeps its things."""
    return tmp_path / "media" / "library"


def test_the_same_record_twice(library, make):
    """13.9: one revision."""
    assert library.upsert_video(make.record()) == (1, False)
    assert library.upsert_video(make.record(title="Other")) == (2, True)
    assert library.get_video(make.video_id).title == "Other"
    content = Content.model_validate(make.content)
    assert library.set_content(make.video_id, content).revision == library.set_content(make.video_id, content).revision == 3
    assert [video.revision for video in library.iter_videos(work_id="9")] == [3]
    library.archive(make.video_id)
    assert list(library.iter_videos(since=make.now + timedelta(days=1))) == []


def test_nothing_is_handed_over_without_rules(library, folder, make):
    """13.11: BLOCKED, and no list."""
    assert library.publish(make.video_id, [make.wanted()], "d-1")[0].state == "BLOCKED"
    assert not (folder / "handover").exists()


def test_what_may_be_shown_is_on_a_list(library, folder, make):
    """Where and when, for people; a title that looks like a formula is none; again is the same list."""
    library.upsert_video(make.record(title="=cmd()"))
    library.set_rules(make.video_id, make.rules(1, make.rule(), make.rule("IE", "deny", "r2")))
    for _ in range(2):
        found = library.publish(make.video_id, [make.wanted(), make.wanted(territory="IE")], "d-1")
    assert [(p.state, p.reason) for p in found] == [("SCHEDULED", None), ("BLOCKED", "head contract 12")]
    lines = (folder / "handover" / "d-1.csv").read_text().splitlines()
    assert lines[1:] == [f"show,{make.video_id},'=cmd(),website,GB,2026-05-01T06:00:00Z,,head contract 12"]
    assert len(list((folder / "handover").iterdir())) == 1


def test_what_people_write_back(library, folder, make):
    """Placements as they tell them; new rules and our word put them on a list to be taken down."""
    library.set_rules(make.video_id, make.rules(1, make.rule()))
    (folder / "placements.csv").write_text(f"videoId,channel,territory,state\n{make.video_id},website,GB,LIVE\n", encoding="utf-8-sig")
    assert [p.placement_id for p in library.iter_placements(make.video_id)] == ["website-GB"]
    assert library.set_rules(make.video_id, make.rules(2)).closed == ("website-GB",)
    assert library.unpublish(make.video_id, reason="pulled", request_id="d-2")[0].state == "LIVE"
    assert "take down" in (folder / "handover" / "d-2.csv").read_text()
    with pytest.raises(ConflictError):
        library.set_rules(make.video_id, make.rules(1))
    with pytest.raises(NotFoundError):
        library.unpublish(make.video_id, ["nothing"], reason="r", request_id="d-3")


def test_figures_that_people_restate(library, folder):
    """13.14: a higher revision replaces, whatever the order; sums agree with the file's newest rows."""
    rows = [
        "2026-05-01,v,website,GB,9,9,9,9,9,9,2,true",
        "2026-05-01,v,website,GB,5,5,5,5,5,5,1,false",
        "2026-06-01,v,website,GB,1,1,1,1,1,1,1,false",
    ]
    (folder / "analytics_daily.csv").write_text("\n".join([DAILY, *rows]))
    pages = list(library.iter_daily(date(2026, 5, 1), date(2026, 5, 31)))
    assert [row.views for page in pages for row in page.rows] == [9]
    (folder / "analytics_daily.csv").write_text(f"{DAILY}\n2026-05-01,v,website,GB,many\n")
    with pytest.raises(BadRecordError, match="views"):
        list(library.iter_daily(date(2026, 5, 1), date(2026, 5, 31)))


def test_what_a_folder_cannot_do(library, make_client):
    """No callbacks, no events, no place."""
    assert library.info().contract == "file"
    assert list(library.iter_events(0)) == []
    with pytest.raises(FeatureMissingError):
        library.parse_callback({}, b"")
    with pytest.raises(BadConnectionError, match="output_location"):
        make_client(library="file", output_location="")
