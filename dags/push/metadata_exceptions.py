"""
# Metadata exceptions

**What and for whom.** Titles that are about to go out and miss or contradict what the metadata rules ask for: the metadata specialist of the
title hears of each new fault once, with title, ISBN, the fields, and the recipients that do not get it. What is still open on the next day
stands in one daily digest, oldest first. Without a specialist the imprint's desk hears, and without one operations.

**When.** Hourly from 7 to 19 London time, at twenty past. By hand with the form; *dry run* shows how many would be told.

**What it reads, decides and sends.** It is the gate of the nightly feed: the same products, rights and rules, asked and not acted on, under
the same ids, for all recipients. Of titles that have not changed since the last night it takes what that night kept back. What is
incomplete and keeps nothing back is told from so many days before publication on (`metadata_exceptions.yaml`). A person with many gets one
digest, grouped by fault. Mended faults are forgotten; with `all_clear` that is said. Notices go through OpenText Push.

**When it is run again** - cleared, rerun, twice at once - nobody is told twice. A backfill tells nobody: its news is old.

**When it fails.** The log ends with what is wrong and what to do; without rights from any source the run is red, as the nightly feed is.
Every task can be cleared at any time; what a failed run did not tell, the next one tells, if it still holds.
"""

from typing import TYPE_CHECKING

from colophon_airflow.dag_defaults import mapped, use_case_dag
from colophon_airflow.groups import PEOPLE, tell_people
from colophon_airflow.operators.availability import RightsJudgeOperator
from colophon_airflow.operators.metadata_gate import GateExtractOperator, MetadataExceptionsOperator, MetadataGateOperator, nightly
from colophon_airflow.operators.rights import RightsExtractOperator

if TYPE_CHECKING:
    from colophon.blocks.use_case import UseCase


def case() -> "UseCase":
    """The decision, loaded when a task runs."""
    from colophon.use_cases.push.metadata_exceptions import CASE

    return CASE


@use_case_dag("20 7-19 * * *", owner="metadata", tags=["metadata", "hourly"], params={"people": PEOPLE})
def metadata_exceptions() -> None:
    """Consonance -> rights and rules of the nightly feed -> people."""
    rights = RightsExtractOperator(task_id="rights", case=case)
    judge = mapped(RightsJudgeOperator, "judge", case=nightly).expand(batch=rights.output)
    extract = GateExtractOperator(task_id="extract", judged=judge.output)
    gate = mapped(MetadataGateOperator, "gate").expand(batch=extract.output)
    tell_people(case, gate.output, decide_by=MetadataExceptionsOperator)
