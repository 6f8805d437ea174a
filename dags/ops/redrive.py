"""
# Redrive

**What and for whom.** After the cause of failures is mended, operations send again what failed: many at once, by a filter, and with
a look before anything goes.

**When.** By hand, with the form; it has no schedule. Name at least one of use case, destination, title, error and time.

**What it reads, decides and sends.** Deliveries that failed or were left out; with *unknown* also those of which nobody knows. It shows how
many there are and five examples, and a person confirms. What something newer has overtaken does not go, and the newer revision is
named; nor what a later run no longer wants. The others wait, and the next run of their own use case sends them, once each, at the pace
that the recipient allows, unless its decision does not want them any more. What a counterpart may do twice (class D) needs a reason, and a
second person's look.

**When it is run again** it finds what failed by then; what waits or went is not found. A cleared task changes nothing twice.

**When it fails.** *select* red: a name that the ledger does not know (the nearest is named), nothing matches, or class D without a reason.
Nobody answered: nothing goes; clear *approve* to be asked again.
"""

from datetime import timedelta

from airflow.sdk import Param

from colophon_airflow.dag_defaults import use_case_dag
from colophon_airflow.operators.approval import AskOperator, SecondAskOperator
from colophon_airflow.operators.redrive import SHOWN, SelectFailedOperator, SendAgainOperator


def text(title: str, description: str) -> Param:
    """A field that may stay empty."""
    return Param(None, type=["null", "string"], title=title, description=description)


def moment(title: str) -> Param:
    """A moment that may stay empty; of the last change of a delivery."""
    return Param(None, type=["null", "string"], format="date-time", title=title)


@use_case_dag(
    None,
    owner="operations",
    asks_people=True,
    params={
        "use_case": text("Use case", "Such as xconnector__metadata_syndication; empty: all."),
        "destination": text("Destination", "Such as a recipient's id; empty: all."),
        "title": text("Title", "ISBN, or words of the title; empty: all."),
        "error": text("Error", "The code that the delivery failed with, such as refused.invalid; empty: any."),
        "since": moment("Failed since"),
        "until": moment("Failed before"),
        "unknown": Param(
            default=False, type="boolean", title="Also unknown", description="Also those of which nobody knows what became of them."
        ),
        "reason": text("Reason", "Why they may go again; needed for what a counterpart may do twice."),
    },
)
def redrive() -> None:
    """A filter -> a person, and where it may happen twice another one -> the next run of the use case."""
    subject, soon = "Send {{ ti.xcom_pull(task_ids='select').count }} failed deliveries again", timedelta(seconds=10)
    select = SelectFailedOperator(task_id="select")
    approve = AskOperator(task_id="approve", subject=subject, body=SHOWN, retry_delay=soon)
    again = SecondAskOperator(
        task_id="approve_again",
        balance_task="select",
        first_task="approve",
        subject=f"{subject}: a second look",
        body=SHOWN,
        retry_delay=soon,
    )
    select >> approve >> again >> SendAgainOperator(task_id="send_again")
