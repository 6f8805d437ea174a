"""OP-4: what is over its time goes by the publisher's own days; proof survives; a person is handed or rid of what is held of them."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert
from station import Station
from typer.testing import CliRunner

from colophon.blocks.notices import who
from colophon.domain.delivery import Intent, Verdict
from colophon.ledger.packed import packed
from colophon.ledger.tables import content
from colophon_airflow.cli import app
from colophon_airflow.cli.screen import console
from colophon_airflow.settings import open_staging

DAG, UC, PUSH, LAW = "ops__housekeeping", "xconnector__metadata_syndication", "push__milestone_alerts", "exstream__royalty_statements"
NIGHT = datetime(2026, 5, 4, 3, 30, tzinfo=UTC)
CANARY = "Zoe Canary"


def send(house: Station, use_case: str, place: str, subject: str, body: str, **more: object) -> None:
    """Something is planned, and confirmed at once."""
    with house.ledger() as ledger:
        ledger.plan([Intent(use_case, place, subject, "A", body.encode(), "text/plain", house.now, **more)])
        for delivery in ledger.claim(use_case, place, owner="o", limit=10, lease_s=900):
            ledger.finish([Verdict(delivery.id, "confirmed")], owner="o")


@pytest.fixture
def house(station: Station) -> Station:
    """A title of two revisions, a message to a person, a statement of theirs."""
    station.clock(NIGHT)
    send(station, UC, "kobo", "isbn:1", "first")
    send(station, UC, "kobo", "isbn:1", "second")
    send(station, PUSH, "people", f"{who('44')}/todo:1", json.dumps({"person": "44", "title": CANARY}))
    send(station, LAW, "statement", "account:1", json.dumps({"name": CANARY}), labels={"payee": "44"})
    return station


def colophon(*words: str) -> str:
    """`colophon person ...`; what it says."""
    with console.capture() as said:
        result = CliRunner().invoke(app, ["person", *words])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, said.get()
    return said.get()


def bodies(house: Station) -> list[str]:
    """Everything that can be read of what was sent."""
    with house.ledger() as ledger:
        rows = [row for place in ((UC, "kobo"), (PUSH, "people"), (LAW, "statement")) for row in ledger.all_of(*place)]
        return sorted((ledger.content(row.content_hash) or b"").decode() for row in rows)


def test_op4_a_each_goes_by_its_own_days_and_a_dry_run_says_how_much(house: Station) -> None:
    """After 401 days the replaced record and the message, not the statement; a dry run only counts."""
    late = NIGHT + timedelta(days=401)
    dry = house.run(DAG, late, {"dry_run": True})
    assert (dry.returned["let_go"]["content"][0], len([body for body in bodies(house) if body])) == (2, 4)
    assert any("content      2 of 0.0 MB" in line for line in dry.logs), dry.logs
    assert house.twice(DAG, late).returned["let_go"]["content"][0] == 2
    assert bodies(house) == ["", "", "second", json.dumps({"name": CANARY})]


def test_op4_a_the_days_are_the_publishers(house: Station) -> None:
    """In `housekeeping.yaml`; what fits no use case is refused with the nearest that does, and nothing goes."""
    house.configure("housekeeping.yaml", "content_days: 60\n")
    assert house.run(DAG, NIGHT + timedelta(days=61)).returned["let_go"]["content"][0] == 1
    house.configure("housekeeping.yaml", "by_law: [exstream__royalty_statement]\n")
    run = house.run(DAG)
    assert "did you mean exstream__royalty_statements?" in str(run.error)
    house.configure("housekeeping.yaml", "content_day: 60\n")
    assert "did you mean content_days?" in str(house.run(DAG).error)


def test_op4_a_staged_files_go_but_for_those_that_are_named_still(house: Station) -> None:
    """What rights go by when Consonance is away is no month old rubbish; the ledger's mark is no batch."""
    staging, old = open_staging(), NIGHT - timedelta(days=40)
    batches = {name: staging.write_lines(f"{UC}/2026-03-01/run/1/{name}.jsonl", ["{}"]) for name in ("over", "named", "young")}
    staging.write_bytes(".ledger-x", [b"1"])
    for name in ("over", "named"):
        os.utime(Path(batches[name].uri.removeprefix("file://")), (old.timestamp(),) * 2)
    with house.ledger() as ledger:
        ledger.memory.put("rights:last", {"batches": [batches["named"].model_dump()]}, NIGHT)
    assert house.run(DAG, NIGHT, {"dry_run": True}).returned["let_go"]["staged"] == [1, 3]
    assert house.run(DAG, NIGHT).returned["let_go"]["staged"] == [1, 3]
    assert sorted(path.name for path in (house.folder / "staging").rglob("*") if path.is_file()) == [
        ".ledger-x",
        "named.jsonl",
        "young.jsonl",
    ]


def test_op4_b_proof_survives(house: Station) -> None:
    """Hash, outcome and time of what is gone."""
    with house.ledger() as ledger:
        before = ledger.all_of(UC, "kobo")
    house.run(DAG, NIGHT + timedelta(days=500))
    with house.ledger() as ledger:
        assert ledger.all_of(UC, "kobo") == before
        assert ledger.content(before[0].content_hash) is None


def test_op4_c_a_person_is_handed_and_then_rid_of_it(house: Station) -> None:
    """The file is theirs alone; the statement stays, as the law asks; who did it stands in the audit, without a name of theirs."""
    file = house.folder / "44.json"
    assert "2 entries" in colophon("export", "44", "--to", str(file))
    assert (CANARY in file.read_text(encoding="utf-8"), oct(file.stat().st_mode)[-3:]) == (True, "600")
    said = colophon("erase", "44", "--by", "Ada", "--yes")
    assert ("contents: 1" in said, "kept by law: 1" in said) == (True, True)
    assert [CANARY in body for body in bodies(house)].count(True) == 1
    with house.ledger() as ledger:
        [line] = ledger.people.audit_page(by="Ada")
    assert (line.action, line.target, CANARY in line.why) == ("erase", who("44"), False)


def test_op4_c_a_restored_backup_brings_nobody_back(house: Station) -> None:
    """The night after, they are erased again: it is remembered beside the ledger, by no address. What came since is no part of it."""
    with house.ledger() as ledger:
        backup = [row.content_hash for row in ledger.all_of(PUSH, "people")]
        words = ledger.content(backup[0]) or b""
    colophon("erase", "44", "--by", "Ada", "--yes")
    with house.ledger() as ledger, ledger.begin() as connection:
        connection.execute(insert(content).values(hash=backup[0], media_type="application/json", size=len(words), body=packed(words)))
    house.clock(NIGHT + timedelta(hours=1))
    send(house, PUSH, "people", f"{who('44')}/todo:9", "Back in business")
    assert len([body for body in bodies(house) if CANARY in body]) == 2
    run = house.run(DAG, NIGHT + timedelta(days=1))
    assert (run.state, run.returned["erase_again"]) == ("success", 1)
    assert len([body for body in bodies(house) if CANARY in body]) == 1
    assert "Back in business" in bodies(house)
    assert house.run(DAG, NIGHT + timedelta(days=2)).returned["erase_again"] == 0
    colophon("erase", "ada@x.example", "--by", "Ada", "--yes")
    marks = [path.read_text(encoding="utf-8") for path in (house.folder / "staging").glob(".erased-*")]
    assert (len(marks), "ada@" in "".join(marks)) == (2, False)


def test_op4_c_what_waits_for_an_erased_person_is_not_sent(house: Station) -> None:
    """Withdrawn with the word why."""
    with house.ledger() as ledger:
        ledger.plan([Intent(PUSH, "people", f"{who('44')}/todo:2", "A", b"later", "text/plain", house.now)])
    colophon("erase", "44", "--by", "Ada", "--yes")
    with house.ledger() as ledger:
        assert ledger.claim(PUSH, "people", owner="o", limit=10, lease_s=900) == []


def test_op4_d_interrupted_it_goes_on(house: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    """A staging location that fails in the middle: the run is red, the next one ends it, and nothing is half gone."""
    from colophon.errors import StagingUnusableError
    from colophon.staging import Staging

    staging, old = open_staging(), (NIGHT - timedelta(days=40)).timestamp()
    for number in range(3):
        batch = staging.write_lines(f"{UC}/2026-03-01/run/1/{number}.jsonl", ["{}"])
        os.utime(Path(batch.uri.removeprefix("file://")), (old, old))
    remove = Staging.remove

    def failing(place: Staging, path: str) -> None:
        if path.endswith("1.jsonl"):
            raise StagingUnusableError("it is away")
        remove(place, path)

    with monkeypatch.context() as patch:
        patch.setattr(Staging, "remove", failing)
        assert house.run(DAG, NIGHT).state == "failed"
    assert house.run(DAG, NIGHT).returned["let_go"]["staged"][0] == 2
