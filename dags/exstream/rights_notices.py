"""
# Letters about licences

**What and for whom.** Licensees get a renewal notice before their licence ends, a confirmation when a licence is signed, and
a permission letter where it is a permission; by e-mail, print or web, as they prefer. What becomes of each letter, and the
words of an answer, is recorded on the contract.

**When.** Daily at 07:00 London time. By hand with the form; *dry run* shows in the log what would go and sends nothing.

**What it reads, decides and sends.** Outbound licences and contacts from Consonance. A renewal notice goes once for each end
date, within the days that `rights_notices.yaml` names; a confirmation or permission once for each deal, soon after signing.
Terminated licences get none, nor do those carried on: by a licence that gives at least the same, from the next day. A licensee
without an address is an exception, and so is a letter that came back: it does not go again, the rights manager tells the licensee otherwise.
Letters go through Exstream in batches; outcomes and responses are written back to Consonance, or into the write-back tray.

**When it is run again** - cleared, rerun, twice at once - nothing is sent twice. A backfill of past days sends nothing.

**When it fails.** The task's log ends with a summary: counts by outcome, the first refusals, and what to do.
*await* fails where letters of a batch did not leave; it names them. Outcomes are written back by the next run all the same.
"""

from typing import TYPE_CHECKING

from airflow.sdk import TriggerRule

from colophon_airflow.dag_defaults import use_case_dag
from colophon_airflow.groups import send_letters
from colophon_airflow.operators.report import ReportOperator
from colophon_airflow.operators.rights import RightsExtractOperator
from colophon_airflow.systems.consonance.operators import ConsonanceWriteBackOperator
from colophon_airflow.systems.opentext_exstream.operators import LettersOperator

if TYPE_CHECKING:
    from colophon.blocks.letters import Letters


def case() -> "Letters":
    """The decision, loaded when a task runs."""
    from colophon.use_cases.exstream.rights_notices import CASE

    return CASE


@use_case_dag("0 7 * * *", owner="rights", tags=["rights", "daily"])
def rights_notices() -> None:
    """Consonance -> letters -> Exstream -> Consonance."""
    extract = RightsExtractOperator(task_id="extract", case=case)
    decide = LettersOperator(task_id="decide", case=case, batches=extract.output)
    sent = send_letters(case, decide.output, "rights_notice")
    write_back = ConsonanceWriteBackOperator(task_id="write_back", case=case, trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS)
    [decide, sent] >> write_back
    [sent, write_back] >> ReportOperator(task_id="report")  # a run in which letters did not leave is red, whatever was written back
