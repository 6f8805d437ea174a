"""A ledger that was restored, as people meet it: red deliver steps, `colophon doctor`, `colophon ledger restored`, and the middleware's word."""

import json
import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Self

import pytest
from ledger_database import make_ledger
from typer.testing import CliRunner

from colophon import environment
from colophon.blocks.notices import who
from colophon.domain.delivery import Delivery, Intent, Verdict
from colophon.domain.delivery_states import FEED
from colophon.errors import InvalidError, LedgerRestoredError
from colophon.ledger import Ledger
from colophon.staging import Staging
from colophon_airflow import settings
from colophon_airflow.cli import app, doctor
from colophon_airflow.cli.person import erase
from colophon_airflow.cli.screen import console
from colophon_airflow.operators.base import DestinationOperator
from colophon_airflow.retry import ErrorTreeRetryPolicy
from colophon_airflow.systems.xconnector import hook

NOW = datetime.now(UTC)
PEOPLE = "people"


class Port:
    """Takes everything."""

    delivery_class, batch, settle_s = "D", 1, 0.0

    def __init__(self) -> None:
        self.sent: list[str] = []

    def send(self, deliveries: Sequence[Delivery]) -> list[Verdict]:
        self.sent += [delivery.subject for delivery in deliveries]
        return [Verdict(delivery.id, "accepted") for delivery in deliveries]

    def read_back(self, delivery: Delivery) -> Verdict | None:
        return None


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A ledger that Airflow knows, and a staging location."""
    found = f"sqlite:///{tmp_path / 'ledger.db'}"
    make_ledger(found)
    monkeypatch.setenv("AIRFLOW_CONN_COLOPHON_LEDGER", found)
    monkeypatch.setenv("AIRFLOW__COLOPHON__STAGING_LOCATION", str(tmp_path / "staging"))
    monkeypatch.setattr(console, "_width", 400)
    return found


@pytest.fixture
def restored_url(url: str, tmp_path: Path) -> str:
    """Restored from a copy after which one person was told of something that waited in it; nobody has noticed yet."""
    plan(url, "before")
    deliver(url, "someone else")
    shutil.copy(tmp_path / "ledger.db", tmp_path / "copy.db")
    assert deliver(url) == ["before"]
    shutil.copy(tmp_path / "copy.db", tmp_path / "ledger.db")
    return url


def plan(url: str, subject: str) -> None:
    """Somebody is to be told."""
    with Ledger.open(url) as ledger:
        ledger.plan([Intent("push", PEOPLE, subject, "D", b"{}", "application/json", NOW)])


def deliver(url: str, destination: str = PEOPLE) -> list[str]:
    """A deliver step; what it sent."""
    ti = SimpleNamespace(dag_id="push", run_id="r", task_id="deliver", map_index=0, try_number=1)
    port = Port()
    with Ledger.open(url) as ledger:
        DestinationOperator(task_id="deliver", use_case="push", destination=destination).deliver({"ti": ti}, ledger, port)
    return port.sent


def command(*words: str) -> str:
    """What `colophon ledger` says."""
    with console.capture() as said:
        result = CliRunner().invoke(app, ["ledger", *words])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return said.get()


def test_a_deliver_step_is_red_at_once(restored_url: str) -> None:
    """A person has to act: Airflow does not try again. Every other step is red, too, and the doctor says it."""
    with pytest.raises(LedgerRestoredError, match="colophon ledger restored --as-of MOMENT --by NAME") as problem:
        deliver(restored_url)
    assert ErrorTreeRetryPolicy().evaluate(problem.value, 1, 4).action.value == "fail"
    with pytest.raises(LedgerRestoredError):
        deliver(restored_url, "anybody")
    with pytest.raises(LedgerRestoredError):
        doctor._ledger()


def test_the_doctor_notices_by_itself(restored_url: str) -> None:
    """Before any run does; and is content once a person has said it."""
    with pytest.raises(LedgerRestoredError):
        doctor._ledger()
    command("restored", "--as-of", NOW.isoformat(), "--by", "Ada")
    assert "reachable" in doctor._ledger()


def test_what_may_have_gone_waits_for_a_person(restored_url: str) -> None:
    """It is an exception at once, before any run."""
    said = command("restored", "--as-of", f"{NOW:%Y-%m-%dT%H:%M:%S}", "--by", "Ada")
    assert "1 deliveries of class D may have gone since" in said
    with Ledger.open(restored_url) as ledger:
        assert [(row.rule, row.subject) for row in ledger.exceptions.open()] == [("DELIVERY-UNKNOWN", "before")]
        assert [(row.by, row.action) for row in ledger.people.audit_page()] == [("Ada", "restored")]
    assert deliver(restored_url) == []


def test_who_was_erased_is_erased_before_anything_goes(url: str, tmp_path: Path) -> None:
    """The copy brings a person back; the word that makes it fit to send takes the person out again, and nobody waits for the night."""
    body = json.dumps({"person": "p-1", "title": "Jane Doe's book"}).encode()
    with Ledger.open(url) as ledger:
        ledger.plan([Intent("push__x", "people", f"{who('p-1')}/x", "A", body, "application/json", NOW)])
    shutil.copy(tmp_path / "ledger.db", tmp_path / "copy.db")
    erase(key="p-1", by="Ada", yes=True, ledger=url)
    shutil.copy(tmp_path / "copy.db", tmp_path / "ledger.db")
    assert "1 people who were erased" in command("restored", "--as-of", NOW.isoformat(), "--by", "Ada")
    with Ledger.open(url) as ledger:
        assert [ledger.content(row.content_hash) for row in ledger.all_of("push__x", "people")] == [None]


def test_a_restore_that_nothing_notices_is_said_by_a_person(url: str) -> None:
    """Where there was no mark: nothing goes from then on."""
    plan(url, "news")
    command("fence", "--by", "Ada", "--why", "restored from the backup of Monday")
    with pytest.raises(LedgerRestoredError, match="restored from the backup of Monday"):
        deliver(url)


def test_a_moment_that_is_none_is_refused(url: str) -> None:
    """Nothing changes."""
    with pytest.raises(InvalidError):
        command("restored", "--as-of", "yesterday", "--by", "Ada")
    with Ledger.open(url) as ledger:
        assert ledger.people.audit_page() == []


class Middleware:
    """Has had five feeds for one recipient since the backup."""

    def __init__(self, conn_id: str) -> None:
        self.client = self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def iter_messages(self, *, since: datetime, recipient: str) -> Iterator[SimpleNamespace]:
        assert since < NOW - timedelta(minutes=59), "surely before the backup"
        for subject in [FEED + recipient] * (5 if recipient == "kobo" else 0) + ["isbn:1"]:
            yield SimpleNamespace(event=SimpleNamespace(subject=subject))


def numbers(url: str) -> dict[str, int]:
    """What each recipient's next message is counted from."""
    with Ledger.open(url) as ledger:
        restored = ledger.restoring.restored(as_of=environment.now() - timedelta(days=9), by="test", sent={}, margin=1).numbers
    return {name: before for name, (before, _) in restored.items()}


def test_the_middleware_is_asked_for_its_numbers(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Recipients whom the backup does not know are asked about, too."""
    monkeypatch.setattr(hook, "XConnectorHook", Middleware)
    assert "the middleware was asked" in command("restored", "--as-of", NOW.isoformat(), "--by", "Ada")
    found = numbers(url)
    assert (found["kobo"], set(found.values())) == (5, {0, 5})
    assert set(found) == {name for name, profile in settings.publisher_config().recipients.items() if profile.format == "onix"}


def test_a_margin_is_told_where_it_cannot_be_asked(url: str) -> None:
    """There is no connection here."""
    with Ledger.open(url) as ledger:
        ledger.plan([Intent("uc", "kobo", "isbn:1", "A", b"1", "text/plain", NOW, bundled=True)])
        ledger.bundle("uc", "kobo", as_of=NOW, max_products=9, max_bytes=99, labels={})
    said = command("restored", "--as-of", NOW.isoformat(), "--by", "Ada", "--margin", "50")
    assert "could not be asked" in said
    assert "a margin of 50" in said
    assert numbers(url) == {"kobo": 51}


def test_the_doctor_lists_old_batches(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By use case, with their size; not those of runs that may still be cleared, nor the ledger's mark."""
    staging = Staging(str(tmp_path / "staging"))
    for name in ("uc/2026-01-01/run/1/a-00001.jsonl", "uc/2026-01-01/run/1/a-00002.jsonl", ".ledger-1"):
        staging.write_lines(name, ["x" * 99_999])
    assert "older than" not in doctor._staging()
    monkeypatch.setattr(doctor, "OLD", timedelta(days=-1))
    assert doctor._staging().splitlines()[1:] == ["older than -1 days, and needed by no run any more:", "uc: 2 files of 0.2 MB"]
