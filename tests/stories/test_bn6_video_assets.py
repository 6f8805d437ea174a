"""BN-6: each video of the library is one record on its title in Consonance, with its address and how it stands."""

from typing import Any

import pytest
from station import Station
from two_accounts import DOCUMENTED, EXTENDED
from video_house import SEA, SEA_WORK, TIDE, VideoHouse

from colophon.http.jsontext import write_json
from colophon_sandbox.seeds.living.media import video_id

DAG = "bytenite__video_assets"
EVERYWHERE = {"territories": ["GB"], "channels": ["website"], "from": None, "until": None, "reason": None, "ruleId": "r", "effect": "allow"}
RULES = {"revision": 1, "default": "deny", "rules": [EVERYWHERE]}
PLACE = [{"channel": "website", "territory": "GB"}]


@pytest.fixture(params=[EXTENDED, pytest.param(DOCUMENTED, marks=pytest.mark.nightly)])
def house(request: pytest.FixtureRequest, station: Station) -> VideoHouse:
    """Two titles; links may lead to the library's player. With the account that tells less by night."""
    station.connect("bytenite", link_hosts="video.sandbox.example")
    return VideoHouse(station, request.param)


def told(house: VideoHouse) -> dict[str, dict[str, Any]]:
    """What Consonance has, by our reference."""
    return house.written("upsertExternalAsset")


def times_told(house: VideoHouse) -> int:
    """How often it was told."""
    with house.station.ledger() as ledger:
        return len([row for row in ledger.all_of(DAG, "consonance") if row.state in {"confirmed", "held"}])


def test_bn6_a_ingested_then_published_is_one_record(house: VideoHouse) -> None:
    """URL, length, format and status; while it is worked on nobody can see it, and nothing is told."""
    video = house.add("sea/trailer", "TRAILER", SEA)
    house.run(DAG)
    reference = f"bn6:{video}"
    row = told(house)[reference]
    assert (row["workId"], row["productId"], row["kind"], row["status"]) == (9, 101, "VIDEO", "READY")
    assert (row["url"], row["durationSeconds"], row["format"]) == (f"https://video.sandbox.example/play/{video}", 62, "1920x1080")
    house.add("sea/trailer", "TRAILER", SEA, rules=RULES, placements=PLACE)
    house.run(DAG, minutes=30)
    assert ([*told(house)], told(house)[reference]["status"]) == ([reference], "PUBLISHED")
    assert times_told(house) == 2
    assert house.run(DAG, minutes=30).returned["report"]["sent"] == 0


def test_bn6_a_in_a_documented_account_it_stands_in_the_tray(station: Station) -> None:
    """One row, whichever way it was heard of."""
    station.connect("bytenite", link_hosts="video.sandbox.example")
    house = VideoHouse(station, DOCUMENTED)
    video = house.add("sea/trailer", "TRAILER", SEA)
    house.run(DAG)
    assert station.deliveries(DAG, "consonance") == {f"video:{video}/asset": "held"}


def test_bn6_b_webhook_poll_and_both_are_one_record(house: VideoHouse) -> None:
    """Twice by webhook, out of order, and by the poll."""
    video = house.add("sea/trailer", "TRAILER", SEA, rules=RULES, placements=PLACE)
    house.station.advance(60)
    with house.station.ledger() as ledger:
        for seq in (9, 8, 9):
            event = {"seq": seq, "type": "placement.live", "videoId": video, "placementId": "p-1"}
            ledger.inbox.take("bytenite", f"event-{seq}", "bytenite.placement.live", write_json(event))
    house.run(DAG, hours=1)
    house.run(DAG, minutes=30)
    assert ([*told(house)], times_told(house)) == ([f"bn6:{video}"], 1)
    with house.station.ledger() as ledger:
        assert ledger.inbox.pending(("bytenite.placement.live", "bytenite.asset")) == []


def test_bn6_c_a_video_of_nobody_s_isbn_is_parked_with_a_proposal(house: VideoHouse) -> None:
    """The rest goes; when the ISBN is corrected in the library it is filed, and the exception closes."""
    house.add("who", "TRAILER", "9781999000998", workId=9)
    house.add("sea/trailer", "TRAILER", SEA)
    house.run(DAG)
    assert (len(told(house)), house.rules(DAG)) == (1, [("BN6", "video:who")])
    with house.station.ledger() as ledger:
        (row,) = ledger.exceptions.open(use_case=DAG)
        assert [note for _, note in ledger.inbox.noted("parked")] == [row.found]
    assert row.expected == "an ISBN of ours; its record names work 9"
    house.add("who", "TRAILER", SEA, workId=9)
    house.run(DAG, minutes=30)
    assert (len(told(house)), house.rules(DAG)) == (2, [])


def test_bn6_d_unpublished_and_withdrawn_are_said(house: VideoHouse) -> None:
    """Taken off its channel, then archived."""
    video = house.add("sea/trailer", "TRAILER", SEA, rules=RULES, placements=PLACE)
    house.run(DAG, minutes=1)
    house.by_hand(video, "website/GB", "REMOVED")
    house.run(DAG, minutes=30)
    assert told(house)[f"bn6:{video}"]["status"] == "UNPUBLISHED"
    house.station.clock(house.station.now)
    house.change(video, status="ARCHIVED", updatedAt=f"{house.station.now:%Y-%m-%dT%H:%M:%SZ}")
    house.run(DAG, minutes=30)
    assert told(house)[f"bn6:{video}"]["status"] == "WITHDRAWN"


def test_bn6_e_a_new_address_changes_the_link_and_one_that_leads_elsewhere_or_ends_does_not(house: VideoHouse) -> None:
    """The exception does not tell the link; a private address is none of the library's; mended, it closes."""
    video = house.add("sea/trailer", "TRAILER", SEA)
    house.run(DAG)
    for link, is_good in (
        ("https://video.sandbox.example/new", True),
        ("https://169.254.169.254/latest?c4n4ry", False),
        ("https://evil.example/c4n4ry", False),
        ("https://video.sandbox.example/a.mp4?X-Amz-Expires=60&c4n4ry", False),
        ("https://video.sandbox.example/newer", True),
    ):
        house.change(video, playbackUrl=link, updatedAt=f"{house.station.now:%Y-%m-%dT%H:%M:%SZ}")
        run = house.run(DAG, minutes=30)
        assert (told(house)[f"bn6:{video}"]["url"] == link) is is_good
        assert house.rules(DAG) == ([] if is_good else [("BN6-link", "video:sea/trailer")])
        assert "c4n4ry" not in f"{run.logs}{run.xcoms}"


def test_bn6_a_video_of_two_titles_is_on_both_and_leaves_the_one_that_it_no_longer_names(house: VideoHouse) -> None:
    """Whoever has it hears its end; an ISBN that was corrected moves the record."""
    video = house.add("both", "OTHER", SEA, TIDE)
    house.run(DAG)
    assert {(name, row["workId"]) for name, row in told(house).items()} == {(f"bn6:{video}", 9), (f"bn6:{video}:2", 10)}
    house.add("both", "OTHER", TIDE)
    house.run(DAG, minutes=30)
    assert {(name, row["workId"], row["status"]) for name, row in told(house).items()} == {
        (f"bn6:{video}", 10, "READY"),
        (f"bn6:{video}:2", 10, "WITHDRAWN"),
    }


def test_bn6_a_title_that_cannot_be_read_keeps_its_video_waiting(house: VideoHouse) -> None:
    """A failed poll holds nothing up that was read before."""
    house.title(101, SEA_WORK, SEA, fullTitle="")
    house.add("sea/trailer", "TRAILER", SEA)
    house.run(DAG)
    assert (told(house), house.rules(DAG)) == ({}, [("G7", f"isbn:{SEA}")])
    house.title(101, SEA_WORK, SEA)
    house.station.fault("bytenite", "reset")
    assert house.station.run(DAG, house.station.now).state == "failed"
    assert [*told(house)] == [f"bn6:{video_id('sea/trailer')}"]


def test_bn6_without_a_library_it_says_so(house: VideoHouse) -> None:
    """Skipped, and loudly."""
    house.station.connect("bytenite", library="none")
    run = house.station.run(DAG, house.now)
    assert (run.state, any("no_library" in line for line in run.logs)) == ("success", True)
