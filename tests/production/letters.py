"""Letters of as many destinations, each in a job of Exstream of its own, and DAGs that wait for them."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import requests

from colophon.deliver import deliver
from colophon.domain.delivery import Intent
from colophon.ledger import Ledger
from colophon.systems.opentext_exstream.client import ExstreamClient
from colophon.systems.opentext_exstream.port import LetterPort
from colophon.systems.opentext_exstream.records import Document, Letter
from colophon.systems.opentext_exstream.settings import ExstreamSettings

COUNT = 100 if os.environ.get("COLOPHON_NIGHTLY") == "1" else 20
JOB_SECONDS = 3600
DESTINATIONS = [f"letters-{number:03d}" for number in range(COUNT)]
DAGS = f"""
from airflow.sdk import DAG, task

from colophon.blocks.use_case import Needs
from colophon_airflow.systems.opentext_exstream.operators import OpentextExstreamAwaitOperator

with DAG("letters_wait", schedule=None):
    for destination in {DESTINATIONS!r}:
        OpentextExstreamAwaitOperator(
            task_id=f"wait-{{destination}}",
            use_case="letters",
            case=lambda: Needs(id="letters"),
            document="royalty_statement",
            destination=destination,
        )

with DAG("quick", schedule=None):
    @task
    def quick():
        return 1

    quick()
"""


def send_letters(home: Path, sandbox: str) -> None:
    """One job for each destination, which runs until the sandbox's clock is moved."""
    settings = {"exstream": {"job_seconds": JOB_SECONDS, "wipe_minutes": 7 * 24 * 60}}
    requests.patch(f"{sandbox}/__sandbox__/settings", json=settings, timeout=60).raise_for_status()
    letter = Letter(delivery_preference="print", data={"PaymentDue": "12.20"}).model_dump_json(by_alias=True, exclude_none=True)
    with _ledger(home) as ledger:
        ledger.plan(
            [Intent("letters", there, "contract:1", "C", letter.encode(), "application/json", datetime.now(UTC)) for there in DESTINATIONS]
        )
        extra = {"tenant": "acme", "domain": "acme-test", "start_jitter_seconds": 0}
        found = ExstreamSettings.from_connection(f"{sandbox}/exstream", "sandbox-client", "sandbox-not-a-secret", extra)
        document = Document("royalty_statement", "RoyaltyStatement", "4", "2026-H1")
        with ExstreamClient(found) as client:
            for there in DESTINATIONS:
                port = LetterPort(client, document)
                done = deliver(ledger, port, use_case="letters", destination=there, owner="test", lease_s=900, sleep=time.sleep)
                assert done.counts == {"accepted": 1}, done


def end_jobs(sandbox: str) -> None:
    """Move the sandbox's clock past the end of all jobs."""
    requests.post(f"{sandbox}/__sandbox__/clock/advance", json={"seconds": JOB_SECONDS}, timeout=60).raise_for_status()


def outcomes(home: Path) -> dict[str, int]:
    """How many letters of the ledger have which outcome."""
    with _ledger(home) as ledger:
        counts: dict[str, int] = {}
        for states in ledger.counts("letters").values():
            for state, number in states.items():
                counts[state] = counts.get(state, 0) + number
        return counts


@contextmanager
def _ledger(home: Path) -> Iterator[Ledger]:
    with Ledger.open(f"sqlite:///{home / 'ledger.db'}", clock=lambda: datetime.now(UTC)) as found:
        yield found
