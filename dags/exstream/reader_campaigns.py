"""
# Reader campaigns

**What and for whom.** Letters to readers through Exstream, print, e-mail or secure web by each one's preference: a title that comes out is
told to the club for its genre, with the offer that holds in the reader's country; the end of a membership 60 and 14 days before; each order
is confirmed; and letters to a segment of your own. What goes to whom stands in `campaigns/`, the rules for all of them in
`reader_campaigns.yaml`.

**When.** At seven each morning. Needs the lists of readers where the reports are (`consonance/audiences.yaml`), or events of the CRM.

**What it reads, decides and sends.** The lists row by row, titles, rights, and what has gone. A row that cannot be read is an exception and
the rest goes. Advertising goes to nobody who objected, without consent where a country wants it, for a title that may not be sold there, with
an offer that does not hold, or twice in a day; the better letter goes. Of a campaign with more letters than `approve_above` the publisher's own
addresses get one each, and a person is asked in Airflow, with counts by channel, country and reason; it is counted anew before it goes.

**When it is run again** - cleared, rerun, twice at once - nothing is sent twice, also when a corrected file comes again. What waits and is not
wanted any more is taken back. A backfill sends nothing.

**When it fails.** *decide* is red without rights or readers. *approve* is red when nobody answered: nothing went, and tomorrow's run asks
again. *decide_approved* is red when a campaign has grown since it was approved. Every task can be cleared.
"""

from typing import TYPE_CHECKING

from airflow.sdk import TriggerRule

from colophon_airflow.dag_defaults import DRY_RUN, mapped, use_case_dag
from colophon_airflow.groups import send_letters
from colophon_airflow.operators.availability import RightsJudgeOperator
from colophon_airflow.operators.reader_campaigns import CampaignAskOperator, ReaderLettersOperator
from colophon_airflow.operators.report import ReportOperator
from colophon_airflow.operators.rights import RightsExtractOperator
from colophon_airflow.systems.consonance.operators import ConsonanceWriteBackOperator
from colophon_airflow.systems.opentext_exstream.operators import OpentextExstreamPollOperator

if TYPE_CHECKING:
    from colophon.blocks.letters import Letters


def case() -> "Letters":
    """The decision, loaded when a task runs."""
    from colophon.use_cases.exstream.reader_campaigns import CASE

    return CASE


@use_case_dag("0 7 * * *", owner="marketing", tags=["launches", "daily"], asks_people=True, params={"dry_run": DRY_RUN})
def reader_campaigns() -> None:
    """Lists of readers -> rights engine -> letters -> a person, where they are many -> Exstream."""
    poll = OpentextExstreamPollOperator(task_id="poll")
    extract = RightsExtractOperator(task_id="extract", case=case)
    judged = mapped(RightsJudgeOperator, "judge", case=case).expand(batch=extract.output).output
    decide = ReaderLettersOperator(task_id="decide", case=case, judged=judged)
    sent = send_letters(case, decide.output, "reader_letter")
    approve = CampaignAskOperator(task_id="approve", counted_by="decide")
    decide_approved = ReaderLettersOperator(task_id="decide_approved", case=case, judged=judged, approved_by="decide")
    sent_approved = send_letters(case, decide_approved.output, "reader_letter")
    write_back = ConsonanceWriteBackOperator(task_id="write_back", case=case, trigger_rule=TriggerRule.ALL_DONE)
    poll >> decide
    [decide, sent] >> approve >> decide_approved
    [decide, sent_approved] >> write_back
    [sent, sent_approved, write_back] >> ReportOperator(task_id="report")
