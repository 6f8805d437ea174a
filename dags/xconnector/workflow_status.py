"""
# Workflow status

**What and for whom.** BI, PMO and reporting hear what becomes of each title's stages: manuscript accepted, copyedit complete, cover
approved, files delivered, title delayed. Their reports follow Consonance, title by title and in order.

**When.** Every 15 minutes, London time. By hand at any time; *dry run* shows how many events would go.

**What it reads, decides and sends.** To-dos that changed since the last run, and their works. `milestones.yaml` says which to-do is
which stage, `routes.yaml` who is told of titles of which imprints. One event for each stage that was done, undone, done again or
delayed; of a title that was cancelled or deleted, that it was. A new destination with `history_from` is first told what was before.
An account that tells only the newest revision of a to-do tells nothing of what lay between two runs: nothing is made up, and the
delivery's label `unseen` says how many revisions that were.

**When it is run again** - cleared, rerun, twice at once - nothing goes twice: each to-do is compared with what was told of it.

**When it fails.** A destination that is down keeps its events, in order, and stops no other; the next run delivers. Every task can be
cleared. Without a source of to-dos the run is red.
"""

from typing import TYPE_CHECKING

from colophon_airflow.dag_defaults import use_case_dag
from colophon_airflow.groups import tell_systems

if TYPE_CHECKING:
    from colophon.blocks.use_case import UseCase


def case() -> "UseCase":
    """The decision, loaded when a task runs."""
    from colophon.use_cases.xconnector.workflow_status import CASE

    return CASE


@use_case_dag("*/15 * * * *", owner="operations", tags=["milestones", "frequent"])
def workflow_status() -> None:
    """Consonance -> stages -> BI, PMO, reporting."""
    tell_systems(case)
