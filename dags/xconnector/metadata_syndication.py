"""
# Nightly metadata syndication

**What and for whom.** Every title that changed in Consonance goes to every recipient (ERP, distributors, retailers,
libraries): as a valid ONIX message file, or as JSON where a recipient wants that. Sales and the metadata desk see in one
place who got what, when, with which content.

**When.** Nightly at 02:00 London time. Rules are judged at the end of the run's data interval. By hand with the form: *delta* (what
changed), *full* (everything again) or *list* (the ISBNs named), for all or some recipients; *dry run* comes first, and gives a plan on the desk.
A recipient gets its feed once it is armed (`live: true` in its profile); until then it is planned for and shown, and nothing goes.
A recipient with a `rhythm` in its profile gets nothing on other nights than its own, and everything on its weekday; who is named in the form need not wait.

**What it reads, decides and sends.** The rights engine says of every product where it may be sold (*rights*, *judge*); *extract*
reads products changed since the last good run, less an overlap, those whose rights turned, and those whose day has come
(publication, a price that begins); all of them once a week. Each is judged by the metadata rules for each recipient; a title that breaks one stays back as an exception with rule, field, owner and remedy, and
the others go on. Whoever has a title hears when it leaves: rights, exports, status, form, ISBN, or deleted. It hears that first,
and whatever else is wrong with the title; unknown rights mean no. What goes is written as ONIX, checked against EDItEUR's schema, entered in the ledger and delivered through xConnector; targets
and ONIX acknowledgements decide the outcome.

**When it is run again** - cleared, rerun, backfilled, or twice at once - nothing is sent twice, and nothing old
overwrites something newer: a backfill of a past day records and stays silent where a later day already spoke.

**When it fails.** The task's log ends with a summary: counts by outcome, the first refusals, and what to do.
A failed *deliver* or *await* can be cleared at any time. A title that should have gone and did not: `colophon why ISBN`.
"""

from typing import TYPE_CHECKING

from airflow.sdk import Param

from colophon_airflow.dag_defaults import choices, mapped, use_case_dag
from colophon_airflow.groups import send_events
from colophon_airflow.operators.availability import RightsJudgeOperator
from colophon_airflow.operators.report import ReportOperator
from colophon_airflow.operators.rights import RightsExtractOperator
from colophon_airflow.operators.syndication import SyndicationExtractOperator, check_form
from colophon_airflow.operators.syndication_batch import BatchDecideOperator
from colophon_airflow.operators.syndication_finalize import SyndicationFinalizeOperator
from colophon_airflow.settings import recipient_names

if TYPE_CHECKING:
    from colophon.blocks.use_case import UseCase


def case() -> "UseCase":
    """The decision, loaded when a task runs."""
    from colophon.use_cases.xconnector.metadata_syndication import CASE

    return CASE


@use_case_dag(
    "0 2 * * *",
    owner="metadata",
    tags=["metadata", "onix", "nightly"],
    params={
        "mode": Param("delta", enum=["delta", "full", "list"], title="Mode", description="What changed, everything, or the ISBNs below."),
        "recipients": choices(recipient_names(), title="Recipients", description="Empty: all that have a profile."),
        "isbns": Param(None, type=["null", "array"], items={"type": "string"}, title="ISBNs", description="For mode list: one a line."),
    },
)
def metadata_syndication() -> None:
    """Consonance -> rules -> ONIX -> xConnector."""
    rights = RightsExtractOperator(task_id="rights", case=case, check_form=check_form)
    judge = mapped(RightsJudgeOperator, "judge", case=case).expand(batch=rights.output)
    extract = SyndicationExtractOperator(task_id="extract", judged=judge.output)
    decide = mapped(BatchDecideOperator, "decide", case=case).expand(batch=extract.output)
    finalize = SyndicationFinalizeOperator(task_id="finalize", batches=extract.output, plans=decide.output)

    send_events(finalize.output) >> ReportOperator(task_id="report", decide_task="finalize")
