"""What a run could not be told by the account or its reports: one exception for operations, and no green run."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from colophon_airflow.retry import is_last_try
from colophon_airflow.run import run_times
from colophon_airflow.settings import open_ledger

if TYPE_CHECKING:
    from airflow.sdk import Context

    from colophon.blocks.use_case import Needs
    from colophon.errors import ColophonError

DESTINATION = "sources"
"""Where the ledger keeps these exceptions."""


def check_sources(context: "Context", needs: "Needs", conn_id: str, sources: Mapping[str, str]) -> None:
    """Hold what a run was told against what its use case needs, and remember what was told.

    :raises NotReadyError: a fact that the use case needs, or had before, is told nowhere.
    """
    from colophon.errors import NotReadyError
    from colophon.readiness import REMEDY, UNTOLD, untold

    as_of, memory = run_times(context).as_of, f"sources:{conn_id}"
    told = {fact: {"from": source, "on": f"{as_of:%Y-%m-%d}"} for fact, source in sources.items() if source not in UNTOLD}
    with open_ledger() as ledger:
        kept = ledger.memory.get(memory)
        seen: dict[str, dict[str, str]] = dict(kept[0]) if kept else {}
        if kept is None or kept[1] <= as_of:
            ledger.memory.put(memory, {**seen, **told}, as_of)
    finding = untold(needs, sources, seen)
    if finding is not None:
        raise NotReadyError(finding.found, system="consonance", operation="reports", remedy=REMEDY)


@contextmanager
def being_told(context: "Context", use_case_id: str) -> Iterator[None]:
    """Reading what a use case decides by: what cannot be had is an exception once nobody tries again, and closes when it can."""
    from colophon.errors import ColophonError

    try:
        yield
    except ColophonError as problem:
        if is_last_try(context, problem):
            record_untold(context, use_case_id, problem)
        raise
    record_untold(context, use_case_id, None)


def record_untold(context: "Context", use_case_id: str, problem: "ColophonError | None") -> None:
    """Open the exception that facts cannot be had (other errors are none of it), or close it where all is told; not in a dry run."""
    from colophon.errors import BadReportError, NotReadyError
    from colophon.readiness import SUBJECT, not_told

    is_ours = problem is None or isinstance(problem, NotReadyError | BadReportError)
    if not is_ours or context["params"].get("dry_run"):
        return
    findings = [] if problem is None else [not_told([problem.sentence])]
    with open_ledger() as ledger:
        ledger.exceptions.record(use_case_id, DESTINATION, [SUBJECT], findings, as_of=run_times(context).as_of)
