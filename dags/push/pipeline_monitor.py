"""
# Pipeline monitor

**What and for whom.** Managers hear with high priority of what stops publication: a title that may miss, will miss or has missed its day;
a stage for which more than so many titles wait for longer than so many days; rights that are missing or end near publication. Each says
the day, formats, territories, and what holds it; when it is over, one all-clear says so.

**When.** Every 15 minutes, from 7 to 19 London time. By hand with the form; *dry run* shows how many would be told.

**What it reads, decides and sends.** To-dos, products, teams, contracts, grants and licences from Consonance. What is late is counted back
from the day of publication in working days (`pipeline_monitor.yaml`: how long stages take, when something is at risk, who is told). Rights
are the rights engine's answer for that day. Trouble is told when two runs one after the other have seen it, and is over when the stage is
done, or after four hours without it. Of one trouble no more than two messages go in a day; after these the last word is said. A date that
has passed is told once, and to those above, too. Alerts go through OpenText Push, and die after half a day.

**When it is run again** - cleared, rerun, twice at once - nobody is told twice. A backfill tells nobody: its news is old.

**When it fails.** The log ends with what is wrong and what to do. Without to-dos or rights from any source the run is red. Every task can
be cleared at any time; what a failed run did not tell, the next one tells, if it still holds.
"""

from typing import TYPE_CHECKING

from colophon_airflow.dag_defaults import mapped, use_case_dag
from colophon_airflow.groups import PEOPLE, tell_people
from colophon_airflow.operators.pipeline import LateRightsOperator
from colophon_airflow.operators.rights import RightsExtractOperator

if TYPE_CHECKING:
    from colophon.blocks.use_case import UseCase


def case() -> "UseCase":
    """The decision, loaded when a task runs."""
    from colophon.use_cases.push.pipeline_monitor import CASE

    return CASE


@use_case_dag("*/15 7-19 * * *", owner="operations", tags=["milestones", "rights"], params={"people": PEOPLE})
def pipeline_monitor() -> None:
    """Consonance -> rights engine and stages -> managers."""
    extract = RightsExtractOperator(task_id="extract", case=case)
    late = mapped(LateRightsOperator, "late").expand(batch=extract.output)
    tell_people(case, late.output)
