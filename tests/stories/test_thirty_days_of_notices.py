"""Thirty days of a small house, judged by what arrived at the devices: each occurrence once for each person, and nothing for who must not hear.

With Easter and the change of the clocks, two days without the messaging system, a backfill, an editor who opts out, an author who does,
and one who never consented. What everybody must have heard is worked out here, day by day.
"""

import base64
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from station import Station, open_station
from two_accounts import DOCUMENTED, EXTENDED, always_by_files

from colophon.domain.delivery import Intent, Verdict
from colophon_sandbox.seeds.shelf import contributions, isbn13, person, product, work

pytestmark = pytest.mark.nightly
FIRST, DAYS = date(2026, 3, 16), 30
OUTAGE = (date(2026, 3, 26), date(2026, 3, 27))
OPT_OUT = date(2026, 4, 2)
LONDON = ZoneInfo("Europe/London")
OLD = {"revision": 1, "updatedAt": "2026-03-01T10:00:00Z"}
EDITOR, OTHER, MAKER, DESIGNER, SALES, APPROVER, BOSS = 31, 32, 33, 34, 35, 36, 37
AUTHOR, SILENT, FAITHFUL = 41, 42, 43
AUTHORS = {1: AUTHOR, 2: SILENT, 3: FAITHFUL}
EDITORS = {1: EDITOR, 2: OTHER, 3: OTHER}
TITLES = {1: "Sea Room", 2: "Foxglove", 3: "Heron"}
STAGES = ("Editorial approval", "Copyedit complete", "Design sign-off", "Final proof release")
RUNS = {
    "push__milestone_alerts": (9, 15),
    "push__deadline_reminders": (7,),
    "push__distribution_status": (9,),
    "push__stakeholder_updates": (10,),
}


def at(day: date, hour: int, minute: int = 5) -> datetime:
    """A moment in London."""
    return datetime.combine(day, time(hour, minute), LONDON).astimezone(UTC)


def weekdays() -> Iterator[date]:
    """The days on which it happens."""
    return (day for number in range(DAYS) if (day := FIRST + timedelta(days=number)).weekday() < 5)


def furnish(house: Station) -> None:
    """Three titles with teams and authors, a jacket that is due after Easter; everybody has a device."""
    works = [work(n, title, 1, contributions=contributions([(AUTHORS[n], "A01")], n * 10)) for n, title in TITLES.items()]
    roles = [("PRODUCTION_MANAGER", MAKER), ("DESIGNER", DESIGNER), ("SALES", SALES), ("APPROVER", APPROVER)]
    team = [(n, role, who) for n in TITLES for role, who in [("EDITOR", EDITORS[n]), *roles]]
    consents = [(AUTHOR, "true"), (FAITHFUL, "true")]
    house.seed(
        "consonance",
        {
            "imprints": [{"id": 1, "name": "Larkspur"}],
            "works": works,
            "contacts": [person(who, f"Person {who}") for who in (*range(31, 38), *AUTHORS.values())],
            "products": [product(100 + n, works[n - 1], "BC", isbn13(f"97819990000{n}"), onixPublishingStatusCode="02") for n in TITLES],
            "teamMembers": [
                OLD | {"id": number, "workId": n, "role": role, "contactId": who, "managerId": BOSS}
                for number, (n, role, who) in enumerate(team, 1)
            ],
            "contactFields": [wish(who, "CONSENT_EXTERNAL", value) for who, value in consents],
            "todos": [todo(900, 1, "Jacket approval", assigneeId=APPROVER, dueOn="2026-04-09")],
        },
    )
    keys = (*range(31, 38), *AUTHORS.values(), 102, 103)
    house.configure("people.csv", "\n".join(["person,kind,value", *(f"{who},token,tok-ok-{who}" for who in keys), ""]))


def wish(who: int, name: str, value: str) -> dict[str, Any]:
    """A contact's field in Consonance."""
    return OLD | {"id": who * 10 + len(name), "contactId": who, "name": name, "value": value, "observedAt": "2026-03-01T10:00:00Z"}


def todo(number: int, work_id: int, text: str, done: datetime | None = None, **more: Any) -> dict[str, Any]:
    """A to-do, done at a moment or open."""
    row = {"id": number, "workId": work_id, "description": text, "tags": [], "blockedBy": [], "assigneeId": None, "dueOn": None}
    moment = f"{done:%Y-%m-%dT%H:%M:%SZ}" if done else "2026-03-01T10:00:00Z"
    told = (
        {"status": "DONE", "completedOn": moment[:10], "completedAt": moment, "revision": 2} if done else {"status": "OPEN", "revision": 1}
    )
    return {**row, **told, "updatedAt": moment, **more}


def feed(house: Station, isbn: str) -> None:
    """A recipient takes a title's record."""
    with house.ledger() as ledger:
        use_case, place = "xconnector__metadata_syndication", "kobo"
        rest: dict[str, Any] = {"delivery_class": "A", "media_type": "application/xml", "as_of": house.now, "labels": {"isbn": isbn}}
        ledger.plan([Intent(use_case=use_case, destination=place, subject=f"isbn:{isbn}", content=str(house.now).encode(), **rest)])
        for delivery in ledger.claim(use_case, place, owner="night", lease_s=900, limit=9):
            ledger.finish([Verdict(delivery.id, "accepted", remote_id="r-1")], owner="night")


def arrived(house: Station) -> dict[int, list[str]]:
    """What each device was given, line by line, by the sandbox's journal: titles, and the lines of digests."""
    found = defaultdict[int, list[str]](list)
    for entry in house.journal("push"):
        if entry["path"] != "/mra/v1/utils/parser" or entry["status"] != 200:
            continue
        body = entry["body"] if isinstance(entry["body"], dict) else json.loads(entry["body"])
        for message in json.loads(base64.b64decode(body["data"]))["messages"]:
            who, shown = int(message["target"]["token"].rpartition("-")[2]), message["notification"]
            is_digest = message["data"]["kind"] == "digest"
            found[who] += shown["body"].splitlines() if is_digest else [f"{shown['title']} | {shown['body']}"]
    return found


@pytest.fixture(scope="module", params=[EXTENDED, DOCUMENTED])
def month(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[tuple[Station, Counter[tuple[int, str]], int]]:
    """The house after thirty days; how often each person must have heard of which stage; what a backfill sent."""
    with open_station(tmp_path_factory.mktemp("month")) as house:
        house.clock(at(FIRST, 5))
        if request.param == DOCUMENTED:
            always_by_files(house)
        furnish(house)
        expected, by_backfill = Counter[tuple[int, str]](), 0
        for number, day in enumerate(weekdays()):
            if day == OUTAGE[0]:
                house.fault("push", "status", value={"status": 503})
            if day == OUTAGE[1] + timedelta(days=3):
                house.mend()
            if day == OPT_OUT:
                house.seed("consonance", {"contactFields": [wish(who, "OPTED_OUT", "true") for who in (EDITOR, AUTHOR)]})
            work_id, stage = number % 3 + 1, STAGES[number % 4]
            house.seed("consonance", {"todos": [todo(number + 1, work_id, stage, at(day, 8, 30))]})
            house.seed("consonance", {"todos": [todo(500 + number, work_id, "Manuscript received", at(day, 8, 40))]})
            said = f"{TITLES[work_id]}: {stage.lower()}"
            expected.update((who, said) for who in {EDITORS[work_id], MAKER, DESIGNER} - ({EDITOR} if day >= OPT_OUT else set()))
            if work_id == 1 and day >= OPT_OUT:
                expected[BOSS, said] += 1  # the next in line hears for who has opted out
            for hour in range(7, 16):
                for dag_id in (dag_id for dag_id, hours in RUNS.items() if hour in hours):
                    house.run(dag_id, at(day, hour))
                if hour == 8:
                    house.clock(at(day, 8, 20))
                    feed(house, isbn13(f"97819990000{work_id}"))
            if day == date(2026, 4, 7):
                before = len(house.effects("push."))
                for dag_id in RUNS:
                    house.run(dag_id, at(day - timedelta(days=1), 9), backfill=True)
                by_backfill = len(house.effects("push.")) - before
        yield house, expected, by_backfill


def test_each_stage_is_told_once_to_everybody_of_the_team(month: tuple[Station, Counter[tuple[int, str]], int]) -> None:
    """Also of those two days; by itself or in one digest."""
    house, expected, _ = month
    stages = tuple(f": {stage.lower()}" for stage in STAGES)
    said = ((who, re.split(r"[,;|]", line)[0].strip()) for who, lines in arrived(house).items() for line in lines)
    assert Counter((who, line) for who, line in said if line.endswith(stages)) == expected


def test_nothing_is_said_twice(month: tuple[Station, Counter[tuple[int, str]], int]) -> None:
    """No reminder comes twice in the same words, and a backfill says nothing."""
    house, _, by_backfill = month
    reminders = Counter(
        (who, line) for who, lines in arrived(house).items() for line in lines if line.startswith("Sea Room: Jacket approval")
    )
    assert set(reminders.values()) == {1}
    assert {who for who, _ in reminders} == {APPROVER, BOSS}
    assert by_backfill == 0


def test_nobody_without_consent_and_nobody_after_opting_out(month: tuple[Station, Counter[tuple[int, str]], int]) -> None:
    """The author who never consented hears nothing; the one who opted out nothing from that day on; the third one all."""
    house, _, _ = month
    lines = arrived(house)
    days = list(weekdays())
    assert SILENT not in lines
    assert len(lines[AUTHOR]) == sum(n % 3 == 0 and day < OPT_OUT for n, day in enumerate(days))
    assert len(lines[FAITHFUL]) == sum(n % 3 == 2 for n in range(len(days)))
