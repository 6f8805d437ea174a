"""
# Partner updates

**What and for whom.** Retailers, wholesalers, libraries and distribution partners hear of new titles, of withdrawn ones, and of changed
prices, dates and territories, each only of what it takes and may sell, in one letter by print, e-mail or web. Nobody finds out at the till.

**When.** Nightly at 04:00 London time; a partner with a weekly letter on its day. By hand with the form; *dry run* sends nothing.

**What it reads, decides and sends.** Products, contracts, grants, licences and contacts from Consonance. Each partner is a file in
`partners/`: its contacts, territories, product forms, channel of sale, and which changes it wants. Where a title may be sold the rights
engine says. A letter names old and new value of exactly the fields that differ from what this partner was told last, whether that was
yesterday or a month ago; the first letter to a partner is its catalogue. A thousand changes are one letter. What came back goes by the next
channel, and is an exception.

**When it is run again** - cleared, rerun, twice at once - nothing is sent twice. What changes and changes back is told to nobody. What
could not leave is told by the next night, as it is then. A backfill sends nothing.

**When it fails.** The log ends with what is wrong and what to do. Without rights or Exstream's answers nothing is decided; the next night
makes up for it. Every task can be cleared at any time.
"""

from typing import TYPE_CHECKING

from colophon_airflow.dag_defaults import use_case_dag
from colophon_airflow.groups import send_and_follow_letters

if TYPE_CHECKING:
    from colophon.blocks.letters import Letters


def case() -> "Letters":
    """The decision, loaded when a task runs."""
    from colophon.use_cases.exstream.partner_updates import CASE

    return CASE


@use_case_dag("0 4 * * *", owner="sales", tags=["metadata", "nightly"])
def partner_updates() -> None:
    """Consonance -> rights engine -> partners -> Exstream -> Consonance."""
    send_and_follow_letters(case, "partner_update", by_rights=True)
