"""The ledger is restored from a backup, as a house lives it: red until a person says so; then nobody hears anything twice, and nothing is lost."""

import json
import shutil
from datetime import UTC, date, datetime, timedelta

import pytest
from dag_walk import Run
from rights_world import CONSONANCE
from station import Station
from typer.testing import CliRunner

from colophon_airflow.cli import app
from colophon_sandbox import seeds
from colophon_sandbox.seeds.rights import member
from colophon_sandbox.seeds.shelf import person

NIGHTLY, SCAN = "xconnector__metadata_syndication", "push__rights_expiry_scan"
NIGHT = datetime(2026, 5, 2, 1, tzinfo=UTC)
DAY = timedelta(days=1)
ENDS = date(2026, 7, 1)
WELL = {"sent", "confirmed", "superseded", "withdrawn"}


def restore(station: Station) -> None:
    """As the backup has it."""
    shutil.copy(station.folder / "backup.db", station.folder / "ledger.db")
    for name in ("ledger.db-wal", "ledger.db-shm"):
        (station.folder / name).unlink(missing_ok=True)


def say_restored(station: Station, as_of: datetime) -> str:
    """What `colophon ledger restored` answers."""
    done = CliRunner().invoke(app, ["ledger", "restored", "--as-of", as_of.isoformat(), "--by", "Ada"])
    assert done.exit_code == 0, done.output
    return " ".join(done.output.split())


def is_red_for_it(run: Run) -> bool:
    """Every deliver step ended with our error, and nothing else did."""
    failed = {name for (name, _), state in run.states.items() if state == "failed"}
    return run.state == "failed" and "deliver" in " ".join(failed) and getattr(run.error, "code", "") == "config.restored"


def numbers(station: Station) -> dict[int, str]:
    """Id by message number of what was sent to kobo."""
    with station.ledger() as ledger:
        rows = [row for row in ledger.all_of(NIGHTLY, "kobo") if row.subject == "feed:kobo" and row.state in WELL]
        return {json.loads(ledger.content(row.content_hash) or b"")["number"]: row.delivery_id for row in rows}


def test_a_catalogue_goes_on_after_a_restore(station: Station) -> None:
    """A title was edited and sent in the night that the backup lacks, and is edited again."""
    station.only("erp-json", "kobo", "retailer-plain")
    for system, records in seeds.catalogue(6, 7).items():
        station.seed(system, records)
    titles = seeds.catalogue(6, 7)["consonance"]["products"]
    assert station.run(NIGHTLY, NIGHT).state == "success"
    shutil.copy(station.folder / "ledger.db", station.folder / "backup.db")
    station.advance(3600)
    lost = [{**title, "fullTitle": "Edited", "updatedAt": station.now.isoformat()} for title in titles]
    station.seed("consonance", {"products": lost})
    assert station.run(NIGHTLY, NIGHT + DAY).state == "success"
    used, before = numbers(station), station.effects("xconnector.acknowledged")
    station.advance(3600)
    restore(station)
    assert is_red_for_it(station.run(NIGHTLY, NIGHT + 2 * DAY))
    assert station.effects("xconnector.acknowledged") == before
    assert "kobo" in say_restored(station, NIGHT + timedelta(hours=1))
    station.advance(600)
    assert station.run(NIGHTLY).state == "success"
    acknowledged = station.effects("xconnector.acknowledged")
    assert len(acknowledged) == len(set(acknowledged)), "nothing is taken twice"
    new = {number: key for number, key in numbers(station).items() if used.get(number) != key}
    assert new, "what the backup lacks goes"
    assert min(new) > max(used), "under numbers that nothing had"
    with station.ledger() as ledger:
        assert all(set(states) <= WELL | {"failed"} for states in ledger.counts(NIGHTLY).values()), ledger.counts(NIGHTLY)
        newest = {row.labels["isbn"]: row.labels["title"] for row in ledger.newest(NIGHTLY, "kobo") if "isbn" in row.labels}
    assert set(newest.values()) == {"Edited"}
    assert station.run(NIGHTLY, NIGHT + 3 * DAY).state == "success"
    assert station.effects("xconnector.acknowledged") == acknowledged


@pytest.mark.parametrize("dedupe", ["none", "message_id"])
def test_nobody_is_alerted_twice(station: Station, dedupe: str) -> None:
    """Of a licence that ends; the messaging system knows a message again by its id for a day, and the backup is older; or not at all."""
    licence = CONSONANCE["rightsDeals"][0] | {"expiresOn": f"{ENDS}", "signedDate": "2022-01-01"}
    people = {"contacts": [*CONSONANCE["contacts"], person(21, "Max Manager")], "teamMembers": [member(1, 9, "RIGHTS_MANAGER", 21)]}
    records = {"rightsDeals": [licence], "contracts": CONSONANCE["contracts"][:1], "headGrants": CONSONANCE["headGrants"][:1]}
    station.seed("consonance", {**CONSONANCE, **people, **records})
    station.connect("opentext_push", dedupe=dedupe)
    morning = datetime(ENDS.year, ENDS.month, ENDS.day, 6, tzinfo=UTC) - timedelta(days=30)
    assert station.run(SCAN, morning - DAY).state == "success"
    shutil.copy(station.folder / "ledger.db", station.folder / "backup.db")
    before = len(station.effects("push.delivered"))
    assert station.run(SCAN, morning).state == "success"
    told = station.effects("push.delivered")
    lost = len(told) - before
    assert lost > 0
    station.advance(3600)
    restore(station)
    assert is_red_for_it(station.run(SCAN, morning + DAY))
    say_restored(station, morning - DAY)
    station.advance(600)
    station.run(SCAN)
    assert station.effects("push.delivered") == told
    held = [subject for rule, subject in station.exceptions() if rule == "DELIVERY-UNKNOWN"]
    assert len(held) == lost
