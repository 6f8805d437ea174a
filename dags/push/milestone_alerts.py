"""
# Milestone alerts

**What and for whom.** A manuscript reaches a critical stage: its editors, production managers and designers hear of it at once, on
phone and web: which title, which stage, who completed it, what is next and who owns that. Nobody has to ask around.

**When.** Five minutes past each hour, from 7 to 19 London time. By hand with the form; *dry run* shows how many would be told.

**What it reads, decides and sends.** To-dos that changed since the last run, teams and titles from Consonance. `milestones.yaml` says
which to-do is which stage, `milestone_alerts.yaml` which stages are told to whom. One push for each person and completion; a person with
many gets one digest. A stage that is undone before anybody was told is told to nobody; done again, it is told again.
A to-do text that no mapping knows is one exception. Whoever has no device is one, and the manager is told instead; where nobody of
a role can be reached, the desk.

**When it is run again** - cleared, rerun, twice at once - nobody is told twice. A backfill tells nobody: its news is old.

**When it fails.** The log ends with what is wrong and what to do. Without a source of to-dos the run is red: nobody would be told of
anything. *decide*, *deliver* and *await* can be cleared at any time; what a failed run did not tell, the next one tells.
"""

from typing import TYPE_CHECKING

from airflow.sdk import CronDataIntervalTimetable, dag

from colophon_airflow.dag_defaults import DRY_RUN, START, ZONE, task_defaults
from colophon_airflow.groups import PEOPLE, tell_people

if TYPE_CHECKING:
    from colophon.blocks.use_case import UseCase


def case() -> "UseCase":
    """The decision, loaded when a task runs."""
    from colophon.use_cases.push.milestone_alerts import CASE

    return CASE


@dag(
    dag_id="push__milestone_alerts",
    dag_display_name="Milestone alerts",
    doc_md=__doc__,
    schedule=CronDataIntervalTimetable("5 7-19 * * *", timezone=ZONE),
    start_date=START,
    catchup=False,  # a missed hour needs no run of its own: the next one reaches back to the last good one
    max_active_runs=1,
    tags=["push", "milestones", "hourly"],
    default_args=task_defaults("editorial"),
    params={"people": PEOPLE, "dry_run": DRY_RUN},
)
def milestone_alerts() -> None:
    """Consonance -> stages -> people."""
    tell_people(case)


milestone_alerts()
