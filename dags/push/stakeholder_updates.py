"""
# Stakeholder updates

**What and for whom.** Authors, agents, translators, proofreaders and others outside hear of milestones of their own titles: contract
approved, manuscript received, proofs available, publication confirmed or moved. By push, else by e-mail, in their language.

**When.** Ten minutes past each hour, from 8 to 18 London time. By hand with the form; *dry run* shows how many would be told.

**What it reads, decides and sends.** To-dos, products, contracts, teams, launches and the wishes of contacts from Consonance. Who outside
works on a title: its contributors, and who `stakeholder_updates.yaml` names. Only fields of its allow-list are said; before a title is
announced only its code name. Without recorded consent somebody hears nothing, and that is an exception (N5); an opt-out holds at once, also
for what was planned. The link leads to a page with that milestone alone, which is over after two weeks, after an opt-out, and for whoever
has left the title (`docs/use-cases/stakeholders.md`). Who is in the title's team hears as the house does, and not here.

**When it is run again** - cleared, rerun, twice at once - nobody is told twice. A backfill tells nobody: its news is old. The first run
tells nobody of what was so before.

**When it fails.** The log ends with what is wrong and what to do. Without to-dos, or if no source tells who consents, the run is red. Every
task can be cleared at any time; what a failed run did not tell, the next one tells.
"""

from typing import TYPE_CHECKING

from colophon_airflow.dag_defaults import use_case_dag
from colophon_airflow.groups import PEOPLE, tell_people
from colophon_airflow.operators.stakeholders import StakeholderDecideOperator

if TYPE_CHECKING:
    from colophon.blocks.use_case import UseCase


def case() -> "UseCase":
    """The decision, loaded when a task runs."""
    from colophon.use_cases.push.stakeholder_updates import CASE

    return CASE


@use_case_dag("10 8-18 * * *", owner="editorial", tags=["milestones", "hourly"], params={"people": PEOPLE})
def stakeholder_updates() -> None:
    """Consonance -> milestones -> people outside, with their pages."""
    tell_people(case, decide_by=StakeholderDecideOperator)
