"""
# Service outcomes

**What and for whom.** What customer service told customers about a title - a delay, out of stock, another format, a revised
date - is noted on the title in Consonance, with the case reference. What keeps happening to one title is raised to
its owner (`notices.yaml`, `recurring`).

**When.** On arrival of a record by webhook (`/colophon/hooks/exstream`), and hourly, when Exstream's outcomes are fetched by
the ways that the connection has switched on (`outcome_source`): webhooks are hints, the poll finds what never came.

**What it reads, decides and sends.** Outcome records of service letters from our inbox, and the titles they speak of. One note
for each case, title, issue and moment, whichever way the record came. The reason that a person wrote stays out of it.
Records without ISBN, issue or case are parked and become exceptions. An issue with too many cases is an exception, which
closes itself when the cases stop.

**When it is run again** - cleared, rerun, or twice at once - nothing is noted twice.

**When it fails.** A failed *poll* does not hold up what came by webhook; the run ends red all the same. Clear it at any
time. Parked records: `docs/on-call.md`.
"""

from datetime import timedelta

import pendulum
from airflow.sdk import AssetOrTimeSchedule, CronTriggerTimetable, Param, dag

from colophon_airflow.operators.consonance import ConsonanceDeliverOperator
from colophon_airflow.operators.inbox import InboxPlanOperator, InboxReportOperator
from colophon_airflow.operators.opentext_exstream import OpentextExstreamPollOperator
from colophon_airflow.retry import ByRemedy
from colophon_airflow.triggers.inbox import inbox_asset

USE_CASE = "exstream.service_outcomes"
RECORDS = inbox_asset("exstream__service_outcomes", ["exstream.service_outcome"])


@dag(
    dag_id="exstream__service_outcomes",
    dag_display_name="Service outcomes",
    doc_md=__doc__,
    schedule=AssetOrTimeSchedule(timetable=CronTriggerTimetable("20 * * * *", timezone="UTC"), assets=[RECORDS]),
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,  # what waits is found by the next run
    max_active_runs=1,
    tags=["exstream"],
    default_args={"owner": "operations", "retries": 2, "retry_delay": timedelta(minutes=1), "retry_policy": ByRemedy()},
    params={
        "dry_run": Param(default=False, type="boolean", title="Dry run", description="Count what would be done; take and write nothing.")
    },
)
def service_outcomes() -> None:
    """Exstream and webhooks -> inbox -> notes in Consonance."""
    poll = OpentextExstreamPollOperator(task_id="poll", use_case=USE_CASE)
    plan = InboxPlanOperator(task_id="plan", use_case=USE_CASE)
    deliver = ConsonanceDeliverOperator(task_id="deliver", use_case=USE_CASE)
    report = InboxReportOperator(task_id="report", use_case=USE_CASE)
    poll >> plan >> deliver >> report
    poll >> report


service_outcomes()
