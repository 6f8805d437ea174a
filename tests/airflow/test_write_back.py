"""The write-back task and `colophon tray`, from a use case's findings to a sheet that a person has loaded."""

import json
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from ledger_database import make_ledger
from typer.testing import CliRunner

from colophon.blocks.use_case import Needs
from colophon.errors import AuthFailedError
from colophon.ledger import Ledger
from colophon.systems.consonance.writes.operations import WriteOp
from colophon_airflow.cli import app
from colophon_airflow.cli.screen import console
from colophon_airflow.systems.consonance.operators import ConsonanceWriteBackOperator
from colophon_sandbox.serve import running_sandbox

NOW = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)
SEED = {"consonance": {"works": [{"id": 9, "title": "Work"}]}}


def todo(reference: str, **changes: object) -> WriteOp:
    """A to-do."""
    members = {"workId": 9, "description": "Cover missing", "status": "OPEN", **changes}
    return WriteOp("upsertTodo", reference, f"isbn:{reference}", "test__case", members)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A sandbox, a ledger, and a folder for sheets."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    make_ledger(url)
    monkeypatch.setattr(console, "_width", 240)
    with running_sandbox(SEED) as sandbox:

        def connect(key: str = "sandbox0key0not0real000000000000", **extra: object) -> None:
            given = {"conn_type": "consonance", "host": f"{sandbox}/consonance", "password": key}
            monkeypatch.setenv("AIRFLOW_CONN_CONSONANCE_DEFAULT", json.dumps({**given, "extra": {"start_jitter_seconds": 0, **extra}}))

        connect()
        monkeypatch.setenv("AIRFLOW_CONN_COLOPHON_LEDGER", f"sqlite:///{tmp_path / 'ledger.db'}")
        yield SimpleNamespace(url=url, folder=tmp_path / "sheets", connect=connect)


def execute(place: SimpleNamespace, *ops: WriteOp) -> dict[str, int]:
    """Run the task once."""
    run = SimpleNamespace(data_interval_start=None, data_interval_end=None, run_type="manual", run_after=NOW)
    operator = ConsonanceWriteBackOperator(
        task_id="write_back",
        use_case="test.case",
        case=lambda: Needs(id="test__case", write_backs=lambda **_: iter(ops)),
        sheet_folder=str(place.folder),
    )
    ti = SimpleNamespace(dag_id="d", run_id="r", task_id="write_back", map_index=-1, try_number=1, max_tries=3)
    return operator.execute({"dag_run": run, "params": {}, "ti": ti})


def tray(place: SimpleNamespace, *words: str) -> tuple[int, str]:
    """`colophon tray ...`: exit code and what it says."""
    with console.capture() as said:
        result = CliRunner().invoke(app, ["tray", *words, "--ledger", place.url])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, said.get()


def test_a_run_tells_what_it_did_and_a_person_finishes_it(place) -> None:
    """Held, exported, listed, loaded: each word says where the write-back is."""
    assert execute(place, todo("uc:1"), todo("uc:2", status="LATER")) == {"held": 1, "refused": 1}
    [sheet] = place.folder.iterdir()
    code, said = tray(place, "list")
    assert (code, sheet.name in said, "people load all changes" in said) == (0, True, True)
    assert tray(place, "loaded", str(sheet), "--by", "Ada")[0] == 0
    with Ledger.open(place.url) as ledger:
        assert [(row.state, row.loaded_by) for row in ledger.tray.rows()] == [("loaded", "Ada")]
        [finding] = ledger.exceptions.open(subject="isbn:uc:2")
    assert "status must be one of" in finding.found


def test_by_mutation_where_the_connection_allows_it(place) -> None:
    """The exception closes when the payload is right."""
    place.connect(write_mode="mutations")
    execute(place, todo("uc:2", status="LATER"))
    assert execute(place, todo("uc:2")) == {"confirmed": 1}
    with Ledger.open(place.url) as ledger:
        assert ledger.exceptions.open(subject="isbn:uc:2") == []
    assert not place.folder.exists()


def test_what_stops_the_run_is_raised(place) -> None:
    """A refused key is no green task."""
    place.connect("wrong", write_mode="mutations")
    with pytest.raises(AuthFailedError):
        execute(place, todo("uc:1"))


def test_the_command_line_exports_and_names_what_stays(place) -> None:
    """Exit code 1 where a row fits no sheet, and what to do; then it is cancelled, and another one moved back."""
    with Ledger.open(place.url) as ledger:
        bad = ledger.tray.add(todo("uc:1", description="bell\x07").checked(), "writes_off").row
        good = ledger.tray.add(todo("uc:2").checked(), "writes_off").row
    code, said = tray(place, "export", "--to", str(place.folder))
    assert code == 1
    assert "Description holds the control character U+0007" in said
    assert tray(place, "cancel", bad.id, "--by", "Ada")[0] == 0
    assert tray(place, "back", good.id, "--by", "Ada")[0] == 0
    assert tray(place, "export", "--to", str(place.folder))[0] == 0
    assert "Nothing waits" in tray(place, "export", "--to", str(place.folder))[1]
    assert "cancelled" in tray(place, "list", "--all")[1]


def test_fields_of_the_task_are_templated() -> None:
    """The folder may carry the date."""
    assert set(ConsonanceWriteBackOperator.template_fields) == {"consonance_conn_id", "sheet_folder"}
