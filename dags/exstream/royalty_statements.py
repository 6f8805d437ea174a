"""
# Royalty statements

**What and for whom.** Computes a period's royalties from Consonance's sales, terms and payments, compares them with
Consonance's own totals, lets a person approve them, and sends every payee a statement through Exstream: by print, e-mail or
secure web, with the template and compliance text of author group, country and imprint.

**When.** At six on the first of March and September, for the half year that ended last. By hand with the form: *period*
(`2026H1`, `2026Q2`, `2026`), *policy* (a name in royalties.yaml) and *shards* (how many tasks compute; the result is the same).

**What it reads, decides and sends.** What cannot be read and what no statement can have is an exception; a line in suspense
holds its account back, and so does anything else that is doubtful of it (`HOLD-...`): the others go on. When all control totals
hold, the run waits for approval: *approve* shows what is held, identities, and where the report with the amounts is; above
`second_approval_above` of royalties.yaml a second person is asked, *approve_again*. Rejecting ends the run with nothing sent.
After approval the statements are entered in the ledger, sent in batches, and followed until each has an outcome; Consonance is told.

**When it is run again** no statement is made twice: an account that is approved for a period stays as it was approved, and
what has gone does not go again. What was mended since then goes out. A correction is a reversal and a new row in the next period.

**When it fails.** *balance* stops the run before approval and names the identity and the rows; the report says by how much.
*await* and *report* are red when a statement reached nobody: each is an exception with its remedy. Every task can be cleared.
"""

from datetime import timedelta
from typing import TYPE_CHECKING

from airflow.sdk import Param

from colophon_airflow.dag_defaults import mapped, use_case_dag
from colophon_airflow.groups import send_letters
from colophon_airflow.operators.approval import AskOperator, SecondAskOperator
from colophon_airflow.operators.approval_page import SHOWN
from colophon_airflow.operators.royalties import RoyaltyBalanceOperator, RoyaltyComputeOperator, RoyaltyExtractOperator
from colophon_airflow.operators.royalty_statements import RoyaltyIssueOperator, RoyaltyReconcileOperator, RoyaltyReportOperator
from colophon_airflow.systems.consonance.operators import ConsonanceWriteBackOperator

if TYPE_CHECKING:
    from colophon.blocks.use_case import Needs


def needs() -> "Needs":
    """What Consonance is told, loaded when a task runs."""
    from colophon.use_cases.exstream.royalty_statements import NEEDS

    return NEEDS


@use_case_dag(
    "0 6 1 3,9 *",
    owner="royalties",
    tags=["royalties"],
    asks_people=True,
    params={
        "period": Param(
            None, type=["null", "string"], title="Period", description="2026H1, 2026Q2 or 2026; empty: the half year that ended last."
        ),
        "policy": Param("standard", type="string", title="Policy", description="A name in royalties.yaml."),
        "shards": Param(4, type="integer", minimum=1, maximum=256, title="Shards", description="Tasks that compute at the same time."),
    },
)
def royalty_statements() -> None:
    """Consonance -> engine -> a person -> Exstream -> Consonance."""
    extract = RoyaltyExtractOperator(task_id="extract")
    compute = mapped(RoyaltyComputeOperator, "compute").expand(shard=extract.output)
    balance = RoyaltyBalanceOperator(task_id="balance", results=compute.output)
    # An answer within a second of the question can be lost in Airflow's own bookkeeping: then it is asked again soon.
    asked = "Royalty statements {{ ti.xcom_pull(task_ids='balance').period }}"
    soon = timedelta(seconds=10)
    approve = AskOperator(task_id="approve", subject=asked, body=SHOWN, retry_delay=soon)
    approve_again = SecondAskOperator(
        task_id="approve_again",
        balance_task="balance",
        first_task="approve",
        subject=f"{asked}: second approval",
        body=SHOWN,
        retry_delay=soon,
    )
    issue = RoyaltyIssueOperator(task_id="issue", balance_task="balance")

    reconcile = RoyaltyReconcileOperator(task_id="reconcile")
    write_back = ConsonanceWriteBackOperator(task_id="write_back", case=needs)
    report = RoyaltyReportOperator(task_id="report", balance_task="balance", reconcile_task="reconcile")
    balance >> approve >> approve_again >> issue
    [issue, send_letters(needs, issue.output, "royalty_statement")] >> reconcile >> write_back >> report
