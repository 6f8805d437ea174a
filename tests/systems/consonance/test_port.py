"""Write-backs as deliveries: one effect in Consonance, whatever is lost on the way; `held` in the tray until a person has loaded them."""

import time
from datetime import UTC, datetime

import pytest
from ledger_database import make_ledger
from sandbox_control import Control

from colophon.blocks.write_back import intent
from colophon.deliver import deliver
from colophon.ledger import Ledger
from colophon.systems.consonance.client import ConsonanceClient
from colophon.systems.consonance.settings import ConsonanceSettings
from colophon.systems.consonance.writes.port import WriteBackPort, collect_outcomes
from colophon.systems.consonance.writes.results import Summary
from colophon.systems.consonance.writes.write_back import Writer
from colophon_sandbox.serve import running_sandbox

CASE, TO, NOW = "test__case", "consonance", datetime(2026, 5, 1, tzinfo=UTC)
SEED = {"consonance": {"works": [{"id": 9, "title": "Work"}]}}


@pytest.fixture
def place(tmp_path):
    """`run(mode)` delivers what waits; the sandbox's controls; the ledger."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    make_ledger(url)
    with running_sandbox(SEED) as sandbox, Ledger.open(url) as ledger:
        remote = Control(sandbox, "consonance")

        def run(mode: str = "mutations") -> dict[str, int]:
            extra = {"write_mode": mode, "start_jitter_seconds": 0}
            settings = ConsonanceSettings.from_connection(f"{sandbox}/consonance", "sandbox0key0not0real000000000000", extra)
            with ConsonanceClient(settings) as client:
                writer = Writer(client.account, ledger)
                writer.collect_loaded(Summary())
                collect_outcomes(ledger, use_case=CASE, destination=TO)
                done = deliver(ledger, WriteBackPort(writer), use_case=CASE, destination=TO, owner="me", lease_s=900, sleep=time.sleep)
            return dict(done.counts)

        yield run, remote, ledger


def plan(ledger: Ledger, reference: str = "uc:1", **changes: object) -> None:
    """One to-do to be written."""
    members = {"workId": 9, "description": "Cover missing", "status": "OPEN", **changes}
    told = {"use_case": CASE, "subject": f"isbn:{reference}", "as_of": NOW, "labels": {"title": "Work"}}
    ledger.plan([intent("upsertTodo", reference, members, **told)])


def states(ledger: Ledger) -> dict[str, int]:
    """Deliveries by state."""
    return ledger.counts(CASE).get(TO, {})


def test_by_mutation_once(place):
    """A second run has nothing to do; another content changes the same record."""
    run, remote, ledger = place
    plan(ledger)
    assert run() == {"confirmed": 1}
    plan(ledger)
    assert run() == {}
    plan(ledger, status="DONE")
    assert run() == {"confirmed": 1}
    assert remote.effects("consonance.upsertTodo") == ["uc:1", "uc:1"]


def test_a_lost_answer_has_one_effect(place):
    """The effect was there, its answer was not: the next run finds it, and says so."""
    run, remote, ledger = place
    remote.fault("reset", "/graphql", when="after", times=20)
    plan(ledger)
    run()
    remote.control("DELETE", "/faults")
    for _ in range(2):
        run()
    assert remote.effects("consonance.upsertTodo") == ["uc:1"]
    assert states(ledger) == {"confirmed": 1}


def test_a_bad_payload_is_refused_and_the_others_go(place):
    """The refusal names the field."""
    run, _, ledger = place
    plan(ledger, "uc:1", status="LATER")
    plan(ledger, "uc:2")
    assert run() == {"refused": 1, "confirmed": 1}


def test_held_until_a_person_has_loaded_it(place):
    """Held, sent when the sheet was loaded; cancelled by hand is failed."""
    run, remote, ledger = place
    plan(ledger, "uc:1")
    plan(ledger, "uc:2")
    assert run("tray") == {"held": 2}
    first, second = ledger.tray.rows(("pending",))
    ledger.tray.cancel(second.id, by="Ada")
    sheet = ledger.tray.reserve([first.id], "todos", ".xlsx")
    ledger.tray.exported(sheet)
    ledger.tray.loaded(sheet, by="Ada")
    run("tray")
    assert states(ledger) == {"sent": 1, "failed": 1}
    assert remote.effects("consonance.upsertTodo") == []
