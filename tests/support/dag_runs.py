"""The project's DAGs, ready to run in a test's own process."""

import os
import shutil
from pathlib import Path
from typing import Any

DAGS = Path(__file__).resolve().parents[2] / "dags"


def loaded(dag_id: str, *, among_all: bool = False) -> Any:
    """The DAG, with tasks that are not tried again. Call it where Airflow's warnings are ignored.

    It stands in a folder of its own, for `dag.test` reads and writes all DAGs of the folder anew at each run.

    :param among_all: it stands among all DAGs: it asks Airflow for others.
    """
    from airflow.dag_processing.dagbag import DagBag

    from airflow import settings

    folder = (
        DAGS if among_all else _alone(Path(*dag_id.split("__")).with_suffix(".py"), Path(os.environ["AIRFLOW_HOME"]) / "one_dag" / dag_id)
    )
    settings.DAGS_FOLDER = str(folder)
    bag = DagBag(settings.DAGS_FOLDER)
    assert not bag.import_errors
    dag = bag.dags[dag_id]
    dag.deadline = None  # `dag.test` of Airflow 3.3 looks its own unread deadlines up in the database, and fails at the end of a good run
    for task in dag.tasks:
        if hasattr(task, "partial_kwargs"):
            task.partial_kwargs["retries"] = 0
        else:
            task.retries = 0
    return dag


def _alone(file: Path, folder: Path) -> Path:
    (folder / file).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(DAGS / file, folder / file)
    return folder
