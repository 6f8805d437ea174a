"""
# Each format with its own files

**What and for whom.** In 4ALLPORTAL the paperback has the printed cover, the e-book the e-book's and the audiobook its artwork, each with the
files of its own ISBN. Whoever takes a cover from there takes the right one.

**When.** Every day at 05:15 London time. By hand with the form; *dry run* shows how many links would be made.

**What it reads, decides and sends.** All products and files of the portal. An empty link gets the newest approved file of the product, and follows newer ones as long as nobody chose
another. What a person linked is left: a cover of another format or ISBN, a deleted or withdrawn file, one whose rights ended, a file that two share that
must not (`portal_links.yaml`) is an exception with the file that would be right. A format that lacks a file that it needs is one, too.

**When it is run again** nothing is written twice: only links that are empty or ours are written. A backfill does nothing.

**When it fails.** Clear the red task, or wait for the next day. See `docs/use-cases/portal.md` and `docs/on-call.md`.
"""

from typing import TYPE_CHECKING

from colophon_airflow.dag_defaults import use_case_dag
from colophon_airflow.groups import keep_portal
from colophon_airflow.operators.portal_links import PortalLinksOperator

if TYPE_CHECKING:
    from colophon.blocks.use_case import UseCase


def case() -> "UseCase":
    """The decision, loaded when a task runs."""
    from colophon.use_cases.fourallportal.format_links import CASE

    return CASE


@use_case_dag("15 5 * * *", owner="production", tags=["production", "daily"])
def format_links() -> None:
    """4ALLPORTAL -> links of formats -> 4ALLPORTAL."""
    keep_portal(case, PortalLinksOperator)
