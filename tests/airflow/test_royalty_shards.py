"""The shard law on the DAG's own operators: however many tasks compute, every staged byte of results and report is the same."""

import json
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from ledger_database import make_ledger

from colophon_sandbox import seeds
from colophon_sandbox.serve import running_sandbox

pytestmark = pytest.mark.filterwarnings("ignore")  # Airflow, run in this process, warns of its own affairs

PAYEES = 30
USE_CASE = "exstream.royalty_statements"


class Run:
    """One run's tasks, each with what the ones before pushed."""

    def __init__(self, shards):
        self.pushed = {}
        self.shards = shards

    def context(self, task_id, map_index=-1):
        """What Airflow hands to a task."""
        ti = SimpleNamespace(
            run_id=f"shards-{self.shards}", try_number=1, map_index=map_index, dag_id="exstream__royalty_statements", task_id=task_id,
            xcom_push=lambda key, value: self.pushed.__setitem__((task_id, key), json.loads(json.dumps(value))),
            xcom_pull=lambda task_ids, key: self.pushed[task_ids, key],
        )  # fmt: skip
        moment = datetime(2026, 9, 1, 5, tzinfo=UTC)
        run = SimpleNamespace(data_interval_start=None, data_interval_end=None, run_after=moment, run_type="manual")
        return {"params": {"period": "2026H1", "policy": "standard", "shards": self.shards}, "ti": ti, "dag_run": run}


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A sandbox with 30 payees, an empty ledger and a staging folder."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    make_ledger(url)
    with running_sandbox(seeds.payees(PAYEES)) as sandbox:
        key = {"conn_type": "consonance", "host": f"{sandbox}/consonance", "password": "sandbox0key0not0real000000000000"}
        monkeypatch.setenv("AIRFLOW_CONN_CONSONANCE_DEFAULT", json.dumps({**key, "extra": {"start_jitter_seconds": 0}}))
        monkeypatch.setenv("AIRFLOW_CONN_COLOPHON_LEDGER", url)
        monkeypatch.setenv("AIRFLOW__COLOPHON__STAGING_LOCATION", str(tmp_path / "staging"))
        yield tmp_path


def results_of(shards):
    """Staged results by account, the sum of digests, and the staged report, of a run in so many shards."""
    from colophon_airflow.operators.royalties import RoyaltyBalanceOperator, RoyaltyComputeOperator, RoyaltyExtractOperator

    run = Run(shards)
    references = RoyaltyExtractOperator(task_id="extract", use_case=USE_CASE).execute(run.context("extract"))
    done = [
        RoyaltyComputeOperator(task_id="compute", use_case=USE_CASE, shard=json.loads(json.dumps(one))).execute(
            run.context("compute", place)
        )
        for place, one in enumerate(references)
    ]
    shown = RoyaltyBalanceOperator(task_id="balance", use_case=USE_CASE, results=done).execute(run.context("balance"))
    lines = [line for one in done for line in Path(one["results"]["uri"].removeprefix("file://")).read_bytes().splitlines()]
    report = Path(shown["report"].removeprefix("file://")).read_bytes()
    page = Path(shown["page"].removeprefix("file://")).read_bytes()
    digest = sum(int(one["digest"], 16) for one in done) % 2**64
    return len(references), (sorted(lines), digest, report, page, shown["counts"], shown["identities"])


def test_any_number_of_shards_gives_the_same_bytes(place):
    """One, three and sixteen shards: results, digests, counts, report and page are those of one, and all control totals hold."""
    one, whole = results_of(1)
    several = {number: results_of(number) for number in (3, 16)}
    assert (one, several[3][0], several[16][0] > 3) == (1, 3, True)
    assert set(whole[-1].values()) == {True}
    assert whole[-2]["receipts of licences"] > 0
    for _, parts in several.values():
        assert parts == whole
