"""
# Launch milestones

**What and for whom.** Marketing automation and campaign planning follow what is really done: announcement, pre-order and launch of each
format begin when it is ready for that, and hold while something is missing. No campaign runs ahead of its cover or its metadata.

**When.** Hourly, at twenty past, London time. By hand at any time; *dry run* shows how many would be told.

**What it reads, decides and sends.** All to-dos, works and launches from Consonance, and what the nightly syndication keeps back.
`launches.yaml` says what begins a stage and what it needs, `routes.yaml` who is told of titles of which imprints. Each format has one
state at a campaign system: the stage that has begun, or a hold with the list of what is missing; a format that was cancelled or deleted, or
has another ISBN by now, ends its campaign. A title put off holds until its publication is scheduled anew, and one whose cover was withdrawn until there is another. Only a state other than the one that the system has is told.

**When it is run again** nothing goes twice: the state is compared with what the system has.

**When it fails.** What waits goes with the next run, and not at all where it is out of date by then. Every task can be cleared.
Without a source of to-dos the run is red.
"""

from typing import TYPE_CHECKING

from colophon_airflow.dag_defaults import use_case_dag
from colophon_airflow.groups import tell_systems

if TYPE_CHECKING:
    from colophon.blocks.use_case import UseCase


def case() -> "UseCase":
    """The decision, loaded when a task runs."""
    from colophon.use_cases.xconnector.launch_milestones import CASE

    return CASE


@use_case_dag("20 * * * *", owner="marketing", tags=["launches", "hourly"])
def launch_milestones() -> None:
    """Consonance -> what has begun, what is missing -> campaign systems."""
    tell_systems(case)
