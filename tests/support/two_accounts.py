"""One publisher with both kinds of Consonance account: `extended` tells all by GraphQL, `documented` tells some by report files.

furnish(station)
tell(station, DOCUMENTED, without=["rights_deals.csv"])
station.run(dag_id, NIGHT, FORMS.get(dag_id))
assert entered(station, dag_id) == {("people", "..."): b"..."}
"""

import csv
import io
import os
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

from station import ADDRESS, Station

from colophon.config.files import SHIPPED
from colophon.systems.consonance.reports.audience import COLUMNS
from colophon_airflow.printed_title import PRINTED
from colophon_sandbox import seeds
from colophon_sandbox.seeds import Records
from colophon_sandbox.systems.consonance.report_files import write_reports

EXTENDED, DOCUMENTED = "extended", "documented"
NIGHT = datetime(2026, 5, 2, 6, tzinfo=UTC)
"""The run after something happened for each use case."""
STATEMENTS, EXCHANGE, MILESTONES = "exstream__royalty_statements", "xconnector__rights_royalty_exchange", "push__milestone_alerts"
WORKFLOW = "xconnector__workflow_status"
DAGS = (
    STATEMENTS,
    EXCHANGE,
    MILESTONES,
    "xconnector__metadata_syndication",
    "push__rights_expiry_scan",
    "push__downstream_exceptions",
    "exstream__rights_notices",
    "exstream__milestone_letters",
    "exstream__contributor_requests",
    "exstream__launch_communications",
    "exstream__partner_updates",
    "exstream__service_outcomes",
    "fourallportal__rights_availability",
    "fourallportal__title_metadata",
    "fourallportal__approved_assets",
    "fourallportal__product_packages",
    "fourallportal__launch_assets",
    "bytenite__video_rights",
    "bytenite__campaign_readiness",
    "fourallportal__launch_readiness",
    WORKFLOW,
    "xconnector__launch_milestones",
    "xconnector__production_orders",
)
"""All of them; statements first, for the exchange tells finance of those."""
FORMS: Mapping[str, Mapping[str, Any]] = {STATEMENTS: {"period": "2025H2", "policy": "standard", "shards": 1}}
WORKS, ISBN = (103, 104), "9781999000011"
RELEASED, PRINTABLE = 141, "9781999000134"
"""The to-do that approves a first printing, and the paperback that is printed."""
OPTIONAL = {
    "rights_deals.csv": ("Renewal of", "Signed on", "Terminated on"),
    "team.csv": ("Starts on", "Ends on"),
    "todos.csv": ("Status", "Completed at", "Revision", "Updated at"),
}
"""Columns that a file may lack."""
LAUNCH = {
    "workId": "Work ID",
    "stageCode": "Stage",
    "onHold": "On hold",
    "stageSince": "Stage since",
    "holdReason": "Hold reason",
    "preorderFrom": "Pre-order from",
    "announcedOn": "Announced on",
    "releaseApprovedOn": "Release approved on",
}
"""Columns of the file of launches."""
WHOLE: Mapping[str, Collection[str]] = MappingProxyType({})


def furnish(station: Station, works: int | None = None) -> None:
    """A living house in which something has just happened for each use case: stages done, licences signed, faults and cases told.

    :param works: so many works with all that is theirs; all of them unless said, awkward ones included.
    """
    records = seeds.living_house(60, 7)
    house = records["consonance"]
    if works is not None:
        _cut(records, {row["id"] for row in house["works"][:works]})
    _leave_out_what_no_file_tells(house)
    station.configure("royalties.yaml", _answers((SHIPPED / "royalties.yaml").read_text(encoding="utf-8")))
    house["rightsDeals"] += [_licence(9001, WORKS[0], "Translation"), _licence(9002, WORKS[1], "Permission")]
    house["todos"] += [row for number, work_id in enumerate(WORKS) for row in _stage(9001 + 10 * number, work_id)]
    for row in house["todos"]:
        if row["id"] == RELEASED:
            row |= {"status": "DONE", "completedOn": "2026-04-02", "completedAt": "2026-04-02T10:00:00Z", "completedById": 102}
    records["xconnector"]["inbox"] = [_notice(fault) for fault in ("missing_cover", "missing_price")]
    records["exstream"]["outcomes"] = [{"type": "delivered", "caseReference": f"CS-{n}", "isbn": ISBN, "issue": "delay"} for n in (1, 2)]
    for system, collections in records.items():
        station.seed(system, collections)
    station.system("exstream").settings(job_seconds=0)
    station.connect("fourallportal", webdav_url=f"{ADDRESS}/fourallportal/dav", media_original_usage="original")
    station.configure("production.yaml", PRINTED.replace("9781999000387", PRINTABLE).replace("2026-05-01", "2026-04-01"))
    people = [row["id"] for row in house["contacts"]]
    station.configure("people.csv", "\n".join(["person,kind,value", *(f"{who},token,tok-ok-{who}" for who in people), ""]))


def something_happens(station: Station, night: int) -> None:
    """In the day before a later night: a stage is done, a licence signed, a fault and a case told, and a licence begins to close Finland."""
    day, number = NIGHT + timedelta(days=night - 1), 9000 + 100 * night
    reached = f"{day:%Y-%m-%d}"
    station.clock(day + timedelta(hours=12))
    station.seed(
        "consonance", {"rightsDeals": [_licence(number, WORKS[0], "Translation", reached)], "todos": _stage(number, WORKS[1], reached)}
    )
    station.seed("xconnector", {"inbox": [_notice(f"missing_extent_{night}")]})
    station.seed("exstream", {"outcomes": [{"type": "delivered", "caseReference": f"CS-{number}", "isbn": ISBN, "issue": "delay"}]})


def tell(
    station: Station,
    account: str,
    *,
    without: Collection[str] = (),
    stale: Collection[str] = (),
    lacking: Mapping[str, Collection[str]] = WHOLE,
    as_of: datetime = NIGHT,
) -> None:
    """From now on the account is of a kind, and beside it is a folder of report files, made an hour before `as_of`.

    `without`: files that are not there. `stale`: those that are five days old. `lacking`: columns that a file does not have.
    """
    station.system("consonance").settings(profile=account)
    folder = station.folder / "reports"
    station.connect("consonance", reports_location=str(folder))
    for file in write_reports(station.sandbox.systems["consonance"].records, folder):
        _drop(file, lacking.get(file.name, ()))
        made = (as_of - timedelta(days=5 if file.name in stale else 0, hours=1)).timestamp()
        os.utime(file, (made, made))
        if file.name in without:
            file.unlink()


def always_by_files(station: Station) -> None:
    """The account is one that tells by files from the first run on; before each run they are made anew, lists of readers apart."""
    run_as_ever = station.run

    def run(dag_id: str, as_of: datetime | None = None, *args: Any, **more: Any) -> Any:
        lists = [file for name in COLUMNS if (file := station.folder / "reports" / f"{name}.csv").exists()]
        kept = {file: (file.read_bytes(), file.stat().st_mtime) for file in lists}
        made = max(as_of or station.now, station.now)
        tell(station, DOCUMENTED, as_of=made)
        _tell_launches(station, made)
        for file, (content, at) in kept.items():  # those that the test has put there
            file.write_bytes(content)
            os.utime(file, (at, at))
        return run_as_ever(dag_id, as_of, *args, **more)

    station.run = run


def _tell_launches(station: Station, as_of: datetime) -> None:
    """A file of launches, where the house has any: of an account that has none they are derived from its works."""
    launches = station.sandbox.systems["consonance"].records.table("launches").values()
    if not launches:
        return
    file = station.folder / "reports" / "launch.csv"
    with file.open("w", encoding="utf-8", newline="") as opened:
        rows = csv.writer(opened)
        rows.writerow(LAUNCH.values())
        rows.writerows([{True: "Yes", False: "No"}.get(told := row.get(name), told) for name in LAUNCH] for row in launches)
    at = (as_of - timedelta(hours=1)).timestamp()
    os.utime(file, (at, at))


def entered(station: Station, dag_id: str) -> dict[tuple[str, str], bytes]:
    """Content of the newest revision of each delivery of a use case, by destination and subject."""
    with station.ledger() as ledger:
        rows = [row for destination in ledger.counts(dag_id) for row in ledger.all_of(dag_id, destination)]
        return {(row.destination, row.subject): ledger.content(row.content_hash) or b"" for row in rows}


def for_operations(station: Station, dag_id: str) -> list[tuple[str, str, str]]:
    """Rule, subject and what was found of the open exceptions of a use case that whoever runs the installation has to mend."""
    with station.ledger() as ledger:
        rows = ledger.exceptions.open(use_case=dag_id, limit=10_000)
        return sorted(
            (row.rule, row.subject, row.found) for row in rows if row.owner == "operations" and not row.subject.startswith("isbn:")
        )


def _cut(records: Records, works: set[int]) -> None:
    """Some works, and of all else what is about them, or about nothing."""
    house = records["consonance"]
    gone = [row for row in house["products"] if row["workId"] not in works]
    others = {
        "workId": {row["id"] for row in house["works"]} - works,
        "contractId": {row["id"] for row in house["contracts"] if row["workId"] not in works},
        "productId": {row["id"] for row in gone},
        "isbn13": {row["isbn13"] for row in gone},
    }
    for name, rows in house.items():
        house[name] = [row for row in rows if not any(row.get(member) in values for member, values in others.items())]
    house["works"] = [row for row in house["works"] if row["id"] in works]
    portal, library = records["fourallportal"], records["bytenite"]
    portal["product"] = [row for row in portal["product"] if row["isbn"][0]["value"] not in others["isbn13"]]
    library["videos"] = [row for row in library["videos"] if row["workId"] in works]


def _drop(file: Path, columns: Collection[str]) -> None:
    if not columns:
        return
    rows = list(csv.reader(io.StringIO(file.read_text(encoding="utf-8"), newline="")))
    kept = [place for place, name in enumerate(rows[0]) if name not in columns]
    out = io.StringIO(newline="")
    csv.writer(out).writerows([row[place] for place in kept] for row in rows)
    file.write_text(out.getvalue(), encoding="utf-8", newline="")


def _answers(settings: str) -> str:
    """What a person says where nobody else does: old sales were royaltied, and who lives abroad without a form is paid less tax."""
    answered = settings.replace("without_form: HOLD", "without_form: STATUTORY").replace("old_sales: HELD", "old_sales: ROYALTIED")
    assert answered.count("STATUTORY\n") == 1
    assert answered.count("old_sales: ROYALTIED") == 1
    return answered


def _leave_out_what_no_file_tells(house: Records) -> None:
    """No file has a column for smallest payments, taxes, and the small print of reserves and steps; none has sales of an ISBN that is none."""
    wrong = {row["isbn13"] for row in house["products"] if row["fullTitle"] == "A Digit Wrong"}
    house["sales"] = [row | {"isbn13": None} if row.get("isbn13") in wrong else row for row in house["sales"]]
    house["contactFields"] = [row for row in house["contactFields"] if not row["name"].startswith("TAX_")]
    for terms in house["royaltyTerms"]:
        terms["minimumPayment"] = None
        for reserve in terms["reserves"]:
            reserve |= {"formats": None, "releaseAfterStatements": None}
        for advance in terms["advances"]:
            advance["dueOn"] = None
        for step in (step for rate in terms["rates"] for step in rate["escalators"]):
            step |= {"countingGroup": None, "marginal": None, "inclusive": False}


def _licence(number: int, work_id: int, rights_type: str, signed: str = "2026-04-30") -> dict[str, Any]:
    """For Finland, of one licensee."""
    reach = {"exclusive": True, "territories": {"included": ["FI"], "excluded": []}, "languages": ["fin"], "formats": ["PAPERBACK"]}
    term = {"channels": ["*"], "startsOn": signed, "expiresOn": "2031-04-30", "sellOffUntil": "2031-10-30"}
    about = {"workId": work_id, "productIds": None, "contractId": None, "licenseeId": 101, "contactId": None, "renewalOf": None}
    stage = {"status": "SIGNED", "signedDate": signed, "terminatedDate": None}
    return {"id": number, "revision": 1, "updatedAt": f"{signed}T09:00:00Z", "rightsType": rights_type, **about, **reach, **term, **stage}


def _stage(number: int, work_id: int, day: str = "2026-05-01") -> list[dict[str, Any]]:
    """A stage that was completed on a day at twelve past ten, and the step that waits for it."""
    row = {"workId": work_id, "tags": ["Milestone"], "assigneeId": 103, "milestoneCode": None, "dueOn": day}
    done = {"status": "DONE", "completedOn": day, "completedAt": f"{day}T10:12:00Z", "completedById": 102, "blockedBy": []}
    waits = {"status": "OPEN", "completedOn": None, "completedAt": None, "completedById": None, "blockedBy": [number]}
    return [
        {"id": number, "revision": 2, "updatedAt": f"{day}T10:12:00Z", "description": "Editorial approval", **row, **done},
        {"id": number + 1, "revision": 1, "updatedAt": "2026-04-01T10:00:00Z", "description": "Copyedit complete", **row, **waits},
    ]


def _notice(fault: str) -> dict[str, Any]:
    """What the middleware passes on of a recipient's trouble."""
    at = "2026-05-01T06:00:00Z"
    data = {"isbn": ISBN, "fault": fault, "system": "erp", "severity": "error", "code": "404", "message": None, "at": at}
    head = {"specversion": "1.0", "id": f"n-{fault}", "source": "/sandbox/erp", "subject": f"isbn:{ISBN}", "time": at}
    return {**head, "type": "colophon.delivery.failure.v1", "data": data}
