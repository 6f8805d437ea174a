"""BN-8: an audiobook that is scheduled has its sample and excerpt, by its own date, master and rights; a printed book has none."""

from typing import Any

import pytest
from media_house import AUDIOBOOK, MediaHouse
from station import Station
from two_accounts import DOCUMENTED, EXTENDED

from colophon.systems.bytenite.mapping import video_id
from colophon_sandbox.systems.bytenite.media import sound

DAG, RIGHTS = "bytenite__companion_media", "bytenite__video_rights"
SAMPLE, EXCERPT = f"isbn:{AUDIOBOOK}/sample/none", f"isbn:{AUDIOBOOK}/excerpt/16x9"


@pytest.fixture(params=[EXTENDED, DOCUMENTED])
def both(request: pytest.FixtureRequest, station: Station) -> MediaHouse:
    """An audiobook that is scheduled, at each kind of account."""
    return scheduled(station, request.param)


@pytest.fixture(params=[EXTENDED, pytest.param(DOCUMENTED, marks=pytest.mark.nightly)])
def house(request: pytest.FixtureRequest, station: Station) -> MediaHouse:
    """The same; with the account that tells less by night."""
    return scheduled(station, request.param)


def scheduled(station: Station, account: str) -> MediaHouse:
    """A paperback and an audiobook of one work."""
    house = MediaHouse(station, account, DAG, formats=("BC", "AJ"))
    house.change(1, publicationDate="2026-10-01")
    house.todo("cover", "scheduled")
    house.file(sound(), kind="Audio master", isbn=AUDIOBOOK)
    return house


def shown(house: MediaHouse, subject: str) -> dict[str, Any]:
    """A record of the video library."""
    found = house.station.sandbox.world.store.table("bytenite.videos").get(video_id(subject))
    assert found is not None
    return dict(found)


def open_in(house: MediaHouse, subject: str) -> set[str]:
    """Countries in which the library's rules allow it on some channel."""
    rules = house.station.sandbox.world.store.table("bytenite.rules").get(video_id(subject))
    return {place for rule in (rules or {"rules": []})["rules"] for place in rule["territories"]}


def test_bn8_a_a_scheduled_audiobook_has_sample_and_excerpt(both: MediaHouse) -> None:
    """With the day and the form of its own format, and not the paperback's; both are at the title, and in the library."""
    both.run()
    assert sorted(both.ran()) == [f"excerpt 16x9 {AUDIOBOOK}", f"sample none {AUDIOBOOK}"]
    for job in both.jobs:
        assert (job["params"]["app"]["publication_date"], job["params"]["app"]["format"]) == ("2026-10-01", "AJ")
    assert {asset["kind"] for asset in both.assets().values()} == {"AUDIO", "VIDEO"}
    both.run()
    both.follow(RIGHTS)
    assert (shown(both, SAMPLE)["kind"], shown(both, SAMPLE)["publicationDate"]) == ("AUDIO_SAMPLE", "2026-10-01")
    assert {"GB", "US", "DE"} <= open_in(both, SAMPLE) & open_in(both, EXCERPT)
    assert both.station.exceptions() == []


def test_bn8_b_a_date_that_moves_moves_its_media(house: MediaHouse) -> None:
    """Both are made anew with the new date, and the library has it; the paperback's date moves nothing."""
    house.run()
    house.change(0, publicationDate="2026-12-01")
    house.change(1, publicationDate="2026-11-03")
    house.run(2)
    assert [job["params"]["app"]["publication_date"] for job in house.jobs] == ["2026-10-01"] * 2 + ["2026-11-03"] * 2
    assert (shown(house, SAMPLE)["publicationDate"], shown(house, SAMPLE)["onHold"]) == ("2026-11-03", False)


def test_bn8_c_without_audio_rights_in_a_territory_it_is_closed_there(house: MediaHouse) -> None:
    """And there alone. Where the right to the pictures is missing there is no excerpt at all; where both go, the sample is withdrawn."""
    house.grant("AUDIO_DOWNLOAD", "PAPERBACK", without=("DE", "AT"))
    house.run(2)
    house.follow(RIGHTS)
    assert house.ran() == [f"sample none {AUDIOBOOK}"]
    assert open_in(house, SAMPLE) & {"DE", "AT", "GB", "CH"} == {"GB", "CH"}
    house.grant("PAPERBACK")
    house.run()
    house.follow(RIGHTS)
    assert (open_in(house, SAMPLE), shown(house, SAMPLE)["onHold"]) == (set(), True)
    assert [asset["status"] for asset in house.assets().values()] == ["WITHDRAWN"]


@pytest.mark.parametrize("is_taken_out", [False, True])
def test_bn8_c_a_sample_follows_rights_after_its_launch_and_without_its_template(station: Station, is_taken_out: bool) -> None:
    """What was made is heard where the recording is ours, however long ago that was, and whatever `media.yaml` says today."""
    house = scheduled(station, EXTENDED)
    house.run(2)
    house.follow(RIGHTS)
    assert {"GB", "DE"} <= open_in(house, SAMPLE)
    if is_taken_out:
        house.configure(("  sample:", "  another:"))
    else:
        house.change(1, publicationDate="2025-01-01")
    house.grant("AUDIO_DOWNLOAD", "VIDEO", "PAPERBACK", without=("DE", "AT"))
    house.follow(RIGHTS)
    assert open_in(house, SAMPLE) & {"DE", "AT", "GB", "CH"} == {"GB", "CH"}
    house.grant("VIDEO", "PAPERBACK")
    house.follow(RIGHTS)
    assert open_in(house, SAMPLE) == set()


def test_bn8_c_a_sample_that_somebody_put_where_it_is_closed_is_taken_down_and_told(station: Station) -> None:
    """And one that the right to the recording allows stays, for the right to show video is none of its business."""
    house = scheduled(station, EXTENDED)
    house.grant("AUDIO_DOWNLOAD", "PAPERBACK", without=("DE",))
    house.run(2)
    places = station.sandbox.world.store.table("bytenite.placements")
    for number, place in enumerate(("DE", "GB"), 900):
        row = {"placementId": f"p-{number}", "videoId": video_id(SAMPLE), "channel": "website", "territory": place, "state": "LIVE"}
        more = {"_seq": number, "_key": f"{video_id(SAMPLE)}/website/{place}", "_at": "2026-05-01T00:00:00Z", "_by_hand": True}
        places.put(
            str(more["_key"]), row | more | dict.fromkeys(("url", "liveFrom", "liveUntil", "ruleId", "reason")) | {"updatedAt": more["_at"]}
        )
    house.follow(RIGHTS)
    assert {row["territory"]: row["state"] for row in places} == {"DE": "REMOVED", "GB": "LIVE"}
    assert ("R6", f"video:{SAMPLE}") in station.exceptions(RIGHTS)
    assert {"GB", "US"} <= open_in(house, SAMPLE)


def test_bn8_c_a_sample_is_shown_where_the_plan_says_and_the_recording_is_ours(station: Station) -> None:
    """From publication on, without the right to show video."""
    house = scheduled(station, EXTENDED)
    house.grant("AUDIO_DOWNLOAD", "PAPERBACK", without=("DE",))
    house.change(1, publicationDate="2026-05-01")
    station.configure("video_release.yaml", "placements: {published: {AUDIO_SAMPLE: [website, retailer]}}\nterritories: [GB, DE]\n")
    house.run(2)
    house.follow("bytenite__video_release")
    placements = station.sandbox.world.store.table("bytenite.placements")
    assert {(row["channel"], row["territory"]) for row in placements} == {("website", "GB"), ("retailer", "GB")}


def test_bn8_d_a_new_master_is_a_new_sample_and_withdraws_the_old_one(house: MediaHouse) -> None:
    """On the day on which the master changes nobody hears the old narrator any more; the day after the new sample is there."""
    house.run(2)
    [first] = [asset["version"] for asset in house.assets().values() if asset["kind"] == "AUDIO"]
    house.file(sound() + b"\0\0", kind="Audio master", isbn=AUDIOBOOK, version="2")
    house.run()
    assert (len(house.ran()), shown(house, SAMPLE)["onHold"]) == (4, True)
    house.run()
    [second] = [asset["version"] for asset in house.assets().values() if asset["kind"] == "AUDIO"]
    assert (shown(house, SAMPLE)["onHold"], first == second) == (False, False)


def test_bn8_what_somebody_changed_at_the_title_is_put_back_and_reported_once(station: Station) -> None:
    """By hand, in Consonance; what is new there is no edit."""
    house = scheduled(station, EXTENDED)
    house.run()
    before, written = house.assets(), station.sandbox.world.store.table("consonance.externalRecords")
    assert (len(before), station.exceptions(DAG)) == (2, [])
    for row in [dict(row) for row in written]:
        written.put(str(row["id"]), row | {"payload": row["payload"].replace("READY", "DRAFT")})
    for how in ("changed", "deleted"):
        assert house.assets() != before
        house.run()
        assert (house.assets(), station.exceptions(DAG)) == (before, [("W2", EXCERPT), ("W2", SAMPLE)])
        with station.ledger() as ledger:
            assert {row.found.split()[0] for row in ledger.exceptions.open(use_case=DAG)} == {how}
        written.rows.clear()
    house.run(2)
    assert station.exceptions(DAG) == []


@pytest.mark.nightly
def test_what_somebody_deleted_comes_again_or_is_reported(station: Station) -> None:
    """The title's asset in Consonance with the next run; the sample in the library, whose content only a person can want back, and an excerpt that somebody swapped, by the nightly comparison."""
    house = scheduled(station, EXTENDED)
    house.change(1, publicationDate="2026-05-01")
    station.configure("video_release.yaml", "placements: {published: {AUDIO_SAMPLE: [website]}}\nterritories: [GB]\n")
    house.run(2)
    house.follow("bytenite__video_release")
    before = house.assets()
    station.sandbox.world.store.table("consonance.externalRecords").rows.clear()
    station.sandbox.world.store.table("bytenite.videos").drop(video_id(SAMPLE))
    house.run()
    assert (house.assets(), len(house.ran())) == (before, 2)
    videos = station.sandbox.world.store.table("bytenite.videos")
    swapped = dict(videos.get(video_id(EXCERPT)))
    videos.put(video_id(EXCERPT), swapped | {"content": swapped["content"] | {"sha256": "b" * 64}})
    house.follow("ops__reconciliation")
    assert [subject for rule, subject in station.exceptions("ops__reconciliation") if rule == "DRIFT"] == [
        f"{EXCERPT}/content", f"{SAMPLE}/content", f"video:{video_id(SAMPLE)}/rules"
    ]  # fmt: skip


@pytest.mark.parametrize("account", [EXTENDED, pytest.param(DOCUMENTED, marks=pytest.mark.nightly)])
def test_bn8_e_a_printed_title_has_nothing(station: Station, account: str) -> None:
    """No job, no exception, no record."""
    house = MediaHouse(station, account, DAG)
    house.ready()
    house.run()
    assert (house.ran(), station.exceptions(), station.deliveries(DAG, "jobs")) == ([], [], {})


def test_a_master_that_is_missing_or_is_no_sound_is_waited_for(station: Station) -> None:
    """And named."""
    house = scheduled(station, EXTENDED)
    house.file(sound(), kind="Audio master", isbn=AUDIOBOOK, status="in review")
    house.run()
    assert house.station.exceptions(DAG) == [("MV1", EXCERPT), ("MV1", SAMPLE)]
