"""
# Titles in the portal

**What and for whom.** Whoever works in 4ALLPORTAL finds every approved title there, with the title, people, form, price and categories
that Consonance has. Nobody types them, and nobody has to ask which of two is right.

**When.** Twenty past each hour. By hand with the form; *dry run* shows how many would be written.

**What it reads, decides and sends.** Products that changed in Consonance, works that were approved since, prices that begin today; and all pages of the
portal's products. *decide* compares each with what both sides held last: what is new here is written, and of that only the fields that differ. A field of ours that somebody changed there
is put right and is exception `PORTAL-DRIFT`, once; so is what people typed before the first run. What the portal owns (`mapping.yaml`) is not touched. A category that nobody mapped is an exception, and the rest of the title goes.
A corrected ISBN is the same product with a new number; a withdrawn one is switched off, and never deleted. Two objects with one ISBN are written by nobody.

**When it is run again** nothing is written twice: only what differs is written. A backfill does nothing, for the portal is of today.

**When it fails.** Clear the red task, or wait: the next run compares everything again that was not well. `colophon portal mapping` says
whether the mapping fits the portal. See `docs/use-cases/portal.md` and `docs/on-call.md`.
"""

from typing import TYPE_CHECKING

from colophon_airflow.dag_defaults import use_case_dag
from colophon_airflow.groups import keep_portal
from colophon_airflow.operators.portal_titles import PortalTitlesOperator

if TYPE_CHECKING:
    from colophon.blocks.use_case import UseCase


def case() -> "UseCase":
    """The decision, loaded when a task runs."""
    from colophon.use_cases.fourallportal.title_metadata import CASE

    return CASE


@use_case_dag("20 * * * *", owner="metadata", tags=["metadata", "hourly"])
def title_metadata() -> None:
    """Consonance -> approved titles -> 4ALLPORTAL."""
    keep_portal(case, PortalTitlesOperator)
