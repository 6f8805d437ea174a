"""Days around launches: dates move, titles are pulled, rights change, licences of music end; each evening nothing stands where the engine closes, and nothing is missing."""

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

import pytest
from station import Station
from two_accounts import DOCUMENTED, EXTENDED
from video_house import VideoHouse

from colophon_sandbox.seeds.shelf import isbn13, product, work

RELEASE, RIGHTS = "bytenite__video_release", "bytenite__video_rights"
FIRST = date(2026, 5, 4)
PLACES = ("DE", "GB", "US")
PLAN = """
placements: {preorder_ready: {TEASER: [website, landing]}, published: {TRAILER: [website, retailer], AUDIO_SAMPLE: [website]}}
territories: [DE, GB, US]
restore_if_removed_by_hand: {website: true}
"""


class Launches:
    """Titles that come out, with a trailer, a teaser and a sample each; what shall stand is worked out here from what was said, by nobody's code but this."""

    def __init__(self, house: VideoHouse, titles: int, days: int, random: Random) -> None:
        self.house, self.random, self.works = house, random, {}
        for number in range(titles):
            made = work(200 + number, f"Title {number}", 1)
            self.works[number] = {
                "row": made, "isbn": isbn13(f"97819050{number:04d}"), "out": FIRST + timedelta(days=random.randrange(days)), "status": "02",
                "places": random.sample(PLACES, random.randint(0, 3)), "until": None, "orders": random.random() < 0.5,
                "heard": random.sample(PLACES, random.randint(0, 3)), "music": None,
            }  # fmt: skip
            house.seed(works=[made], contracts=[{"id": 200 + number, "workId": 200 + number, **TERMS}])
            for kind in ("TRAILER", "TEASER", "AUDIO_SAMPLE"):
                self.works[number][kind] = house.add(f"{number}/{kind.lower()}", kind, self.works[number]["isbn"])
            self._tell(number)

    def change(self, today: date) -> None:
        """Something happens to one title."""
        number = self.random.choice(list(self.works))
        title, what = self.works[number], self.random.choice(("moves", "moves", "pulled", "rights", "ends", "orders", "heard", "music"))
        if what == "moves":
            title["out"] = today + timedelta(days=self.random.randint(-3, 20))
        elif what == "pulled":
            title["status"] = "02" if title["status"] == "01" else "01"
        elif what == "rights":
            title["places"] = self.random.sample(PLACES, self.random.randint(0, 3))
        elif what == "ends":
            title["until"] = None if title["until"] else today + timedelta(days=self.random.randint(0, 9))
        elif what == "heard":
            title["heard"] = self.random.sample(PLACES, self.random.randint(0, 3))
        elif what == "music":
            title["music"] = None if title["music"] else today + timedelta(days=self.random.randint(-1, 9))
        else:
            title["orders"] = not title["orders"]
        self._tell(number)

    def shall_stand(self, today: date, held_until: date) -> set[str]:
        """`video/channel/country` that a reader of the plan would expect this evening; a right that ends before the next run counts as ended."""
        found = set()
        for title in self.works.values():
            if title["status"] == "01":
                continue
            open_in = [] if title["until"] and title["until"] < held_until else title["places"]
            if title["out"] <= today:
                found |= {f"{title['AUDIO_SAMPLE']}/website/{place}" for place in title["heard"]}
            if title["out"] <= today and not (title["music"] and title["music"] < today):
                found |= {f"{title['TRAILER']}/{channel}/{place}" for channel in ("website", "retailer") for place in open_in}
            if title["orders"]:
                found |= {f"{title['TEASER']}/{channel}/{place}" for channel in ("website", "landing") for place in open_in}
        return found

    def _tell(self, number: int) -> None:
        title, house = self.works[number], self.house
        day = f"{title['out']}"
        house.seed(
            products=[
                product(200 + number, title["row"], "BC", title["isbn"], publicationDate=day, onixPublishingStatusCode=title["status"])
            ]
        )
        shown, heard = (sorted(title[name]) or ["JP"] for name in ("places", "heard"))
        house.grant(200 + number, 200 + number, *shown, expiresOn=f"{title['until']}" if title["until"] else None)
        house.grant(500 + number, 200 + number, *heard, contractId=200 + number, formats=["AUDIO_DOWNLOAD"])
        songs = {place: each["music"] for place, each in self.works.items() if each["music"]}
        house.station.configure("clearances.yaml", f"clearances: [{', '.join(SONG.format(*song) for song in songs.items())}]\n")
        house.stage(200 + number, "Pre-order ready", "2026-04-01" if title["orders"] else None)


SONG = "{{asset: song {0}, holder: H, videos: [{0}/trailer], permissions: [{{territories: [WORLD], until: {1}, paid: true}}]}}"
TERMS: dict[str, Any] = {"clientId": 1, "contractName": "Head", "signedDate": "2020-01-31", "term": "", "terminatedDate": None}


@pytest.mark.parametrize(
    ("days", "titles", "account"),
    [(3, 6, EXTENDED), *(pytest.param(60, 40, each, marks=pytest.mark.nightly) for each in (EXTENDED, DOCUMENTED))],
)
def test_each_evening_what_stands_is_what_rights_and_the_plan_say(station: Station, days: int, titles: int, account: str) -> None:
    """The library's own state, whatever happened in the day and in whichever order."""
    station.configure("video_release.yaml", PLAN)
    house, random = VideoHouse(station, account), Random(22)
    launches = Launches(house, titles, days, random)
    table = station.sandbox.world.store.table("bytenite.placements")
    for number in range(days):
        today = FIRST + timedelta(days=number)
        station.clock(max(station.now, datetime.combine(today, time(5), UTC)))
        for _ in range(max(1, titles // 8) if number else 0):
            launches.change(today)
        house.now = station.now
        house.run(RIGHTS)
        house.run(RELEASE)
        station.clock(max(station.now, datetime.combine(today, time(20), UTC)))
        standing = {row["_key"] for row in table if row["state"] == "LIVE"}
        wanted = launches.shall_stand(today, today + timedelta(days=1))
        assert standing == wanted, (f"{today}", sorted(standing - wanted)[:3], sorted(wanted - standing)[:3])
