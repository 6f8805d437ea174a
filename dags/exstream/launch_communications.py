"""
# Launch communications

**What and for whom.** Retailers, contributors and others hear of a title's launch as its plan says, each step on its day before or after
publication; and whoever was told a date that holds no more gets the new one. Nobody sells ahead by an old date.

**When.** Daily at 08:00 London time. By hand with the form: *late steps* that were missed and are to go now; *dry run* shows what would go
and sends nothing; with a changed plan under *try a plan* also what that plan would move, send at once and take back.

**What it reads, decides and sends.** Products, launches, to-dos, contracts, grants, licences and contacts from Consonance. Plans are files in
`launch_plans/`: each step with its offset, audience, template, formats and condition, and what happens when its day was missed (`late`). A
retailer without rights in its territories is left out, and so is whoever opted out. A format without a date waits. A title on hold tells
nothing; released, its plan goes on. A moved date moves what has not gone and corrects what has, once for each person; a cancelled title is
cancelled to those who were told. All that is due to one person on a day is one message.

**When it is run again** - cleared, rerun, twice at once - nothing is told twice. A backfill tells nobody.

**When it fails.** The log ends with what is wrong and what to do. Without rights or Exstream's answers nothing is decided; a step that was
missed by few days (`grace`) is in time still. Every task can be cleared at any time.
"""

from typing import TYPE_CHECKING

from airflow.sdk import Param

from colophon_airflow.dag_defaults import use_case_dag
from colophon_airflow.groups import send_and_follow_letters

if TYPE_CHECKING:
    from colophon.blocks.letters import Letters


def case() -> "Letters":
    """The decision, loaded when a task runs."""
    from colophon.use_cases.exstream.launch_communications import CASE

    return CASE


LATE = Param(
    None,
    type=["null", "array"],
    items={"type": "string"},
    title="Late steps",
    description="Missed steps to send now, as exceptions call them: work:9/arc.",
)
PLAN = Param(
    None,
    type=["null", "string"],
    format="multiline",
    title="Try a plan",
    description="A changed file of launch_plans/, to see what it would move, send and take back. Tick dry run too: nothing is sent.",
)


@use_case_dag("0 8 * * *", owner="marketing", tags=["daily"], params={"late": LATE, "plan": PLAN})
def launch_communications() -> None:
    """Consonance -> plans and rights engine -> Exstream -> Consonance."""
    send_and_follow_letters(case, "launch_message", by_rights=True)
