"""BN-3: every video's record says of its titles what Consonance says, and keeps what marketing wrote."""

import pytest
from station import Station
from two_accounts import DOCUMENTED, EXTENDED
from video_house import SEA, SEA_WORK, TIDE, VideoHouse

from colophon.config.load import load_config
from colophon.errors import BadConfigError
from colophon_sandbox.seeds.shelf import person, subject

DAG = "bytenite__video_metadata"


@pytest.fixture(params=[EXTENDED, pytest.param(DOCUMENTED, marks=pytest.mark.nightly)])
def house(request: pytest.FixtureRequest, station: Station) -> VideoHouse:
    """Two titles, at each kind of account; at the one that tells less by night."""
    return VideoHouse(station, request.param)


@pytest.mark.parametrize("account", [EXTENDED, DOCUMENTED])
def test_bn3_a_all_fields_are_on_every_video_of_the_title(station: Station, account: str) -> None:
    """Of one that names its ISBN, and of one that names the work alone; the second run sends nothing."""
    house = VideoHouse(station, account)
    house.seed(works=[{**SEA_WORK, "subtitle": "A Novel"}])
    house.title(101, {**SEA_WORK, "subtitle": "A Novel"}, SEA)
    videos = house.add("sea/trailer", "TRAILER", SEA), house.add("sea/teaser", "TEASER", workId=9)
    house.run(DAG)
    for video, kind in zip(videos, ("trailer", "teaser"), strict=True):
        row = house.record(video)
        assert (row["title"], row["subtitle"], row["imprint"]) == (f"Sea Room: {kind}", "A Novel", "Northlight")
        assert (row["isbns"], row["workId"], row["publicationDate"]) == ([SEA], 9, "2026-06-01")
        assert (row["contributors"], row["genres"]) == ([{"name": "Ada Writer", "role": "A01"}], ["FBA"])
    assert (len(station.effects("video.record")) - 2, house.rules(DAG)) == (2, [])
    assert house.run(DAG, hours=1).returned["report"]["sent"] == 0


def test_bn3_b_a_video_of_two_titles_has_both(house: VideoHouse) -> None:
    """ISBNs, titles, authors and genres of both, and the earlier day."""
    house.title(102, {"id": 10, "title": "High Tide", "subtitle": None}, TIDE, published="2026-05-20")
    video = house.add("both", "OTHER", SEA, TIDE)
    house.run(DAG)
    row = house.record(video)
    assert (row["isbns"], row["title"], row["publicationDate"]) == ([SEA, TIDE], "Sea Room / High Tide: video", "2026-05-20")
    assert ([each["name"] for each in row["contributors"]], row["genres"]) == (["Ada Writer", "Zoë Ørsted"], ["FBA", "FFC"])


def test_bn3_c_genre_by_thema_in_the_video_s_language_and_an_unknown_code_is_named(house: VideoHouse) -> None:
    """The longest code that the file has counts; a code without words is an exception, and all else is sent."""
    english, german = house.add("e", "TRAILER", TIDE), house.add("g", "TRAILER", TIDE, language="ger")
    house.seed(works=[{**SEA_WORK, "subjectCodes": [subject("THEMA", "1DDU")]}])
    odd = house.add("o", "TRAILER", SEA)
    house.run(DAG)
    assert [house.record(video)["keywords"] for video in (english, german, odd)] == [["crime fiction"], ["Krimi"], []]
    assert (house.rules(DAG), house.record(odd)["imprint"]) == ([("BN3-genre", "video:o")], "Northlight")
    house.seed(works=[SEA_WORK])
    house.run(DAG, hours=1)
    assert (house.rules(DAG), house.record(odd)["keywords"]) == ([], ["literary fiction"])


def test_bn3_d_marketing_s_own_tags_stay(house: VideoHouse) -> None:
    """Also when ours change; marketing's description is never touched."""
    video = house.add("sea/trailer", "TRAILER", SEA, keywords=["booktok"], description="Ours to write")
    house.run(DAG)
    assert house.record(video)["keywords"] == ["literary fiction", "booktok"]
    house.change(video, keywords=["booktok", "literary fiction", "summer"])
    house.seed(works=[{**SEA_WORK, "subjectCodes": [subject("THEMA", "FFC")]}])
    house.run(DAG, hours=1)
    row = house.record(video)
    assert (row["keywords"], row["description"], house.rules(DAG)) == (["crime fiction", "booktok", "summer"], "Ours to write", [])


def test_bn3_e_a_renamed_author_is_renamed_on_all_videos(house: VideoHouse) -> None:
    """Within the hour."""
    videos = [house.add(f"sea/{n}", "TRAILER", SEA) for n in range(3)]
    house.run(DAG)
    house.seed(contacts=[person(44, "Ada Penn")])
    house.run(DAG, hours=1)
    assert [house.record(video)["contributors"] for video in videos] == [[{"name": "Ada Penn", "role": "A01"}]] * 3


def test_bn3_what_somebody_changed_although_it_is_ours_is_put_right_and_reported_once(house: VideoHouse) -> None:
    """The exception closes when nothing was changed again."""
    video = house.add("sea/trailer", "TRAILER", SEA)
    house.run(DAG)
    house.change(video, imprint="Southlight")
    house.run(DAG, hours=1)
    assert (house.record(video)["imprint"], house.rules(DAG)) == ("Northlight", [("BN3-changed", "video:sea/trailer")])
    house.run(DAG, hours=1)
    assert house.rules(DAG) == []


def test_bn3_an_isbn_that_was_corrected_is_followed_and_one_of_nobody_is_named_with_a_proposal(house: VideoHouse) -> None:
    """Nothing is guessed."""
    right, nobodys = house.add("sea/trailer", "TRAILER", SEA), house.add("who", "TRAILER", "9781999000998", workId=9)
    house.run(DAG)
    with house.station.ledger() as ledger:
        (row,) = ledger.exceptions.open(use_case=DAG)
    assert (row.rule, row.subject, SEA in row.expected) == ("BN3", "video:who", True)
    house.title(101, SEA_WORK, "9781999000028")
    house.run(DAG, hours=1)
    assert [house.record(video)["isbns"] for video in (right, nobodys)] == [["9781999000028"], ["9781999000998"]]


def test_bn3_titles_of_any_script_and_length_fit(house: VideoHouse) -> None:
    """A title of 101 letters ends at a word; quotes, per cent, emoji and right-to-left text go as they are."""
    long, odd = f"{'abcdefghi ' * 9}and the sea", "בית: 100% 'é' 🌊"
    house.title(101, {**SEA_WORK, "title": long}, SEA)
    house.title(102, {"id": 10, "title": odd, "subtitle": None}, TIDE)
    videos = house.add("a", "TRAILER", SEA), house.add("b", "TRAILER", TIDE)
    house.run(DAG)
    cut, whole = (house.record(video)["title"] for video in videos)
    assert (len(cut) <= 100, cut.endswith("abcdefghi…: trailer"), whole) == (True, True, f"{odd}: trailer")


def test_bn3_a_wrong_word_in_its_file_is_refused_with_the_nearest_right_one(house: VideoHouse) -> None:
    """A member, and a kind."""
    text = "owners: {isbn: ours}\nkinds: {TRAILER: trailer}\ngenres: {}\n"
    for words, nearest in ((text, "'isbns'"), (text.replace("isbn:", "isbns:").replace("TRAILER:", "TRIALER:"), "'TRAILER'")):
        house.station.configure("video_metadata.yaml", words)
        with pytest.raises(BadConfigError, match=f"the nearest is {nearest}"):
            load_config(house.station.config)
