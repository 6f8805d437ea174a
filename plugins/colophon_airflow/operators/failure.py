"""How an error of ours ends a task: four lines in its log - what, why, do, where - and no traceback."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowException

from colophon.errors import ColophonError
from colophon_airflow.notices import notice_of_task

if TYPE_CHECKING:
    from airflow.sdk import Context

log = logging.getLogger(__name__)

IS_SUMMED: ContextVar[bool] = ContextVar("is_summed", default=False)
"""Whether the task that runs has printed its summary."""


class TaskFailed(SystemExit):
    """Ends a task whose error was told. Airflow prints a traceback of everything else; an exit it takes for a failure all the same.

    Retries and notices go by `problem`.
    """

    def __init__(self, problem: ColophonError) -> None:
        super().__init__(1)
        self.problem = problem


@contextmanager
def told_in_four_lines(operator: Any, context: "Context") -> Iterator[None]:
    """What fails in the block ends with a summary; an error of ours then in four lines, its traceback only where the log is at debug.

    :raises TaskFailed: in place of an error of ours, in a task that Airflow runs.
    """
    IS_SUMMED.set(False)
    try:
        yield
    except ColophonError as problem:
        _sum_up(operator)
        log.error("%s", notice_of_task(context, problem))  # noqa: TRY400 - no traceback: that is the point
        log.debug("Where it came from", exc_info=problem)
        from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

        if isinstance(context["ti"], RuntimeTaskInstance):
            raise TaskFailed(problem) from None
        raise
    except AirflowException:  # a skip, or another of Airflow's own signals
        raise
    except Exception:
        _sum_up(operator)
        raise


def told(execute: Callable[..., Any]) -> Callable[..., Any]:
    """The `execute` of an operator, whose errors are told in four lines; once, where one calls that of its base class."""

    @wraps(execute)
    def outer(self: Any, context: "Context") -> Any:
        if getattr(type(self), "execute", None) is not outer:
            return execute(self, context)
        with told_in_four_lines(self, context):
            return execute(self, context)

    return outer


def _sum_up(operator: Any) -> None:
    """What the ledger has of the use case, where the task printed no summary of its own."""
    from colophon_airflow.operators.task_log import summary
    from colophon_airflow.settings import open_ledger

    if IS_SUMMED.get():
        return
    try:
        with open_ledger() as ledger:
            states = ledger.counts(operator.use_case_id, getattr(operator, "destination", None))
    except Exception:  # noqa: BLE001 - the ledger may be what failed
        return
    summary("Failed", {"in the ledger": states or "nothing yet"})
