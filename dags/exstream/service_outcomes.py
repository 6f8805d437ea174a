"""
# Service outcomes

**What and for whom.** What customer service told customers about a title - a delay, out of stock, another format, a revised
date - is noted on the title in Consonance, with the case reference. What keeps happening to one title is raised to
its owner (`notices.yaml`, `recurring`).

**When.** On arrival of a record by webhook, and hourly. Each run fetches Exstream's outcomes by the ways that the connection has
switched on (`outcome_source`): webhooks (`/colophon/hooks/exstream`) are hints, the poll finds what never came.

**What it reads, decides and sends.** Outcome records of service letters from our inbox, and the titles they speak of. One note
for each case, title and issue, whichever way its records come; it says what happened, such as that the letter came back. What
becomes of the case later, and the customer's own answer, is one communication on the title, brought up to date: the answer is
personal, and stands in no log. The reason that somebody wrote stays out.
Records without ISBN, issue or case are parked and become exceptions. An issue with too many cases is an exception, which
closes itself when the cases stop.

**When it is run again** - cleared, rerun, or twice at once - nothing is noted twice.

**When it fails.** A failed *poll* does not hold up what came by webhook; the run ends red all the same. Clear it at any
time. Parked records: `docs/on-call.md`.
"""

from typing import TYPE_CHECKING

from colophon_airflow.dag_defaults import use_case_dag
from colophon_airflow.groups import take_events
from colophon_airflow.inbound.trigger import inbox_asset
from colophon_airflow.systems.opentext_exstream.operators import OpentextExstreamPollOperator

if TYPE_CHECKING:
    from colophon.blocks.inbound import Inbound


def case() -> "Inbound":
    """The decision, loaded when a task runs."""
    from colophon.use_cases.exstream.service_outcomes import CASE

    return CASE


@use_case_dag(
    "20 * * * *",
    owner="operations",
    wakes=[inbox_asset("exstream__service_outcomes", ["exstream.service_outcome"])],
    polls=True,
)
def service_outcomes() -> None:
    """Exstream and webhooks -> inbox -> notes in Consonance."""
    take_events(case, OpentextExstreamPollOperator(task_id="poll"))
