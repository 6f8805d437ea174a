"""BN-1: a launch that is ready has its videos: made once of approved cover, title, author and date, copied, looked at, and at the title."""

import hashlib
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from media_house import PAPERBACK, TEMPLATES, MediaHouse
from station import Station
from two_accounts import DOCUMENTED, EXTENDED

from colophon.systems.bytenite.mapping import video_id
from colophon.systems.bytenite.outputs import outputs_of
from colophon_sandbox.seeds.living.media import front, value

DAG = "bytenite__launch_videos"
TRAILER, CUT = "work:9/trailer/16x9", "work:9/social_cut/1x1"
IN_CONSONANCE = "media:work:9-trailer-16x9"


@pytest.fixture(params=[EXTENDED, DOCUMENTED])
def both(request: pytest.FixtureRequest, station: Station) -> MediaHouse:
    """With each kind of account."""
    return MediaHouse(station, request.param, DAG)


@pytest.fixture(params=[EXTENDED, pytest.param(DOCUMENTED, marks=pytest.mark.nightly)])
def house(request: pytest.FixtureRequest, station: Station) -> MediaHouse:
    """With each kind of account; with the one that tells less by night."""
    return MediaHouse(station, request.param, DAG)


@pytest.fixture
def one(station: Station) -> MediaHouse:
    """With the account that tells all."""
    return MediaHouse(station, EXTENDED, DAG)


def params(job: dict[str, Any]) -> dict[str, Any]:
    """What a job is made of, beside its file."""
    found: dict[str, Any] = job["params"]["app"]
    return found


def states(house: MediaHouse) -> list[tuple[str, str, str]]:
    """Name, date and state of every job that there ever was."""
    return [(row["name"].split()[0], params(row).get("publication_date", ""), row["state"].rpartition("_")[2]) for row in house.jobs]


def test_bn1_a_a_ready_launch_has_its_videos(both: MediaHouse) -> None:
    """A job by each template, all of its outputs here, whole and of the right type before their links end, and the video at the title."""
    house = both
    house.ready()
    house.run()
    assert sorted(house.ran()) == [f"social_cut 1x1 {PAPERBACK}", f"trailer 16x9 {PAPERBACK}"]
    [trailer] = [row for row in house.jobs if row["name"].startswith("trailer")]
    wanted = {"title": "Zoë’s “Sea” ✓", "author": "Ana Ní Bhriain", "publication_date": "2026-09-01", "shape": "16x9", "seconds": 60}
    assert params(trailer) == {**wanted, "template": "trailer@1"}
    with house.station.ledger() as ledger:
        outputs = outputs_of(ledger, DAG, TRAILER)
    assert outputs is not None
    assert sorted(file.media_type for file in outputs.files) == ["audio/wav", "image/png", "text/vtt", "video/x-msvideo"]
    for file in outputs.files:
        content = Path(file.name).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file.bytes, file.sha256)
    asset = house.assets()[IN_CONSONANCE]
    assert (asset["workId"], asset["kind"], asset["status"], asset["format"]) == (9, "VIDEO", "READY", "TRAILER")
    assert asset["url"] == f"https://media.example/{trailer['id']}/trailer.avi"
    assert asset["thumbnailUrl"] == f"https://media.example/{trailer['id']}/poster.png"
    house.run()
    videos = {row["externalId"]: row for row in house.station.sandbox.world.store.table("bytenite.videos")}
    assert (videos[TRAILER]["kind"], videos[TRAILER]["isbns"], videos[TRAILER]["onHold"]) == ("TRAILER", [PAPERBACK], False)
    assert videos[TRAILER]["content"]["sha256"] == asset["sha256"]


def test_bn1_b_what_changes_while_it_renders_is_aborted_and_begun_anew(house: MediaHouse) -> None:
    """Nobody waits for a trailer with the wrong date; the run that follows a slow one, whose worker was lost, ends it."""
    house.connect(templates={**TEMPLATES, "TRAILER": "slow", "SOCIAL_CUT": "slow"}, job_timeout=600)
    house.ready()
    house.run()
    assert [state for _, _, state in states(house)] == ["ASSEMBLING"] * 2
    house.change(publicationDate="2026-10-06")
    house.connect()
    house.station.connect(
        "bytenite", templates={**TEMPLATES, "SOCIAL_CUT": "slow"}, output_location=str(house.station.folder / "media"), job_timeout=600
    )
    house.run()
    assert sorted(states(house)) == [
        ("social_cut", "", "ASSEMBLING"),
        ("trailer", "2026-09-01", "ABORTED"),
        ("trailer", "2026-10-06", "COMPLETE"),
    ]
    assert house.station.exceptions(f"{DAG}:delivery") == [("DELIVERY-LATE", CUT)]  # that one is too slow, and said so


def test_bn1_b_what_changes_afterwards_is_a_new_version(house: MediaHouse) -> None:
    """Of the trailer, which tells the date, and not of the cut; a new cover is a new version of both. The title has the newest."""
    house.ready()
    house.run()
    first = house.assets()[IN_CONSONANCE]
    house.change(publicationDate="2026-10-06")
    house.run()
    assert len(house.ran()) == 3
    second = house.assets()[IN_CONSONANCE]
    assert first["url"] != second["url"]
    house.file(version="2")
    house.run()
    assert len(house.ran()) == 5
    assert house.assets()[IN_CONSONANCE]["version"] not in {first["version"], second["version"]}


@pytest.mark.nightly
def test_bn1_b_what_changes_and_changes_back_is_rendered_after_all(one: MediaHouse) -> None:
    """The job that was aborted meanwhile is no reason to go without; and one that is there is not rendered again."""
    one.connect(templates={**TEMPLATES, "TRAILER": "slow"}, job_timeout=600)
    one.ready()
    one.run()
    one.change(publicationDate="2026-10-06")
    one.run()
    one.connect()
    one.change(publicationDate="2026-09-01")
    one.run()
    assert states(one)[-1] == ("trailer", "2026-09-01", "COMPLETE")
    assert one.station.deliveries(DAG, "jobs")[TRAILER] == "confirmed"
    one.change(publicationDate="2026-10-06")
    one.run()
    before = one.ran()
    one.change(publicationDate="2026-09-01")
    one.run()
    assert (one.ran(), one.station.deliveries(DAG, "jobs")[TRAILER]) == (before, "confirmed")


def test_bn1_c_the_same_specification_is_no_second_job(house: MediaHouse) -> None:
    """Run after run; nor where the cover was uploaded anew with the same bytes, or the title was moved to another file."""
    house.ready()
    house.run()
    before = house.station.effects("media.run")
    house.file(version="1", id="11a50000-0002-4000-8000-000000999999", name=value("again.png"))
    house.run()
    assert house.station.effects("media.run") == before


def test_bn1_d_a_job_that_fails_is_tried_again_and_then_told(house: MediaHouse) -> None:
    """As often as `attempts` says; then it is an exception with the end of the log, once."""
    house.connect(templates={**TEMPLATES, "TRAILER": "fail"})
    house.ready()
    house.run()
    assert [name for name, _, state in states(house) if state == "FAILED"] == ["trailer"]
    house.run(2)
    assert [name for name, _, state in states(house) if state == "FAILED"] == ["trailer", "trailer"]
    assert house.station.exceptions(f"{DAG}:delivery") == [("DELIVERY-FAILED", TRAILER)]
    with house.station.ledger() as ledger:
        [row] = ledger.exceptions.open(use_case=DAG)
    assert (row.rule, row.subject) == ("MV2", TRAILER)
    assert row.found.endswith("ERROR the encoder ended with code 1")
    assert house.station.deliveries(DAG, "jobs")[CUT] == "confirmed"  # its neighbour does not wait for it
    house.file(version="2")
    house.connect()
    house.run()
    assert house.station.deliveries(DAG, "jobs")[TRAILER] == "confirmed"
    assert house.station.exceptions() == []


@pytest.mark.parametrize(
    ("status", "media_type", "says"),
    [("in review", "image/png", "no approved cover in the portal"), ("approved", "text/html", "the cover is text/html, and not image/...")],
)
def test_bn1_e_a_cover_that_is_not_approved_is_waited_for(house: MediaHouse, status: str, media_type: str, says: str) -> None:
    """And somebody hears what is waited for; so does a cover that is no image."""
    house.ready()
    house.file(status=status, mime_type=value(media_type))
    house.run()
    assert (house.ran(), house.station.exceptions(DAG)) == ([], [("MV1", CUT), ("MV1", TRAILER)])
    with house.station.ledger() as ledger:
        assert {row.found for row in ledger.exceptions.open(use_case=DAG)} == {says}
    house.file()
    house.run()
    assert (len(house.ran()), house.station.exceptions(DAG)) == (2, [])


def test_bn1_e_a_stage_without_its_needs_waits(house: MediaHouse) -> None:
    """Pre-order is ready and the cover's to-do is open: it waits for that, whatever the portal says."""
    house.todo("preorder")
    house.file()
    house.run()
    with house.station.ledger() as ledger:
        assert {row.found for row in ledger.exceptions.open(use_case=DAG)} == {"cover_approved is missing"}
    house.todo("cover")
    house.run()
    assert len(house.ran()) == 2


@pytest.mark.parametrize("budget", [pytest.param("{jobs: 1, minutes: 120}", marks=pytest.mark.nightly), "{jobs: 20, minutes: 5}"])
def test_bn1_f_more_than_the_budget_waits_for_a_person(house: MediaHouse, budget: str) -> None:
    """Two jobs of six minutes: rejecting starts nothing, approving does; nobody is asked where that is the budget exactly."""
    house.configure(("outputs_url:", f"budget: {budget}\noutputs_url:"))
    house.ready()
    rejected = house.run(answer="Reject")
    assert (rejected.asked[0][0], house.ran()) == ("Render 2 videos and samples", [])
    assert "about 6 minutes" in rejected.asked[0][1]
    assert (len(house.run().asked), len(house.ran())) == (1, 2)
    house.configure(("outputs_url:", "budget: {jobs: 2, minutes: 6}\noutputs_url:"))
    house.file(version="2")
    assert (house.run().asked, len(house.ran())) == ([], 4)


def test_bn1_a_video_that_the_library_tells_of_is_one_record_at_the_title(both: MediaHouse) -> None:
    """What was told before the library had it is withdrawn, and one on hold is not called ready."""
    both.connect(link_hosts="video.sandbox.example")
    both.ready()
    both.run(2)
    assert both.assets()[IN_CONSONANCE]["status"] == "READY"
    both.follow("bytenite__video_assets")
    both.run()
    trailers = {name: row["status"] for name, row in both.assets().items() if row["externalId"] == video_id(TRAILER)}
    assert trailers == {IN_CONSONANCE: "WITHDRAWN", f"bn6:{video_id(TRAILER)}": "READY"}
    both.grant("PAPERBACK")
    both.run()
    both.follow("bytenite__video_assets")
    assert {row["status"] for row in both.assets().values()} == {"WITHDRAWN", "UNPUBLISHED"}


def test_bn1_g_without_the_right_to_show_video_there_is_no_job(house: MediaHouse) -> None:
    """What was made is withdrawn where the right goes, what renders is aborted; and where it comes back the videos do."""
    house.grant("PAPERBACK")
    house.ready()
    house.run()
    assert (house.ran(), house.assets(), house.station.exceptions(DAG)) == ([], {}, [])
    house.grant("PAPERBACK", "VIDEO")
    house.run(2)
    assert (len(house.ran()), house.assets()[IN_CONSONANCE]["status"]) == (2, "READY")
    house.grant("PAPERBACK")
    house.run()
    assert (len(house.ran()), house.assets()[IN_CONSONANCE]["status"]) == (2, "WITHDRAWN")
    assert all(row["onHold"] for row in house.station.sandbox.world.store.table("bytenite.videos"))
    house.grant("PAPERBACK", "VIDEO")
    house.run()
    assert (house.station.deliveries(DAG, "jobs")[TRAILER], house.assets()[IN_CONSONANCE]["status"]) == ("confirmed", "READY")


def test_bn1_g_a_title_that_is_pulled_while_it_renders(house: MediaHouse) -> None:
    """Its jobs are aborted, and nothing is at the title."""
    house.connect(templates={**TEMPLATES, "TRAILER": "slow", "SOCIAL_CUT": "slow"}, job_timeout=600)
    house.ready()
    house.run()
    house.change(onixPublishingStatusCode="01")
    house.run()
    assert ({state for _, _, state in states(house)}, house.assets()) == ({"ABORTED"}, {})
    assert house.station.exceptions() == []


def test_a_title_that_is_too_long_is_cut_on_a_word(one: MediaHouse) -> None:
    """No platform takes more than a hundred characters; a shell's and a filter's own characters are words like others."""
    title = "It’s 100%: 'a' \\ $(id) `x` %{pts} \u200fעברית " + "very " * 20 + "long"
    one.change(fullTitle=title)
    one.ready()
    one.run()
    made = params(one.jobs[0])["title"]
    assert made.startswith("It’s 100%: 'a' \\ $(id) `x` %{pts} \u200fעברית very")
    assert (len(made) <= 101, made.endswith("very…")) == (True, True)


def test_what_is_rendered_anew_is_not_taken_for_a_record_that_somebody_changed(one: MediaHouse) -> None:
    """The record that goes on hold, and off it, says what the one about titles says."""
    one.ready()
    one.run(2)
    one.follow("bytenite__video_metadata")
    one.change(publicationDate="2026-10-06")
    one.run(2)
    one.follow("bytenite__video_metadata")
    assert one.station.exceptions("bytenite__video_metadata") == []


@pytest.mark.parametrize(
    ("length", "says"), [(500, "shorter than it says of itself"), pytest.param(0, "is not what its name says", marks=pytest.mark.nightly)]
)
def test_outputs_that_are_cut_short_or_of_another_type_are_no_outputs(
    one: MediaHouse, monkeypatch: pytest.MonkeyPatch, length: int, says: str
) -> None:
    """Nobody has half a trailer, or a page that calls itself one: the run is red, and the next one copies what is there by then; nothing is rendered twice."""
    from colophon_sandbox.systems.bytenite import jobs as renderer

    kind, film = renderer.outputs("video-render")["trailer.avi"]
    with monkeypatch.context() as patch:
        patch.setattr(renderer, "outputs", lambda *_: {"trailer.avi": (kind, film[:length] or b"<html>Not found</html>")})
        one.ready()
        assert says in str(one.run(state="failed").error)
        assert one.assets() == {}
    one.run()
    assert (len(one.ran()), one.assets()[IN_CONSONANCE]["status"]) == (2, "READY")


@pytest.mark.parametrize(
    ("spoilt", "says"),
    [
        (lambda whole, kind, seconds, shape: whole(kind, min(seconds, 59), shape), "trailer.avi lasts 59.0 seconds, and not 60"),
        pytest.param(lambda whole, kind, seconds, _: whole(kind, seconds, "1x1"), "is 16x16, and not 16x9", marks=pytest.mark.nightly),
    ],
)
def test_a_video_that_is_other_than_it_was_ordered_is_a_failed_job(
    one: MediaHouse, monkeypatch: pytest.MonkeyPatch, spoilt: Callable[..., Any], says: str
) -> None:
    """It is rendered again, and nobody gets it; a person hears how long it is, or how large."""
    from colophon_sandbox.systems.bytenite import jobs as renderer

    whole = renderer.outputs
    with monkeypatch.context() as patch:
        patch.setattr(renderer, "outputs", lambda *asked: spoilt(whole, *asked))
        one.ready()
        one.run()
        assert (set(one.assets()), one.station.deliveries(DAG, "jobs")[CUT]) == (
            {IN_CONSONANCE.replace("trailer-16x9", "social_cut-1x1")},
            "confirmed",
        )
        one.run(2)
    with one.station.ledger() as ledger:
        (row,) = [row for row in ledger.exceptions.open(use_case=DAG) if row.rule == "MV2"]
    assert row.found.endswith(says)


@pytest.mark.nightly
def test_a_job_that_ends_as_it_is_aborted_stays_as_it_ended(one: MediaHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """The renderer refuses the abort, or takes it too late: the run is green, the newer trailer is made, and once."""
    from colophon_sandbox.system import RefusedError
    from colophon_sandbox.systems.bytenite import jobs as renderer

    def too_late(jobs: Any, job_id: str) -> None:
        jobs._enter(jobs.get(job_id), renderer.COMPLETE)
        raise RefusedError(400, "ended", "the job has ended")

    one.connect(templates={**TEMPLATES, "TRAILER": "slow"}, job_timeout=600)
    one.ready()
    one.run()
    one.connect()
    one.change(publicationDate="2026-10-06")
    monkeypatch.setattr(renderer.Jobs, "abort", too_late)
    one.run()
    assert (one.station.deliveries(DAG, "jobs")[TRAILER], len(one.ran()), one.station.exceptions()) == ("confirmed", 3, [])
    one.run()
    assert (len(one.ran()), one.jobs[-1]["params"]["app"]["publication_date"]) == (3, "2026-10-06")


@pytest.mark.nightly
def test_links_that_ended_are_a_job_to_be_done_again(one: MediaHouse) -> None:
    """Nobody looked for two days."""
    one.station.fault("bytenite", "status", "/v1/*/results", value={"status": 503}, method="GET")
    one.ready()
    one.run(state="failed")
    one.station.mend()
    one.now = one.station.now + (50 * (one.now - one.now.replace(hour=one.now.hour - 1)))
    one.run(2)
    assert (len(one.ran()), one.station.deliveries(DAG, "jobs")[TRAILER]) == (4, "confirmed")


@pytest.mark.nightly
@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
def test_a_launch_without_the_vendor(one: MediaHouse) -> None:
    """Ffmpeg on this machine renders a trailer of ten seconds, which is as long as that, and a cut; both are at the title."""
    one.configure(("seconds: 60", "seconds: 10"), ("seconds: 25", "seconds: 10"))
    one.connect(media_backend="local", templates={})
    one.ready()
    one.file(front(PAPERBACK))
    one.run()
    asset = one.assets()[IN_CONSONANCE]
    assert (asset["mediaType"], asset["status"]) == ("video/mp4", "READY")
    with one.station.ledger() as ledger:
        outputs = outputs_of(ledger, DAG, TRAILER)
    assert outputs is not None
    assert outputs.main is not None
    seconds = subprocess.run(
        ["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", outputs.main.name],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert abs(float(seconds) - 10) <= 0.5
