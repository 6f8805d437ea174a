"""BN-2: a title's videos stand where the release plan says from their moment on, where rights allow it, and nowhere once it is pulled."""

from datetime import timedelta
from pathlib import Path

import pytest
from station import Station
from two_accounts import DOCUMENTED, EXTENDED
from video_house import SEA, SEA_WORK, TIDE, TIDE_WORK, VideoHouse, folder_library

from colophon.config.load import load_config
from colophon.errors import BadConfigError

DAG, RIGHTS = "bytenite__video_release", "bytenite__video_rights"
PLAN = """
placements:
  cover_reveal: {TEASER: [website, social]}
  preorder_ready: {TEASER: [website, social, landing]}
  published: {TRAILER: [website, retailer, social]}
territories: [GB, US]
restore_if_removed_by_hand: {website: true}
"""
OUT, COMES = "2026-05-01", "2026-06-01"
TRAILER = {f"{channel}/{place}" for channel in ("website", "retailer", "social") for place in ("GB", "US")}


@pytest.fixture(params=[EXTENDED, pytest.param(DOCUMENTED, marks=pytest.mark.nightly)])
def house(request: pytest.FixtureRequest, station: Station) -> VideoHouse:
    """Sea Room is out since three days, High Tide comes in June; with the account that tells less by night."""
    station.configure("video_release.yaml", PLAN)
    made = VideoHouse(station, request.param)
    made.title(101, SEA_WORK, SEA, published=OUT, onixPublishingStatusCode="04")
    return made


@pytest.mark.parametrize("house", [EXTENDED, DOCUMENTED], indirect=True)
def test_bn2_a_a_teaser_goes_with_the_pre_orders_and_a_trailer_with_publication(house: VideoHouse) -> None:
    """Each placement is confirmed; a video that nobody gave rules gets them; the second run sends nothing."""
    house.stage(10, "Pre-order ready", "2026-05-02")
    teaser, trailer = house.add("tide/teaser", "TEASER", TIDE), house.add("sea/trailer", "TRAILER", SEA)
    early = house.add("tide/trailer", "TRAILER", TIDE)
    house.run(DAG)
    asked = {row["_at"] for row in house.station.sandbox.world.store.table("bytenite.placements")}
    assert asked == {f"{house.now:%Y-%m-%dT%H:%M:%SZ}"}  # what is past is asked for as of now
    assert house.placements(teaser) == {f"{channel}/{place}" for channel in ("website", "social", "landing") for place in ("GB", "US")}
    assert (house.placements(trailer), house.placements(early, "LIVE", "SCHEDULED")) == (TRAILER, set())
    assert (set(house.station.deliveries(DAG, "video-library").values()), house.rules(DAG)) == ({"confirmed"}, [])
    assert house.run(DAG, minutes=15).returned["report"]["sent"] == 0
    assert house.run(RIGHTS).returned["report"]["sent"] == 1  # rules of the video that is early; the others have theirs
    assert (house.placements(trailer), house.rules(RIGHTS)) == (TRAILER, [])


def test_bn2_a_on_the_day_the_trailer_is_live_at_midnight_and_the_cover_is_revealed_when_it_is_announced(house: VideoHouse) -> None:
    """London's midnight, an hour before ours in summer; scheduled a day ahead. Where no launches are told, nothing is announced."""
    trailer, teaser = house.add("tide/trailer", "TRAILER", TIDE), house.add("tide/teaser", "TEASER", TIDE)
    house.stage(10, "Cover approved", "2026-05-02")
    house.seed(launches=[launch(announcedOn="2026-05-31")])
    house.run(DAG)
    assert house.placements(teaser, "LIVE", "SCHEDULED") == set()
    house.run(DAG, days=27)
    revealed = {"website/GB", "website/US", "social/GB", "social/US"} if house.account == EXTENDED else set()
    assert (house.placements(teaser), house.placements(trailer, "SCHEDULED")) == (revealed, TRAILER)
    house.station.clock(house.now.replace(hour=23, minute=1))
    assert house.placements(trailer) == TRAILER


def test_bn2_b_a_pulled_title_is_withdrawn_everywhere_marketing_s_own_placements_too(house: VideoHouse) -> None:
    """And comes back with the title."""
    video = house.add("sea/trailer", "TRAILER", SEA)
    house.run(DAG)
    house.station.seed("bytenite", {"placements": [{"videoId": video, "channel": "landing", "territory": "GB"}]})
    house.title(101, SEA_WORK, SEA, published=OUT, onixPublishingStatusCode="01")
    house.run(DAG, minutes=15)
    assert house.placements(video, "LIVE", "SCHEDULED", "ON_HOLD") == set()
    house.title(101, SEA_WORK, SEA, published=OUT, onixPublishingStatusCode="04")
    house.run(DAG, minutes=15)
    assert (house.placements(video), house.rules(DAG)) == (TRAILER, [])


def test_bn2_c_where_there_are_no_rights_nothing_is_placed(house: VideoHouse) -> None:
    """Not in a country that the grant lacks, not without rights for video, not of two titles where one has none, not of nobody's title."""
    house.grant(1, 9, "GB")
    house.grant(2, 10, formats=["PAPERBACK"])
    house.title(102, TIDE_WORK, TIDE, published=OUT)
    sea, tide = house.add("sea/trailer", "TRAILER", SEA), house.add("tide/trailer", "TRAILER", TIDE)
    both, who = house.add("both", "TRAILER", SEA, TIDE), house.add("who", "TRAILER", "9781999000998")
    house.run(DAG)
    assert house.placements(sea, "LIVE", "SCHEDULED", "BLOCKED") == {place for place in TRAILER if place.endswith("GB")}
    assert [house.placements(video, "LIVE", "SCHEDULED", "BLOCKED") for video in (tide, both, who)] == [set()] * 3


def test_bn2_c_what_rights_took_down_is_shown_again_by_the_plan_and_not_by_both(house: VideoHouse) -> None:
    """BN-4 closes and widens the rules; the plan shows again, and not what is no longer due."""
    video = house.add("sea/trailer", "TRAILER", SEA)
    house.run(DAG)
    house.grant(1, 9, "GB")
    house.run(RIGHTS)
    assert house.placements(video) == {place for place in TRAILER if place.endswith("GB")}
    house.grant(1, 9)
    house.title(101, SEA_WORK, SEA, published=COMES)
    house.run(RIGHTS, days=1)
    assert house.placements(video, "LIVE", "SCHEDULED") == {place for place in TRAILER if place.endswith("GB")}
    house.run(DAG)
    assert house.placements(video, "LIVE", "SCHEDULED") == set()
    house.title(101, SEA_WORK, SEA, published=OUT)
    house.run(DAG, minutes=15)
    assert (house.placements(video), house.rules(DAG), house.rules(RIGHTS)) == (TRAILER, [], [])


def test_bn2_d_a_channel_that_refuses_is_an_exception_and_the_others_go(house: VideoHouse) -> None:
    """It is tried again the next day, and not every 15 minutes."""
    house.station.system("bytenite").settings(refuses="retailer")
    video = house.add("sea/trailer", "TRAILER", SEA)
    house.run(DAG)
    house.run(DAG, minutes=15)
    assert (house.placements(video, "FAILED"), house.placements(video)) == (
        {"retailer/GB", "retailer/US"},
        TRAILER - {"retailer/GB", "retailer/US"},
    )
    assert ("BN2-refused", "video:sea/trailer") in house.rules(DAG)
    sent = len(house.station.journal("bytenite"))
    house.run(DAG, minutes=15)
    assert not [row for row in house.station.journal("bytenite")[sent:] if row["path"].endswith("/publish")]
    house.station.system("bytenite").settings(refuses="")
    house.run(DAG, days=1)
    house.run(DAG, minutes=15)
    assert (house.placements(video), house.rules(DAG)) == (TRAILER, [])


def test_bn2_d_a_video_whose_content_fails_is_told_of_until_it_can_be_shown(house: VideoHouse) -> None:
    """Nobody waits for marketing to see an empty page."""
    video = house.add("sea/trailer", "TRAILER", SEA)
    house.change(video, status="FAILED", statusReason="no such codec")
    house.run(DAG)
    with house.station.ledger() as ledger:
        [row] = ledger.exceptions.open(use_case=DAG)
    assert (row.rule, row.subject, row.found) == ("BN2-refused", "video:sea/trailer", "the library cannot show it: no such codec")
    house.change(video, status="READY", statusReason=None)
    house.run(DAG, minutes=15)
    assert (house.placements(video, "LIVE", "SCHEDULED"), house.rules(DAG)) == (TRAILER, [])


def test_bn2_e_a_day_that_moves_moves_the_placement(house: VideoHouse) -> None:
    """Scheduled for tomorrow, put off by a day, then by a month; live ones of a day that moved into the future come down."""
    house.title(102, TIDE_WORK, TIDE, published="2026-05-05")
    video, out = house.add("tide/trailer", "TRAILER", TIDE), house.add("sea/trailer", "TRAILER", SEA)
    house.run(DAG)
    assert (house.placements(video, "SCHEDULED"), house.placements(out)) == (TRAILER, TRAILER)
    house.title(102, TIDE_WORK, TIDE, published="2026-05-06")
    house.title(101, SEA_WORK, SEA, published=COMES)
    house.run(DAG, hours=17)
    assert (house.placements(video, "SCHEDULED"), house.placements(out, "LIVE", "SCHEDULED")) == (TRAILER, set())
    house.title(102, TIDE_WORK, TIDE, published=COMES)
    house.run(DAG, minutes=15)
    assert house.placements(video, "LIVE", "SCHEDULED") == set()
    house.run(DAG, days=28)
    assert (house.placements(video), house.rules(DAG)) == (TRAILER, [])


def test_bn2_e_an_embargo_holds_a_trailer_and_one_that_is_lifted_early_lets_it_go(house: VideoHouse) -> None:
    """Not a moment before its first day of sale, whatever its publication says."""
    house.station.configure("embargoes.yaml", f'first_day_of_sale: {{"{SEA}": 2026-05-20}}\n')
    video = house.add("sea/trailer", "TRAILER", SEA)
    house.run(DAG)
    assert house.placements(video, "LIVE", "SCHEDULED") == set()
    house.station.configure("embargoes.yaml", f'first_day_of_sale: {{"{SEA}": 2026-05-04}}\n')
    house.run(DAG, minutes=15)
    assert house.placements(video) == TRAILER


@pytest.mark.parametrize("house", [EXTENDED], indirect=True)
def test_bn2_e_a_title_on_hold_opens_nothing_and_loses_nothing(house: VideoHouse) -> None:
    """As an account says it that tells launches."""
    video = house.add("sea/trailer", "TRAILER", SEA)
    house.seed(launches=[launch(9, onHold=True)])
    house.run(DAG)
    assert house.placements(video, "LIVE", "SCHEDULED") == set()
    house.seed(launches=[launch(9, revision=2)])
    house.run(DAG, minutes=15)
    house.seed(launches=[launch(9, revision=3, onHold=True)])
    house.run(DAG, minutes=15)
    assert house.placements(video) == TRAILER


def test_bn2_f_what_was_taken_down_by_hand_is_reported_and_put_back_only_where_the_plan_says_so(house: VideoHouse) -> None:
    """The website is put back, the shop's page is not."""
    video = house.add("sea/trailer", "TRAILER", SEA)
    house.run(DAG)
    for place in ("website/GB", "retailer/GB"):
        house.by_hand(video, place, "REMOVED")
    house.run(DAG, minutes=15)
    assert (house.placements(video), set(house.rules(DAG))) == (TRAILER - {"retailer/GB"}, {("BN2-hand", "video:sea/trailer")})
    assert house.run(DAG, minutes=15).returned["report"]["sent"] == 0
    with house.station.ledger() as ledger:
        (row,) = ledger.exceptions.open(use_case=DAG)
    assert (row.field, row.found) == ("retailer", "taken down by hand: GB")


def test_bn2_a_record_that_somebody_spoilt_keeps_no_other_open(house: VideoHouse) -> None:
    """Neither without a title, nor with more than we would ever send."""
    video, spoilt = house.add("sea/trailer", "TRAILER", SEA), house.add("tide/trailer", "TRAILER", TIDE)
    house.run(RIGHTS)
    house.change(spoilt, title=None, keywords=[f"word {n}" for n in range(60)], description="x" * 6000)
    house.grant(1, 9, "GB")
    house.run(RIGHTS, hours=1)
    [allowed] = house.station.sandbox.world.store.table("bytenite.rules").get(video)["rules"]
    assert allowed["territories"] == ["GB"]


def test_bn2_a_video_that_is_archived_or_gone_and_live_all_the_same_is_seen(house: VideoHouse) -> None:
    """It is taken down; of one whose record is gone somebody hears, for the library does not know it any more."""
    archived, gone = house.add("sea/trailer", "TRAILER", SEA), house.add("tide/trailer", "TRAILER", TIDE)
    house.run(RIGHTS)
    house.change(archived, status="ARCHIVED")
    house.live_by_hand(archived, "website", "US")
    house.run(RIGHTS, hours=1)
    assert (house.placements(archived), house.placements(archived, "REMOVED")) == (set(), {"website/US"})
    house.live_by_hand(gone, "website", "US")
    house.station.sandbox.world.store.table("bytenite.videos").drop(gone)
    assert house.station.run(RIGHTS, house.now + timedelta(hours=2)).state == "failed"
    assert ("R6", f"video:{gone}") in house.rules(RIGHTS)
    assert [rule for rule, subject in house.station.exceptions() if subject.startswith(f"video:{gone}/unpublish")] == ["DELIVERY-FAILED"]


def test_bn2_what_waits_and_is_no_longer_wanted_does_not_go(house: VideoHouse) -> None:
    """The library was away when the trailer was due; the next day the title is cancelled."""
    video = house.add("sea/trailer", "TRAILER", SEA)
    house.station.fault("bytenite", "status", "*/publish", value={"status": 503})
    house.station.clock(house.now)
    house.station.run(DAG, house.now)
    house.station.mend()
    house.title(101, SEA_WORK, SEA, published=OUT, onixPublishingStatusCode="01")
    house.run(DAG, minutes=15)
    assert house.placements(video, "LIVE", "SCHEDULED") == set()
    assert {state for subject, state in house.station.deliveries(DAG, "video-library").items() if "/publish/" in subject} == {"withdrawn"}


def test_bn2_videos_that_stood_before_the_plan_did_are_left(house: VideoHouse) -> None:
    """A teaser that marketing showed, of a title whose milestone nobody entered; nothing of ours ever said when."""
    rules = {"revision": 1, "default": "deny", "rules": [rule()]}
    teaser = house.add("sea/teaser", "TEASER", SEA, rules=rules, placements=[{"channel": "website", "territory": "GB"}])
    house.run(DAG)
    assert (house.placements(teaser), house.rules(DAG)) == ({"website/GB"}, [])


def test_bn2_with_a_folder_for_a_library_people_get_one_list(house: VideoHouse, tmp_path: Path) -> None:
    """Not every 15 minutes: until they say that it stands; a country that is added makes a new list."""
    folder = folder_library(tmp_path / "out")
    house.station.connect("bytenite", library="file", output_location=str(tmp_path / "out"))
    house.grant(1, 9, "GB")
    for _ in range(3):
        house.run(DAG, minutes=15)
    assert sorted(line.split(",")[3:5] for line in shown(folder)) == [[channel, "GB"] for channel in ("retailer", "social", "website")]
    house.grant(1, 9)
    house.run(RIGHTS)
    house.run(DAG)
    assert len(shown(folder)) == 9


def shown(folder: Path) -> list[str]:
    """Lines of all lists for people that ask to show something."""
    return [line for file in (folder / "handover").glob("*.csv") for line in file.read_text().splitlines() if line.startswith("show")]


def test_bn2_a_wrong_word_in_the_plan_is_refused_with_the_nearest_right_one(house: VideoHouse) -> None:
    """A channel, a kind, a milestone, a country."""
    for wrong, nearest in (("websit,", "'website'"), ("TRIALER:", "'TRAILER'"), ("publised:", "'published'"), ("[UK,", "'UG'")):
        right = {"websit,": "website,", "TRIALER:": "TRAILER:", "publised:": "published:", "[UK,": "[GB,"}[wrong]
        house.station.configure("video_release.yaml", PLAN.replace(right, wrong))
        with pytest.raises(BadConfigError, match=nearest if wrong != "[UK," else "no country 'UK'"):
            load_config(house.station.config)


def launch(work_id: int = 10, **more: object) -> dict[str, object]:
    """How far a launch is."""
    days = {"preorderFrom": None, "announcedOn": None, "releaseApprovedOn": None, "stageSince": None, "holdReason": None, "onHold": False}
    row = {"id": work_id, "workId": work_id, "stageCode": "ANNOUNCED", "revision": 1, "updatedAt": "2026-05-04T06:00:00Z", **days}
    return {**row, **more}


def rule() -> dict[str, object]:
    """Everything allowed in Britain."""
    reach = {"territories": ["GB"], "channels": ["website", "retailer", "social", "landing"], "from": None, "until": None, "reason": None}
    return {"ruleId": "r-1", "effect": "allow", **reach}
