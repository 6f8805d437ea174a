"""What Colophon's operators share: the use case they serve and the log they leave."""

import importlib
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from airflow.sdk import BaseOperator

log = logging.getLogger(__name__)


class UseCaseOperator(BaseOperator):
    """An operator that acts for one use case, named by its module below `colophon.use_cases`."""

    ui_color = "#f4efe6"

    def __init__(self, *, use_case: str, **kwargs: Any) -> None:
        """:param use_case: such as `xconnector.metadata_syndication`."""
        super().__init__(**kwargs)
        self.use_case = use_case

    @property
    def use_case_id(self) -> str:
        """How the ledger names the use case; equal to the DAG's id."""
        return self.use_case.replace(".", "__")

    def decision(self) -> ModuleType:
        """The use case's module, imported when a task runs and not when a DAG is parsed."""
        return importlib.import_module(f"colophon.use_cases.{self.use_case}")


def owner_of(context: Mapping[str, Any]) -> str:
    """Who holds a lease: this try of this task instance. For people reading the ledger; never part of an id."""
    ti = context["ti"]
    return f"{ti.dag_id}/{ti.run_id}/{ti.task_id}[{ti.map_index}] try {ti.try_number}"


@contextmanager
def group(title: str) -> Iterator[None]:
    """Lines that the log view folds."""
    log.info("::group::%s", title)
    try:
        yield
    finally:
        log.info("::endgroup::")


def summary(title: str, rows: Mapping[str, object], details: list[str] | None = None) -> None:
    """The one block that ends a task's log: counts by outcome, then the first refusals."""
    width = max((len(key) for key in rows), default=0)
    lines = [f"  {key:<{width}}  {value}" for key, value in rows.items()] + [f"  - {line}" for line in details or []]
    log.info("%s\n%s", title, "\n".join(lines))
