"""What people are told of trouble, in four lines: what, why, do, where. Without secrets and personal data, and without a traceback."""

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from airflow.sdk.configuration import conf

from colophon.errors import ColophonError
from colophon_airflow.retry import is_last_try

if TYPE_CHECKING:
    from airflow.sdk import Context

NOTHING = "Nothing to do"
"""How the advice begins of what passes by itself."""
IN_VAIN = "It was tried again in vain: look at the system's health, then clear the task, or leave it to the next run."


class Notice(NamedTuple):
    """One trouble. `where` ends with the address of the page to open."""

    what: str
    why: str
    do: str
    where: str

    def __str__(self) -> str:
        """The four lines."""
        return "\n".join(f"{name}: {line}" for name, line in self.lines().items())

    def lines(self) -> dict[str, str]:
        """Each in one line, whatever is said in it."""
        return {name: " ".join(text.split()) for name, text in self._asdict().items()}


def notice_of_task(context: "Context", problem: BaseException | None) -> Notice:
    """Of a task that ended with this error; None: it was killed before it could say anything.

    Of an error that is not ours only the type is told: its message may hold anything.
    """
    ti = context["ti"]
    index = -1 if ti.map_index is None else ti.map_index
    label = str(getattr(context.get("task"), "map_label", "")) or (str(index) if index >= 0 else "")
    what = f"{ti.dag_id}: {ti.task_id}{f' ({label})' if label else ''} failed in try {ti.try_number}"
    page = page_of(ti.dag_id, ti.run_id, ti.task_id, index)
    if isinstance(problem, ColophonError):
        evidence = f" ({problem.evidence})" if problem.evidence else ""
        place = " ".join(part for part in (problem.system, problem.operation, problem.subject) if part)
        do = IN_VAIN if problem.advice.startswith(NOTHING) and is_last_try(context, problem) else problem.advice
        return Notice(what, f"{problem.sentence}{evidence}", do, ", ".join(filter(None, (place, problem.code, page))))
    if problem is None:
        why = "its process ended without a word: killed, out of memory, or its machine is gone"
        return Notice(what, why, "Look at the worker, then clear the task: nothing goes twice.", page)
    return Notice(what, f"unforeseen: {type(problem).__name__}", "Read the task's log; what was changed last is the likely cause.", page)


def page_of(dag_id: str, run_id: str, task_id: str = "", map_index: int = -1) -> str:
    """Address of a run in the Airflow UI, or of a task of it."""
    run = f"{str(conf.get('api', 'base_url', fallback='')).rstrip('/')}/dags/{quote(dag_id)}/runs/{quote(run_id, safe='')}"
    task = f"{run}/tasks/{quote(task_id)}" if task_id else run
    return f"{task}/mapped/{map_index}" if map_index >= 0 else task
