"""The station runs a DAG as Airflow does: the same ledger and the same states of tasks, from the same house on the same morning."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import rights_world
from dag_runs import loaded
from ledger_database import make_ledger
from rights_world import ENDED, OPEN, UNREADABLE, add_video, library, portal_product
from sandbox_control import Control
from station import ADDRESS, CONNECTIONS, connection, open_station

from colophon.ledger import Ledger
from colophon_airflow.local import config_folder
from colophon_airflow.systems.bytenite.trigger import ByteniteSettledTrigger
from colophon_airflow.systems.opentext_exstream.trigger import OpentextExstreamJobsTrigger
from colophon_airflow.systems.opentext_push.trigger import OpentextPushFinishedTrigger
from colophon_airflow.systems.xconnector.trigger import XConnectorSettledTrigger
from colophon_sandbox import seeds
from colophon_sandbox.serve import running_sandbox
from colophon_sandbox.systems.fourallportal import seed as portal

pytestmark = pytest.mark.filterwarnings("ignore")  # Airflow, run in this process, warns of its own affairs

TRIGGERS = (ByteniteSettledTrigger, OpentextExstreamJobsTrigger, OpentextPushFinishedTrigger, XConnectorSettledTrigger)
Records = dict[str, Any]


def catalogue(_at: datetime) -> Records:
    """A hundred titles."""
    return seeds.catalogue(100, 7)


def changing(at: datetime) -> Records:
    """The same, with licences that end."""
    records, rights = catalogue(at), seeds.changing_rights((at - timedelta(days=31)).date(), 10)["consonance"]
    return {
        **records,
        "consonance": {**records["consonance"], **{k: [*records["consonance"].get(k, []), *rows] for k, rows in rights.items()}},
    }


def small(_at: datetime) -> Records:
    """Titles whose rights are open, ended and unreadable, all open in the portal where they must not be, and two videos, LIVE."""
    return SMALL


def noticed(at: datetime) -> Records:
    """The catalogue, and a notice of the middleware about a cover that is missing."""
    told = f"{at - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
    data = {
        "isbn": "9781999000011",
        "fault": "missing_cover",
        "system": "erp",
        "severity": "error",
        "code": "c",
        "message": None,
        "at": told,
    }
    event = {"specversion": "1.0", "id": "n-1", "source": "/sandbox/erp", "type": "colophon.delivery.failure.v1", "time": told}
    return {**catalogue(at), "xconnector": {"inbox": [{**event, "subject": "isbn:9781999000011", "data": data}]}}


def served(at: datetime) -> Records:
    """The catalogue, and what customer service told two customers."""
    cases = [{"type": "delivered", "caseReference": f"CS-{n}", "isbn": "9781999000011", "issue": "delay"} for n in range(2)]
    return {**catalogue(at), "exstream": {"outcomes": cases}}


def reached(at: datetime, *milestones: str) -> Records:
    """The catalogue, and stages of one title that were completed just now; an editor and a designer are in its team."""
    records, moment = catalogue(at), f"{at:%Y-%m-%dT%H:%M:%SZ}"
    work, seen = records["consonance"]["works"][0]["id"], {"revision": 1, "updatedAt": moment}
    done = {"workId": work, "status": "DONE", "completedOn": f"{at:%Y-%m-%d}", "completedAt": moment, "tags": [], "blockedBy": [], **seen}
    todos = [{"id": number, "description": text, **done} for number, text in enumerate(milestones, 9001)]
    team = [
        {"id": 9000 + who, "workId": work, "role": role, "contactId": who, **seen} for who, role in ((101, "EDITOR"), (102, "DESIGNER"))
    ]
    return {**records, "consonance": {**records["consonance"], "todos": todos, "teamMembers": team}}


def one_stage(at: datetime) -> Records:
    """One stage."""
    return reached(at, "Editorial approval")


def many_stages(at: datetime) -> Records:
    """So many that each person gets one digest."""
    return reached(at, *["Editorial approval", "Copyedit complete", "Design sign-off", "Final proof release"] * 2)


def announced(at: datetime) -> Records:
    """A title whose publication is scheduled, with its cover."""
    return coming(reached(at, "Publication scheduled", "Cover approved"), at)


def orderable(at: datetime) -> Records:
    """A title that may be ordered in advance, but for its cover."""
    return coming(reached(at, "Pre-order ready"), at)


def coming(records: Records, at: datetime) -> Records:
    """The same, its first title to come out in sixty days."""
    house = records["consonance"]
    work, day = house["works"][0]["id"], f"{at + timedelta(days=60):%Y-%m-%d}"
    products = [row | {"publicationDate": day} if row["workId"] == work else row for row in house["products"]]
    return {**records, "consonance": {**house, "products": products}}


def released(at: datetime) -> Records:
    """The catalogue, and the release of one title, which was approved just now."""
    records, moment = catalogue(at), f"{at:%Y-%m-%dT%H:%M:%SZ}"
    work = records["consonance"]["works"][0]["id"]
    launch = {"id": 9001, "workId": work, "stageCode": "ANNOUNCED", "stageSince": None, "onHold": False, "holdReason": None}
    approved = {**launch, "preorderFrom": None, "announcedOn": None, "releaseApprovedOn": moment[:10], "revision": 1, "updatedAt": moment}
    return {**records, "consonance": {**records["consonance"], "launches": [approved]}}


def approved(at: datetime) -> Records:
    """The catalogue, and at the portal an approved cover and ad of one title, and a file that names none."""
    records = catalogue(at)
    isbn = next(row["isbn13"] for row in records["consonance"]["products"] if row["isbn13"] and row["publicationDate"])
    files = [
        {"id": f"0f11e000-0000-4000-8000-{number:012d}", "isbn": portal.value(whose), "asset_type": portal.value(kind),
         "name": portal.value(f"{number}.png"), "version": portal.value("1"), "approval_status": portal.value("approved"), "content": kind}
        for number, (kind, whose) in enumerate((("Cover", isbn), ("Ad", isbn), ("Cover", "none")), 1)
    ]  # fmt: skip
    return coming({**records, "fourallportal": {"file": files}}, at)


PRODUCTS = [portal_product(1, OPEN, "FR"), portal_product(2, ENDED, "GB", "US"), portal_product(3, UNREADABLE, "GB")]
SMALL: Records = {"consonance": rights_world.CONSONANCE, "fourallportal": {"product": PRODUCTS}}
HOUSES = [
    ("push__milestone_alerts", one_stage),
    ("push__milestone_alerts", many_stages),
    ("push__distribution_status", released),
    ("push__rights_expiry_scan", changing),
    ("push__metadata_exceptions", catalogue),
    ("exstream__rights_notices", changing),
    ("xconnector__metadata_syndication", catalogue),
    ("xconnector__rights_royalty_exchange", catalogue),
    ("fourallportal__rights_availability", small),
    ("fourallportal__launch_assets", approved),
    ("bytenite__video_rights", small),
    ("push__downstream_exceptions", noticed),
    ("exstream__service_outcomes", served),
    ("xconnector__workflow_status", one_stage),
    ("xconnector__workflow_status", many_stages),
    ("xconnector__launch_milestones", announced),
    ("xconnector__launch_milestones", orderable),
]


AT_NIGHT = (
    ("xconnector__workflow_status", many_stages),
    ("xconnector__launch_milestones", orderable),
    ("fourallportal__launch_assets", approved),
)
BY_DAY = [pytest.param(*house, marks=pytest.mark.nightly) if house in AT_NIGHT else house for house in HOUSES]


@pytest.mark.parametrize(("dag_id", "make"), BY_DAY, ids=lambda value: getattr(value, "__name__", value))
def test_the_station_ends_in_the_same_ledger_as_airflow(
    dag_id: str, make: Callable[[datetime], Records], tmp_path: Path, monkeypatch, airflow_database: None
) -> None:
    """Use case, destination, subject, content and state of every delivery; rule and subject of every exception; state of every task."""
    begin = datetime.now(UTC)
    house = make(begin)
    as_of, expected, states = by_airflow(dag_id, house, begin, tmp_path / "airflow", monkeypatch)
    (tmp_path / "station").mkdir()
    with open_station(tmp_path / "station") as station:
        station.clock(begin)  # what is seeded happens at the same moment in both
        for system, records in house.items():
            station.seed(system, records)
        if house is SMALL:
            add_videos(ADDRESS, station.system("bytenite"))
        station.advance(5)
        run = station.run(dag_id, as_of, by_hand=True)
        with station.ledger() as ledger:
            found = rows(ledger)
    assert found == expected
    assert {f"{name}[{index}]": state for (name, index), state in run.states.items()} == states
    assert expected["deliveries"]


def by_airflow(
    dag_id: str, house: Records, begin: datetime, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[datetime, Records, Mapping[str, str]]:
    """The same by Airflow's own means, with a sandbox on a socket: as of when, the ledger, the states."""
    folder.mkdir()
    make_ledger(url := f"sqlite:///{folder / 'ledger.db'}")
    monkeypatch.setenv("AIRFLOW_CONN_COLOPHON_LEDGER", url)
    monkeypatch.setenv("AIRFLOW__COLOPHON__STAGING_LOCATION", str(folder / "staging"))
    monkeypatch.setenv("AIRFLOW__COLOPHON__CONFIG_FOLDER", str(config_folder(folder)))
    with running_sandbox() as address:
        for system in CONNECTIONS:
            monkeypatch.setenv(f"AIRFLOW_CONN_{system.upper()}_DEFAULT", connection(system, address))
        sandbox = Control(address, "xconnector")
        sandbox.control("PUT", "/clock", {"now": begin.isoformat(), "mode": "frozen"})
        sandbox.control("POST", "/seed", {"records": house})
        if house is SMALL:
            add_videos(address, Control(address, "bytenite"))
        sandbox.advance(5)
        with monkeypatch.context() as patch:
            for trigger in TRIGGERS:
                patch.setattr(trigger, "waits", lambda _: waits(sandbox))
            run = loaded(dag_id).test()
        states = {f"{task.task_id}[{task.map_index}]": str(task.state) for task in run.get_task_instances()}
    with Ledger.open(url) as ledger:
        return run.run_after, rows(ledger), states


def add_videos(address: str, sandbox: Control) -> None:
    """A video of each of two titles, which somebody put LIVE in France."""
    with library(address) as client:
        videos = [add_video(client, isbn, isbn) for isbn in (OPEN, ENDED)]
    sandbox.seed(placements=[{"videoId": video, "channel": "social", "territory": "FR"} for video in videos])


def waits(sandbox: Control) -> Iterator[float]:
    """No waiting: the sandbox's clock moves instead."""
    for _ in range(30):
        sandbox.advance(60)
        yield 0.0


def rows(ledger: Ledger) -> Records:
    """What the ledger holds, without its own moments."""
    pairs = [(use_case, destination) for use_case in dict(HOUSES) for destination in ledger.counts(use_case)]
    deliveries = [
        (row.use_case, row.destination, row.subject, row.content_hash, row.state) for pair in pairs for row in ledger.all_of(*pair)
    ]
    return {"deliveries": sorted(deliveries), "exceptions": sorted((row.rule, row.subject) for row in ledger.exceptions.open(limit=1000))}
