"""
# Distribution status

**What and for whom.** A title was approved for release, updated in metadata, delivered to a recipient, refused by one, or withdrawn: sales,
marketing and operations hear of it, by channel; of a refusal with the recipient's reason and the role that mends it.

**When.** Every half hour from 7 to 19 London time. By hand with the form; *dry run* shows how many would be told.

**What it reads, decides and sends.** Deliveries of the nightly metadata syndication in the ledger, released to-dos, teams and titles from
Consonance. All about one title is one push. More titles than `distribution_status.yaml` says are told by channel and imprint; refused ones,
and those on its watch list, each all the same. That a recipient has a title is told once, when it takes it.

**When it is run again** - cleared, rerun, twice at once - nobody is told twice. A backfill tells nobody: its news is old.

**When it fails.** The log ends with what is wrong and what to do. Every task can be cleared at any time; what a failed run did not tell,
the next one tells with what is new.
"""

from typing import TYPE_CHECKING

from colophon_airflow.dag_defaults import use_case_dag
from colophon_airflow.groups import PEOPLE, tell_people
from colophon_airflow.operators.distribution import DistributionDecideOperator

if TYPE_CHECKING:
    from colophon.blocks.use_case import UseCase


def case() -> "UseCase":
    """The decision, loaded when a task runs."""
    from colophon.use_cases.push.distribution_status import CASE

    return CASE


@use_case_dag("*/30 7-19 * * *", owner="sales", tags=["distribution"], params={"people": PEOPLE})
def distribution_status() -> None:
    """Ledger and Consonance -> what became of titles -> people."""
    tell_people(case, decide_by=DistributionDecideOperator)
