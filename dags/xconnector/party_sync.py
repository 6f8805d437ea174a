"""
# Party sync

**What and for whom.** Authors, editors, translators and vendors are the same in Consonance, CRM and MDM: addresses, identifiers, vendor
status. Rights and finance people decide what no rule may: who is likely the same, and whether a bank account has really changed.

**When.** Nightly at 04:15 London time. By hand at any time; *dry run* shows how many would be told and what would be taken.

**What it reads, decides and sends.** All contacts from Consonance go to the systems that `routes.yaml` names, when something of
them has changed. What these say comes by the inbox. A party is matched by ISNI, VAT number or our own numbers where its name
fits; a name with an address or an e-mail is only proposed, and one with another name under the same identifier is an exception.
`ownership.yaml` says who owns which field: its owner's value is taken over, and one that gave way is listed. Tax and bank details are kept
sealed, never leave us, and go to Consonance once two persons have agreed on the desk. A vendor that is blocked is named with its open
orders; who is deleted elsewhere is named, and not deleted.

**When it is run again** nothing is told or taken twice: an event is dealt with once, and our own words that come back change nothing.

**When it fails.** Events wait until the next run; those that a person has to decide about are parked. Every task can be cleared. Without
`seal_key` in the connection, events with tax or bank details stay at the middleware.
"""

from typing import TYPE_CHECKING

from airflow.sdk import TriggerRule

from colophon_airflow.dag_defaults import use_case_dag
from colophon_airflow.groups import send_events
from colophon_airflow.operators.decide import DecideOperator
from colophon_airflow.operators.parties import PartyInboxOperator, PartyWriteBackOperator
from colophon_airflow.operators.report import ReportOperator
from colophon_airflow.systems.xconnector.operators import XConnectorPollOperator

if TYPE_CHECKING:
    from colophon.blocks.inbound import Inbound
    from colophon.blocks.use_case import UseCase


def case() -> "UseCase":
    """The decision about what goes out, loaded when a task runs."""
    from colophon.use_cases.xconnector.party_sync import CASE

    return CASE


def back() -> "Inbound":
    """The decision about what comes back."""
    from colophon.use_cases.xconnector.party_inbound import BACK

    return BACK


@use_case_dag("15 4 * * *", owner="rights", tags=["rights", "nightly"])
def party_sync() -> None:
    """The inbox -> Consonance, by the owner of each field -> CRM and MDM."""
    poll = XConnectorPollOperator(task_id="poll")
    take = PartyInboxOperator(task_id="take", case=back)
    write_back = PartyWriteBackOperator(task_id="write_back")
    decide = DecideOperator(task_id="decide", case=case, trigger_rule=TriggerRule.ALL_DONE)
    report = ReportOperator(task_id="report")
    poll >> take >> write_back >> decide
    [
        send_events(decide.output),
        poll,
        take,
        write_back,
    ] >> report  # what goes out does not wait for what came in, and a run in which that failed is red
