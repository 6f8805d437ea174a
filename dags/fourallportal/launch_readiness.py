"""
# Launch readiness

**What and for whom.** Editorial, production and marketing see the same of each launch, in the portal and on the desk (*Launches*): how ready each
title is, what blocks it, and who owns that. Milestones go to the portal, what the portal says of assets comes back.

**When.** Hourly, at ten to, London time. By hand at any time; *dry run* shows how much would differ.

**What it reads, decides and sends.** Products, to-dos, launches and rights from Consonance, what the nightly feed keeps back, all products and files
of the portal, and the videos that were asked for. The launch engine judges each format by `readiness.yaml`: editorial, production and commercial,
each thing with a light, a reason, an owner and a source. What no source tells is unknown, and never green. To each product of the portal go its light,
what blocks it, and its milestones, where they differ; what was changed there by hand is put right and reported. An approval status or a milestone
that nobody has named is an exception. The desk keeps each title's readiness, and when it changed and why.

**When it is run again** nothing is sent twice: only what differs is sent. A backfill tells nobody.

**When the portal cannot be read** titles are judged all the same, assets are unknown, and the run is red.

**When it fails.** Clear the red task, or wait: the next run brings everything up to its own hour. See `docs/launches.md` and `docs/on-call.md`.
"""

from typing import TYPE_CHECKING

from colophon_airflow.dag_defaults import use_case_dag
from colophon_airflow.groups import follow_launches
from colophon_airflow.systems.fourallportal.operators import FourallportalDeliverOperator, launches_shown, launches_unread

if TYPE_CHECKING:
    from colophon.blocks.launches import LaunchCase


def case() -> "LaunchCase":
    """The decision, loaded when a task runs."""
    from colophon.use_cases.fourallportal.launch_readiness import CASE

    return CASE


@use_case_dag("50 * * * *", owner="marketing", tags=["launches"])
def launch_readiness() -> None:
    """Consonance, feed and portal -> launch engine -> portal and desk."""
    follow_launches(case, look=launches_shown, unread=launches_unread, deliver=FourallportalDeliverOperator)
