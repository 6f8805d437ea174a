"""The project's DAGs, ready to run in a test's own process."""

from pathlib import Path
from typing import Any

DAGS = Path(__file__).resolve().parents[2] / "dags"


def loaded(dag_id: str) -> Any:
    """The DAG, known to Airflow's database, with tasks that are not tried again. Call it where Airflow's warnings are ignored."""
    from airflow.dag_processing.bundles.manager import DagBundlesManager
    from airflow.dag_processing.dagbag import DagBag, sync_bag_to_db

    DagBundlesManager().sync_bundles_to_db()
    bag = DagBag(str(DAGS))
    assert not bag.import_errors
    sync_bag_to_db(bag, "dags-folder", None)
    dag = bag.dags[dag_id]
    dag.deadline = None  # `dag.test` of Airflow 3.3 looks its own unread deadlines up in the database, and fails at the end of a good run
    for task in dag.tasks:
        if hasattr(task, "partial_kwargs"):
            task.partial_kwargs["retries"] = 0
        else:
            task.retries = 0
    return dag
