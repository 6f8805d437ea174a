"""
# Approved assets on their titles

**What and for whom.** Whoever works on a title in Consonance finds the covers, author photos, sample spreads, sales sheets and ads that are
approved in 4ALLPORTAL: the newest approved version of each, and nothing that may not be used.

**When.** Hourly, at ten past, London time. By hand at any time; *dry run* shows what would be referenced.

**What it reads, decides and sends.** The portal's library, every page once, and titles with their contributors from Consonance. An asset
belongs to the one title whose ISBN it names, a photo to all titles of whom it shows (ISNI or contact id). Not used is what is not approved,
under embargo, past its rights, of bytes that were not approved, or a photo without credit, end of rights and consent. A withdrawn approval
withdraws the reference, or gives it back to the version before. What an asset does not say is an exception with a proposal.

**When it is run again** nothing is written twice: a reference is one external asset in Consonance, and only a change of it goes.

**When it fails.** Clear the red task, or wait: the next run brings everything up to date. Where the account has no mutation for external
assets, the references wait in the tray. Exceptions of the rules `ASSET-...` name the file and what to enter in the portal
(`docs/use-cases/portal-assets.md`).
"""

from typing import TYPE_CHECKING

from colophon_airflow.dag_defaults import use_case_dag
from colophon_airflow.groups import follow_library

if TYPE_CHECKING:
    from colophon.blocks.use_case import UseCase


def case() -> "UseCase":
    """The decision, loaded when a task runs."""
    from colophon.use_cases.fourallportal.approved_assets import CASE

    return CASE


@use_case_dag("10 * * * *", owner="marketing", tags=["metadata", "hourly"])
def approved_assets() -> None:
    """4ALLPORTAL -> approved assets -> titles in Consonance."""
    follow_library(case)
