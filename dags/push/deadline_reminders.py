"""
# Deadline reminders

**What and for whom.** Approvals and tasks that are due soon or overdue (jacket approval, page proof review, audio master sign-off): whoever
has to decide is reminded 7, 3, 1 and 0 working days before, then on each working day; from the third day overdue on the manager hears as well.

**When.** On weekdays at 07:00 London time; on a holiday of the imprint's calendar nobody of that imprint is reminded. By hand with the
form; *dry run* shows how many would be.

**What it reads, decides and sends.** Open to-dos, teams and titles from Consonance. `deadline_reminders.yaml` says who is reminded of which
task - the assignee, a role, the team, people of an imprint - and `calendars.yaml` when they work. A task that waits for another one reminds
whoever has the first of the chain, and says what waits; a circle is an exception. Somebody with more than one gets one message, the most urgent first.

**When it is run again** - cleared, rerun, twice at once - nobody is reminded twice of one threshold. A day that was missed is made up by the
nearest threshold alone; another due date starts over. A backfill reminds nobody.

**When it fails.** The log ends with what is wrong and what to do. Without a source of to-dos the run is red: nobody would be reminded of
anything. *decide*, *deliver* and *await* can be cleared at any time; what has not gone by the next run is judged anew.
"""

from typing import TYPE_CHECKING

from colophon_airflow.dag_defaults import use_case_dag
from colophon_airflow.groups import PEOPLE, tell_people

if TYPE_CHECKING:
    from colophon.blocks.use_case import UseCase


def case() -> "UseCase":
    """The decision, loaded when a task runs."""
    from colophon.use_cases.push.deadline_reminders import CASE

    return CASE


@use_case_dag("0 7 * * 1-5", owner="production", tags=["deadlines", "daily"], params={"people": PEOPLE})
def deadline_reminders() -> None:
    """Consonance -> tasks that are due -> people."""
    tell_people(case)
