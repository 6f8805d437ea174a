"""
# Rights and royalty exchange

**What and for whom.** Finance gets contract terms, royalty rates and what approved statements owe; rights platforms get grants
and licences. Payments and availability come back, are compared with ours, and payments are told to Consonance.

**When.** Nightly at 03:30 London time, after the catalogue. By hand at any time; *dry run* shows what would be sent and taken.

**What it reads, decides and sends.** Royalty terms, head grants and licences from Consonance; statements that have left from the
ledger; each recipient of exchange.yaml gets the kinds that are listed there, when they changed. What comes back is matched with
what we told: a payment that no statement owes, another amount, a statement that nobody paid, a territory that the platform opens
and Consonance does not, are exceptions without amounts. exchange.yaml says who wins. A payment is known by finance's reference,
whatever event it comes with; it settles the oldest open statement of its amount, and one beyond what is owed is an exception.
Licences without a contract travel with none, and are named as exceptions.

**When it is run again** nothing is sent twice: terms go when they changed, a statement's obligation goes once, and each event
that came in is dealt with once. Terms that waited and are told by nobody any more are withdrawn.

**When it fails.** A recipient's trouble stops no other. *take* works through what is in the inbox whatever became of *poll*.
Every task can be cleared. Differences: `colophon ledger exceptions`.
"""

from typing import TYPE_CHECKING

from airflow.sdk import TriggerRule

from colophon_airflow.dag_defaults import use_case_dag
from colophon_airflow.groups import send_events
from colophon_airflow.operators.decide import DecideOperator
from colophon_airflow.operators.inbox import InboxDecideOperator
from colophon_airflow.operators.report import ReportOperator
from colophon_airflow.systems.consonance.operators import ConsonanceDeliverOperator
from colophon_airflow.systems.xconnector.operators import XConnectorPollOperator

if TYPE_CHECKING:
    from colophon.blocks.inbound import Inbound
    from colophon.blocks.use_case import UseCase


def case() -> "UseCase":
    """The decision about what goes out, loaded when a task runs."""
    from colophon.use_cases.xconnector.rights_royalty_exchange import CASE

    return CASE


def back() -> "Inbound":
    """The decision about what comes back."""
    from colophon.use_cases.xconnector.exchange_inbound import BACK

    return BACK


@use_case_dag("30 3 * * *", owner="royalties", tags=["royalties", "nightly"])
def rights_royalty_exchange() -> None:
    """Consonance and the ledger -> finance and rights platforms -> back."""
    decide = DecideOperator(task_id="decide", case=case)
    sent = send_events(decide.output)
    poll = XConnectorPollOperator(task_id="poll", trigger_rule=TriggerRule.ALL_DONE)
    take = InboxDecideOperator(task_id="take", case=back)
    report = ReportOperator(task_id="report")
    sent >> poll >> take >> ConsonanceDeliverOperator(task_id="write_back") >> report
    [decide, sent, poll] >> report  # *take* runs whatever became of them, and a run in which they failed is red
