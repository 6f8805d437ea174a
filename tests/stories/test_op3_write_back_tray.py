"""OP-3: what no mutation could tell Consonance lies in sheets each morning; it is loaded once, looked for, and nobody forgets it."""

import json
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook
from station import Station

from colophon.errors import ConflictError
from colophon.ledger.write_backs import WriteBack
from colophon.systems.consonance.writes import sheets
from colophon.systems.consonance.writes.mutations import Mutations
from colophon_airflow import standing
from colophon_airflow.notices import Notice

DAG = "ops__write_back_tray"
MONDAY = datetime(2026, 5, 4, 6, 45, tzinfo=UTC)
LOADED = {"loaded_by": "Ada"}


@pytest.fixture
def alerts(station: Station, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where alerts go."""
    file = station.folder / "alerts.log"
    monkeypatch.setenv("AIRFLOW__COLOPHON__ALERTS", json.dumps([{"file": str(file)}]))
    return file


@pytest.fixture
def house(station: Station, alerts: Path) -> Station:
    """An account that takes no mutation of ours, and three write-backs for it."""
    station.seed("consonance", {"works": [{"id": 9, "title": "Sea Room"}]})
    station.connect("consonance", write_mode="tray")
    station.clock(MONDAY)
    with station.ledger() as ledger:
        for number in (1, 2):
            ledger.tray.add(todo(f"pn6:{number}"), "writes_off")
        ledger.tray.add(WriteBack("upsertTodo", "pn6:3", "isbn:3", "push__x", {"workId": 9, "description": "bell\x07"}), "writes_off")
    return station


def todo(reference: str) -> WriteBack:
    """A to-do about the work."""
    return WriteBack(
        "upsertTodo", reference, f"isbn:{reference}", "push__x", {"workId": 9, "description": "Cover missing", "status": "OPEN"}
    )


def told(alerts: Path) -> list[str]:
    """What somebody was told, the first lines."""
    lines = alerts.read_text(encoding="utf-8").splitlines() if alerts.exists() else []
    return [line.removeprefix("what: ") for line in lines if line.startswith("what: ")]


def states(house: Station) -> list[str]:
    """Of the tray's rows."""
    with house.ledger() as ledger:
        return sorted(row.state for row in ledger.tray.rows())


def test_op3_a_what_waits_is_in_a_sheet_of_the_vendors_columns(house: Station) -> None:
    """Once: the next morning makes no second one. What no sheet can carry is named, with its fault."""
    run = house.twice(DAG, MONDAY)
    assert run.returned["sheets"] == {"writeback_upsertTodo_2026-05-04_1.xlsx": 2}
    with house.ledger() as ledger:
        body = sheets.again(ledger, "writeback_upsertTodo_2026-05-04_1.xlsx", now=house.now)
    data = load_workbook(BytesIO(body or b""))["Data"]
    assert {"Description", "Status"} <= {cell.value for cell in data[1]}
    assert data.max_row == 3
    assert house.exceptions(DAG) == [("TRAY-STAYS", "isbn:3")]


def test_op3_a_into_a_folder_where_one_is_named(house: Station) -> None:
    """Of `write_back_tray.yaml`; a key that is misspelt is refused with the nearest right one."""
    house.configure("write_back_tray.yaml", f"sheet_folder: {house.folder / 'sheets'}\n")
    assert house.run(DAG, MONDAY).state == "success"
    assert [path.name for path in (house.folder / "sheets").iterdir()] == ["writeback_upsertTodo_2026-05-04_1.xlsx"]
    house.configure("write_back_tray.yaml", "remind_day: 3\n")
    assert "did you mean remind_days?" in str(house.run(DAG).error)


def test_op3_a_what_waits_for_days_is_told_and_told_again(house: Station, alerts: Path) -> None:
    """After three days, after six, and once when it is over; not each morning between. The exception names the sheet."""
    for day in range(9):
        house.run(DAG, MONDAY + timedelta(days=day))
    assert house.exceptions(DAG) == [("TRAY-STAYS", "isbn:3"), ("TRAY-WAITS", "sheet:writeback_upsertTodo_2026-05-04_1.xlsx")]
    assert told(alerts) == ["Write-backs wait for a person to load them"] * 3
    with house.ledger() as ledger:
        [bad] = [row for row in ledger.tray.rows() if row.is_free]
        ledger.tray.cancel(bad.id, by="Ada")
    house.run(DAG, params={"loaded": ["writeback_upsertTodo_2026-05-04_1.xlsx"], **LOADED}, by_hand=True)
    house.run(DAG, MONDAY + timedelta(days=9))
    assert told(alerts)[3:] == ["Over: Write-backs wait for a person to load them"]
    assert house.exceptions(DAG) == []


def test_op3_a_what_was_loaded_is_looked_for(house: Station) -> None:
    """What Consonance has is verified; what it does not have days later is an exception, until it has it."""
    house.run(DAG, MONDAY)
    sheet = "writeback_upsertTodo_2026-05-04_1.xlsx"
    house.run(DAG, params={"loaded": [sheet], **LOADED}, by_hand=True)
    house.seed("consonance", {"externalRecords": []})
    house.run(DAG, MONDAY + timedelta(days=5))
    assert states(house) == ["loaded", "loaded", "pending"]
    assert ("TRAY-UNSEEN", "isbn:pn6:1") in house.exceptions(DAG)
    house.connect("consonance", write_mode="mutations")
    with house.ledger() as ledger:  # somebody's import of it, at last
        from colophon.systems.consonance.writes.write_back import Writer
        from colophon_airflow.systems.consonance.hook import ConsonanceHook

        with ConsonanceHook("consonance_default").client as client:
            for row in ledger.tray.rows(("loaded",)):
                Mutations(client.account).send([todo(row.external_reference)])
            assert not any(Writer(client.account, ledger).is_absent(row) for row in ledger.tray.rows(("loaded",)))
    assert house.run(DAG, MONDAY + timedelta(days=6)).returned["look"]["verified"] == 2
    assert [rule for rule, _ in house.exceptions(DAG)] == ["TRAY-STAYS"]


def test_op3_a_an_account_that_cannot_be_asked_leaves_it_at_loaded(house: Station) -> None:
    """Documented: nothing says that it is there, and nothing says that it is not."""
    house.system("consonance").settings(profile="documented")
    house.run(DAG, MONDAY)
    house.run(DAG, params={"loaded": ["writeback_upsertTodo_2026-05-04_1.xlsx"], **LOADED}, by_hand=True)
    assert house.run(DAG, MONDAY + timedelta(days=5)).state == "success"
    assert states(house) == ["loaded", "loaded", "pending"]
    assert [rule for rule, _ in house.exceptions(DAG)] == ["TRAY-STAYS"]


def test_op3_b_loaded_twice_is_refused(house: Station) -> None:
    """With who did it and when; nothing moves. Nor without saying who."""
    house.run(DAG, MONDAY)
    form = {"loaded": ["writeback_upsertTodo_2026-05-04_1.xlsx"]}
    assert "nobody says who" in str(house.run(DAG, params=form, by_hand=True).error)
    assert house.run(DAG, params={**form, **LOADED}, by_hand=True).returned["mark_loaded"] == 2
    again = house.run(DAG, params={**form, "loaded_by": "Bo"}, by_hand=True)
    assert (again.state, type(again.error)) == ("failed", ConflictError)
    assert "loaded by Ada on 2026-05-04" in str(again.error)


def test_op3_consonance_away_does_not_keep_sheets_back(house: Station) -> None:
    """The run is red, and people have their sheets."""
    house.run(DAG, MONDAY)
    house.run(DAG, params={"loaded": ["writeback_upsertTodo_2026-05-04_1.xlsx"], **LOADED}, by_hand=True)
    with house.ledger() as ledger:
        ledger.tray.add(todo("pn6:4"), "writes_off")
    house.fault("consonance", "status", value=503)
    run = house.run(DAG, MONDAY + timedelta(days=1))
    assert (run.state, run.returned["sheets"]) == ("failed", {"writeback_upsertTodo_2026-05-05_1.xlsx": 1})


def test_op3_a_dry_run_makes_nothing(house: Station) -> None:
    """It says how many would go."""
    run = house.run(DAG, MONDAY, {"dry_run": True})
    assert any("would go into sheets  3" in line for line in run.logs)
    assert states(house) == ["pending"] * 3


def test_a_cause_is_told_once_for_each_state_and_its_end_once(house: Station, alerts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What no route took was not told: it is told as soon as one works."""
    notice, now = Notice("Kobo is away", "no answer", "wait", ""), house.now
    with house.ledger() as ledger:
        monkeypatch.setenv("AIRFLOW__COLOPHON__ALERTS", json.dumps([{"file": "/nowhere/at/all"}]))
        assert not standing.tell(ledger, "kobo", notice, now=now)
        monkeypatch.setenv("AIRFLOW__COLOPHON__ALERTS", json.dumps([{"file": str(alerts)}]))
        steps = [(notice, ""), (notice, ""), (notice, "worse"), (None, ""), (None, "")]
        later = [now + timedelta(minutes=minutes) for minutes in range(1, 6)]
        told_each = [standing.tell(ledger, "kobo", each, state=state, now=at) for (each, state), at in zip(steps, later, strict=True)]
        assert told_each == [True, False, True, True, False]
        assert list(standing.open_causes(ledger)) == []
    assert told(alerts) == ["Kobo is away", "Kobo is away", "Over: Kobo is away"]
