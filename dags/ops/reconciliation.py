"""
# Reconciliation

**What and for whom.** What the ledger believes is compared with what counterparts really hold: operations learn of a product that somebody
opened in the portal by hand, of a video's rules or film that were changed, of a field of ours that was overwritten in Consonance, of a message
that somebody stopped at the middleware.

**When.** Nightly at 05:15 London time, before what follows rights puts it right. By hand with the form.

**What it reads, decides and sends.** From the portal where each product is open, from the video library the rules of each video and the films that we gave it, from
Consonance what stands under our own references, from xConnector and OpenText Push what became of messages of the last days. Exstream
keeps no letter that could be read: what became of one is told once. Each difference is an exception with ours, theirs, when, and who should act; the report and its
trend by week are on the desk. One that cannot be read is *not compared*, which is never *equal*: what differed before stays open. It
sends nothing, unless *repair Consonance* is ticked: then exactly what the newest report names there is written again, under our references, so
that it is there once. Portal and the library's rules are put right by the next run of their own use cases.

**When it is run again** the newest comparison counts. A repair that is asked for twice writes what is there already, which changes nothing.

**When it fails.** A counterpart that is away makes no task red: the exception NOT-COMPARED names it. *repair* red: Consonance did not take
it; clear the task.
"""

from airflow.sdk import Param

from colophon_airflow.dag_defaults import use_case_dag
from colophon_airflow.operators.reconciliation import (
    CompareConsonanceOperator,
    CompareLibraryOperator,
    CompareMessagesOperator,
    CompareMiddlewareOperator,
    ComparePortalOperator,
    RepairConsonanceOperator,
)

REPAIR = Param(
    default=False, type="boolean", title="Repair Consonance", description="Write again what the newest report says differs in Consonance."
)


@use_case_dag("15 5 * * *", owner="operations", tags=["nightly"], params={"repair_consonance": REPAIR})
def reconciliation() -> None:
    """Each counterpart by itself; what is asked for is repaired before Consonance is compared again."""
    ComparePortalOperator(task_id="portal")
    CompareLibraryOperator(task_id="library")
    CompareMiddlewareOperator(task_id="xconnector")
    CompareMessagesOperator(task_id="push")
    RepairConsonanceOperator(task_id="repair") >> CompareConsonanceOperator(task_id="consonance")
