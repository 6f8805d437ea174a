"""One publisher with both kinds of Consonance account: `extended` tells all by GraphQL, `documented` tells some by report files.

    furnish(station)
    tell(station, DOCUMENTED, without=["rights_deals.csv"])
    station.run(dag_id, NIGHT, FORMS.get(dag_id))
    assert entered(station, dag_id) == {("people", "..."): b"..."}
"""

import os
from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from typing import Any

from station import Station

from colophon_sandbox import seeds
from colophon_sandbox.systems.consonance.report_files import write_reports

EXTENDED, DOCUMENTED = "extended", "documented"
NIGHT = datetime(2026, 5, 2, 6, tzinfo=UTC)
STATEMENTS = "exstream__royalty_statements"
FORMS = {STATEMENTS: {"period": "2025H2", "policy": "standard", "shards": 1}}
TITLES, WORKS, ISBN = 60, (103, 104, 105), "9781999000011"
SIGNED = date(2026, 4, 30)
"""The day on which two licences of the house were signed."""


def furnish(station: Station) -> None:
    """A living house in which something has just happened for each use case: stages done, licences signed, faults and cases told."""
    for system, records in seeds.living_house(TITLES, 7).items():
        station.seed(system, records)
    deals = [_licence(9001, WORKS[0], "Translation"), _licence(9002, WORKS[1], "Permission")]
    station.seed("consonance", {"rightsDeals": deals, "todos": [*_stage(9001, WORKS[0]), *_stage(9011, WORKS[1])]})
    wrong = {row["isbn13"] for row in station.sandbox.systems["consonance"].records.table("products").values() if row["fullTitle"] == "A Digit Wrong"}
    sales = [row | {"isbn13": None} for row in station.sandbox.systems["consonance"].records.table("sales").values() if row.get("isbn13") in wrong]
    station.seed("consonance", {"sales": sales})
    notices = [_notice("failure", fault) for fault in ("missing_cover", "missing_price")]
    station.seed("xconnector", {"inbox": notices})
    cases = [{"type": "delivered", "caseReference": f"CS-{n}", "isbn": ISBN, "issue": "delay"} for n in (1, 2)]
    station.seed("exstream", {"outcomes": cases})
    station.system("exstream").settings(job_seconds=0)
    people = [row["id"] for row in station.sandbox.systems["consonance"].records.table("contacts").values()]
    station.configure("people.csv", "\n".join(["person,kind,value", *(f"{who},token,tok-ok-{who}" for who in people), ""]))


def tell(station: Station, account: str, *, without: Collection[str] = (), stale: Collection[str] = (), as_of: datetime | None = None) -> None:
    """From now on the account is of a kind. The files of a documented one are an hour old at `as_of` (now, unless said): all but those `without`; `stale` ones are five days old."""
    station.system("consonance").settings(profile=account)
    folder, moment = station.folder / "reports", (as_of or station.now) - timedelta(hours=1)
    for file in folder.glob("*"):
        file.unlink()
    if account == EXTENDED:
        station.connect("consonance")
        return
    station.connect("consonance", reports_location=str(folder))
    for file in write_reports(station.sandbox.systems["consonance"].records, folder):
        written = moment - timedelta(days=5) if file.name in stale else moment
        os.utime(file, (written.timestamp(), written.timestamp()))
        if file.name in without:
            file.unlink()


def entered(station: Station, dag_id: str) -> dict[tuple[str, str], bytes]:
    """Content of the newest revision of all deliveries of a use case, by destination and subject."""
    with station.ledger() as ledger:
        rows = [row for destination in ledger.counts(dag_id) for row in ledger.all_of(dag_id, destination)]
        return {(row.destination, row.subject): ledger.content(row.content_hash) or b"" for row in rows}


def _licence(number: int, work_id: int, rights_type: str) -> dict[str, Any]:
    reach = {"exclusive": True, "territories": {"included": ["FI"], "excluded": []}, "languages": ["fin"], "formats": ["PAPERBACK"]}
    term = {"channels": ["*"], "startsOn": f"{SIGNED}", "expiresOn": "2031-04-30", "sellOffUntil": "2031-10-30"}
    about = {"workId": work_id, "productIds": None, "contractId": None, "licenseeId": 101, "contactId": None, "renewalOf": None}
    stage = {"status": "SIGNED", "signedDate": f"{SIGNED}", "terminatedDate": None}
    return {"id": number, "revision": 1, "updatedAt": f"{SIGNED}T09:00:00Z", "rightsType": rights_type, **about, **reach, **term, **stage}


def _stage(number: int, work_id: int) -> list[dict[str, Any]]:
    """A stage that was completed on the day before the night, and the step that waits for it."""
    row = {"workId": work_id, "tags": ["Milestone"], "assigneeId": 103, "milestoneCode": None, "dueOn": "2026-05-01"}
    done = {"status": "DONE", "completedOn": "2026-05-01", "completedAt": "2026-05-01T10:12:00Z", "completedById": 102, "blockedBy": []}
    waits = {"status": "OPEN", "completedOn": None, "completedAt": None, "completedById": None, "blockedBy": [number]}
    return [
        {"id": number, "revision": 2, "updatedAt": "2026-05-01T10:12:00Z", "description": "Editorial approval", **row, **done},
        {"id": number + 1, "revision": 1, "updatedAt": "2026-04-01T10:00:00Z", "description": "Copyedit complete", **row, **waits},
    ]


def _notice(kind: str, fault: str) -> dict[str, Any]:
    at = "2026-05-01T06:00:00Z"
    data = {"isbn": ISBN, "fault": fault, "system": "erp", "severity": "error", "code": "404", "message": None, "at": at}
    head = {"specversion": "1.0", "id": f"n-{kind}-{fault}", "source": "/sandbox/erp", "subject": f"isbn:{ISBN}", "time": at}
    return {**head, "type": f"colophon.delivery.{kind}.v1", "data": data}
