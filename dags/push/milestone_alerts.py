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

from colophon_airflow.dag_defaults import use_case_dag
from colophon_airflow.groups import PEOPLE, tell_people

if TYPE_CHECKING:
    from colophon.blocks.use_case import UseCase


def case() -> "UseCase":
    """The decision, loaded when a task runs."""
    from colophon.use_cases.push.milestone_alerts import CASE

    return CASE


@use_case_dag("5 7-19 * * *", owner="editorial", tags=["milestones", "hourly"], params={"people": PEOPLE})
def milestone_alerts() -> None:
    """Consonance -> stages -> people."""
    tell_people(case)
