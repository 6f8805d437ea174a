"""Thirty days of a small house, judged by what arrived at the devices: each occurrence once for each person, and nothing for who must not hear.

With Easter and the change of the clocks, two days without the messaging system, a backfill, an editor who opts out, an author who does,
one who never consented, and two people who work in New York and are told in their hours. What everybody must have heard is worked out
here, day by day.
"""

import base64
import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

import pytest
from noticed_month import (
    ABOVE,
    APPROVER,
    AUTHOR,
    BOSS,
    DESIGNER,
    EDITOR,
    EDITORS,
    FAITHFUL,
    FAR_AWAY,
    FIRST,
    LATE,
    MAKER,
    MARKETING,
    NEW_YORK,
    SALES,
    SILENT,
    SPECIALIST,
    STAGES,
    TITLES,
    at,
    feed,
    furnish,
    happens,
    stage_of,
    title_of,
    weekdays,
    wish,
)
from station import Station, open_station
from two_accounts import DOCUMENTED, EXTENDED, always_by_files

from colophon_sandbox.app import JOURNAL_LENGTH

pytestmark = pytest.mark.nightly
OUTAGE = (date(2026, 3, 26), date(2026, 3, 27))
OPT_OUT = date(2026, 4, 2)
EASTER = (date(2026, 4, 3), date(2026, 4, 6))
BACKFILL = date(2026, 4, 7)
RUNS = {
    "push__milestone_alerts": (9, 15),
    "push__metadata_exceptions": (9, 14),
    "push__deadline_reminders": (7,),
    "push__distribution_status": (9, 15),
    "push__stakeholder_updates": (10,),
    "push__pipeline_monitor": (9, 10, 14, 15),
}
TAKEN_BY = {8: "kobo", 10: "google-play"}
"""Which recipient takes the day's title, by hour."""
ALARMS = {
    "Merganser: will miss 10 April 2026": [BOSS],
    "All clear: Merganser, release window": [BOSS],
    "Merganser: rights missing in DE": [BOSS],
    "All clear: Merganser, rights": [BOSS],
    "Dipper: will miss 27 March 2026": [BOSS],
    "Dipper: has missed 27 March 2026": [BOSS, ABOVE],
    "All clear: Dipper, release window": [BOSS, ABOVE],
}
"""What must be said of trouble, and to whom: what was wrong and mended while nobody could be told is not among it."""


class Line(NamedTuple):
    """What a device showed: a title with its text, or a line of a digest."""

    who: int
    at: datetime
    text: str


class Month(NamedTuple):
    """What arrived in thirty days, and how many pushes a backfill sent."""

    lines: list[Line]
    by_backfill: int

    def of(self, *people: int) -> list[Line]:
        """What some people saw."""
        return [line for line in self.lines if line.who in people]


def arrived(house: Station) -> Iterator[Line]:
    """What each device was given, by the sandbox's journal."""
    for entry in house.journal("push"):
        if entry["path"] != "/mra/v1/utils/parser" or entry["status"] != 200:
            continue
        body = entry["body"] if isinstance(entry["body"], dict) else json.loads(entry["body"])
        for message in json.loads(base64.b64decode(body["data"]))["messages"]:
            who, shown = int(message["target"]["token"].rpartition("-")[2]), message["notification"]
            is_digest = message["data"]["kind"] == "digest"
            lines = shown["body"].splitlines() if is_digest else [f"{shown['title']} | {shown['body']}"]
            yield from (Line(who, datetime.fromisoformat(entry["at"]), line) for line in lines)


@pytest.fixture(scope="module", params=[EXTENDED, DOCUMENTED])
def month(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Month]:
    """Thirty days, each run at its hour; the clock goes on meanwhile."""
    with open_station(tmp_path_factory.mktemp("month")) as house:
        house.clock(at(FIRST, 5))
        if request.param == DOCUMENTED:
            always_by_files(house)
        furnish(house)
        by_backfill = 0
        for number, day in enumerate(weekdays()):
            if day == OUTAGE[0]:
                house.fault("push", "status", value={"status": 503})
            if day == OUTAGE[1] + timedelta(days=3):
                house.mend()
            if day == OPT_OUT:
                house.seed("consonance", {"contactFields": [wish(who, "OPTED_OUT", "true") for who in (EDITOR, AUTHOR)]})
            happens(house, number, day)
            for hour in range(7, 16):
                for dag_id in (dag_id for dag_id, hours in RUNS.items() if hour in hours):
                    house.run(dag_id, at(day, hour))
                if hour in TAKEN_BY:
                    house.clock(at(day, hour, 20))
                    feed(house, title_of(number), TAKEN_BY[hour])
            if day == BACKFILL:
                before = len(house.effects("push."))
                for dag_id in RUNS:
                    house.run(dag_id, at(day - timedelta(days=1), 9), backfill=True)
                by_backfill = len(house.effects("push.")) - before
        assert len(house.sandbox.journal) < JOURNAL_LENGTH, "the first days have fallen out of the journal"
        yield Month([*arrived(house)], by_backfill)


def test_each_stage_is_told_once_to_everybody_of_the_team(month: Month) -> None:
    """Also of those two days; by itself or in one digest. For who has opted out the next in line hears."""
    expected = Counter[tuple[int, str]]()
    for number, day in enumerate(weekdays()):
        said = f"{TITLES[title_of(number)]}: {stage_of(number).lower()}"
        editor = EDITORS[title_of(number)]
        expected.update((who, said) for who in {BOSS if editor == EDITOR and day >= OPT_OUT else editor, MAKER, DESIGNER})
    stages = tuple(f": {stage.lower()}" for stage in STAGES)
    said_to = ((line.who, re.split(r"[,;|]", line.text)[0].strip()) for line in month.lines)
    assert Counter((who, said) for who, said in said_to if said.endswith(stages)) == expected


def test_nothing_is_said_twice(month: Month) -> None:
    """No reminder comes twice in the same words, and a backfill says nothing."""
    reminders = Counter((line.who, line.text) for line in month.lines if line.text.startswith("Sea Room: Jacket approval"))
    assert set(reminders.values()) == {1}
    assert {who for who, _ in reminders} == {APPROVER, BOSS}
    assert month.by_backfill == 0


def test_trouble_in_the_pipeline_is_told_once_and_taken_back_once(month: Month) -> None:
    """What began while nobody could be told is told afterwards, and what was over by then is not."""
    titles = tuple(title for title, _ in LATE.values())
    heard = (line for line in month.of(BOSS, ABOVE) if any(title in line.text for title in titles))
    assert Counter((line.who, line.text.partition(" | ")[0]) for line in heard) == Counter(
        (who, words) for words, people in ALARMS.items() for who in people
    )


def test_what_became_of_a_title_is_told_once_by_channel(month: Month) -> None:
    """Also to who works elsewhere and is told later than the others, who do not hear it a second time for that."""
    days = Counter(TITLES[title_of(number)] for number, _ in enumerate(weekdays()))
    for who in (SALES, MARKETING):
        for channel in ("Kobo", "Google Play"):
            told = (line.text for line in month.of(who) if channel in line.text)
            assert Counter(title for text in told for title in TITLES.values() if title in text) == days


def test_faults_are_told_when_they_are_new_and_then_once_a_day(month: Month) -> None:
    """Those of a title that lacks nearly all: one line a day with its age, none in the days of the outage, and none of these afterwards."""
    texts = Counter(line.text for line in month.of(SPECIALIST))
    assert set(texts.values()) == {1}
    told = [(line.at.date(), line.text) for line in month.of(SPECIALIST) if "Wigeon" in line.text]
    first, *later = [day for day in weekdays() if day not in OUTAGE]
    assert [(day, text.partition(":")[0]) for day, text in told] == [
        (first, "Wigeon"),
        *((day, f"{age} day{'s' if age > 1 else ''}") for day in later if (age := (day - first).days)),
    ]


def test_nobody_is_told_outside_of_their_hours(month: Month) -> None:
    """Nine to five on working days in New York, also in the two weeks in which its clocks have changed and London's have not."""
    here = [line.at.astimezone(NEW_YORK) for line in month.of(*FAR_AWAY)]
    assert here
    assert {(9 <= moment.hour < 17, moment.date() in EASTER) for moment in here} == {(True, False)}


def test_nobody_without_consent_and_nobody_after_opting_out(month: Month) -> None:
    """The author who never consented hears nothing; the one who opted out nothing from that day on; the third one all."""
    days = list(weekdays())
    assert month.of(SILENT) == []
    assert len(month.of(AUTHOR)) == sum(title_of(n) == 1 and day < OPT_OUT for n, day in enumerate(days))
    assert len(month.of(FAITHFUL)) == sum(title_of(n) == 3 for n in range(len(days)))
