"""
# Milestone letters

**What and for whom.** Contributors hear that their contract is signed, that their manuscript has arrived or is approved, and that
publication is put off; and they are asked what a stage asks for. In the template of the imprint, in their language, with the legal text of
their country, by e-mail, print or web.

**When.** Daily at 07:30 London time. By hand with the form; *dry run* shows in the log what would go and sends nothing.

**What it reads, decides and sends.** To-dos, contracts, titles with their contributors, and contacts from Consonance; answers from Exstream.
`milestone_letters.yaml` says which stage writes to whom by which template, `letters.yaml` has the legal texts: without one for the reader's
country no letter goes, and that is an exception. A delay of more than the days named there is told with the old and the new date; it is
counted from the date that the reader was told last, so that slips add up and a second delay is a second letter. Somebody in two roles gets
one letter. A template's new version is for letters from then on. Each step is recorded on the project and its contract.

**When it is run again** - cleared, rerun, twice at once - nothing is sent twice. What was undone before it went does not go. A backfill
sends nothing.

**When it fails.** The log ends with what is wrong and what to do. While Exstream's answers cannot be read nothing is decided. Without a
source of to-dos the run is red; without contracts nobody is thanked for one. Every task can be cleared at any time.
"""

from typing import TYPE_CHECKING

from colophon_airflow.dag_defaults import use_case_dag
from colophon_airflow.groups import send_and_follow_letters

if TYPE_CHECKING:
    from colophon.blocks.letters import Letters


def case() -> "Letters":
    """The decision, loaded when a task runs."""
    from colophon.use_cases.exstream.milestone_letters import CASE

    return CASE


@use_case_dag("30 7 * * *", owner="editorial", tags=["milestones", "daily"])
def milestone_letters() -> None:
    """Consonance -> letters -> Exstream -> answers -> Consonance."""
    send_and_follow_letters(case, "milestone_letter")
