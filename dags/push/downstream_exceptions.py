"""
# Downstream exceptions

**What and for whom.** When something fails at a counterpart - cover art is missing, metadata are rejected, a file does not
arrive - one task in Consonance says so, for that title and fault, to whoever mends it: the title's team has that role by kind of
fault, else the desk of the imprint (`notices.yaml`, also the due date by severity). A later success resolves the task.

**When.** On arrival of a notice by webhook, and every 10 minutes. Each run fetches what waits at the middleware: webhooks
(`/colophon/hooks/xconnector`) are hints, the poll finds what never came.

**What it reads, decides and sends.** `delivery.failure` and `delivery.recovered` events from our inbox, and the titles they speak
of. What a recipient rejects in its ONIX acknowledgement of a feed is one of them, until it takes a later feed of that title. A task is
open as long as one system says that the fault is there. Each system's newest word counts, by the time it states;
notices may come twice, late, and in any order. A notice that cannot be read, or whose ISBN Consonance does not have, is
parked and becomes an exception; one about a title that cannot be read waits until it can.

**When it is run again** - cleared, rerun, or twice at once - nothing is written twice: a task has one reference for ever.

**When it fails.** A failed *poll* does not hold up what came by webhook; the run ends red all the same. Clear it at any
time. Parked notices: `docs/on-call.md`.
"""

from typing import TYPE_CHECKING

from colophon_airflow.dag_defaults import use_case_dag
from colophon_airflow.groups import take_events
from colophon_airflow.inbound.trigger import inbox_asset
from colophon_airflow.systems.xconnector.operators import XConnectorPollOperator

if TYPE_CHECKING:
    from colophon.blocks.inbound import Inbound


def case() -> "Inbound":
    """The decision, loaded when a task runs."""
    from colophon.use_cases.push.downstream_exceptions import CASE

    return CASE


@use_case_dag(
    "*/10 * * * *",
    owner="operations",
    tags=["metadata"],
    wakes=[inbox_asset("push__downstream_exceptions", ["*delivery.failure.v1", "*delivery.recovered.v1"])],
    polls=True,
)
def downstream_exceptions() -> None:
    """XConnector and webhooks -> inbox -> tasks in Consonance."""
    take_events(case, XConnectorPollOperator(task_id="poll"))
