"""
# Words of the portal in the feeds

**What and for whom.** What marketing writes in 4ALLPORTAL - descriptions, copy for one channel, features, keywords, audience segments - stands in
the records that recipients get. Nobody copies it by hand, and no editor's newer text is lost.

**When.** Every day at 01:00 London time, before the nightly metadata syndication, which takes it from here. By hand with the form.

**What it reads, decides and sends.** The fields of products that the portal owns (`mapping.yaml`, `read_as`), and the products in Consonance. Text is cleaned as
ours is. Copy for a channel goes to that channel's recipients alone (`portal_channels.yaml`), words in another language to none in
their place. **The newest editorial text wins**: a text of the portal holds while the one that it was written from is as it was, else ours
goes and both are listed. What is too long is an exception with its length, and is never cut. It sends nothing itself.

**When it is run again** it keeps the same. A text that was withdrawn there is gone here, and ours stands again. A backfill does nothing.

**When it fails.** Clear the red task, or wait for the next day; until then the words are those of yesterday. See `docs/use-cases/portal.md`.
"""

from typing import TYPE_CHECKING

from colophon_airflow.dag_defaults import use_case_dag
from colophon_airflow.operators.portal_words import PortalWordsOperator
from colophon_airflow.operators.report import ReportOperator

if TYPE_CHECKING:
    from colophon.blocks.use_case import UseCase


def case() -> "UseCase":
    """The decision, loaded when a task runs."""
    from colophon.use_cases.fourallportal.enriched_content import CASE

    return CASE


@use_case_dag("0 1 * * *", owner="marketing", tags=["metadata", "nightly"])
def enriched_content() -> None:
    """4ALLPORTAL -> words -> beside the supplement."""
    PortalWordsOperator(task_id="decide", case=case) >> ReportOperator(task_id="report")
