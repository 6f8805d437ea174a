"""
# Asset handoff

**What and for whom.** Approved covers, jacket copy, interiors and marketing files reach the asset systems, repositories and delivery
platforms that work with them: each with its facts, a link and its SHA-256, always the newest approved version, and no other.

**When.** Hourly, at ten to, London time. By hand at any time; *dry run* shows how many files would go.

**What it reads, decides and sends.** Files with their approvals from 4ALLPORTAL; works and rights from Consonance. `assets.yaml` says
which kinds go to whom and what a file of a kind has to be, `routes.yaml` who gets assets of which imprints. A title that may be sold
nowhere, now or later, keeps its files. A file is streamed, hashed meanwhile and looked at by its first bytes; what it is not, as its type
says, does not go. A new version replaces the old one once the target has it; a file whose approval, title or right ended is withdrawn.

**When it is run again** nothing goes twice, and what the middleware holds already is not fetched again: a run that was cut off goes on.

**When it fails.** A file that is replaced while it is read waits, and its new version goes with the next run. A refused file is an
exception with its reason and stops no other. Every task can be cleared. While Consonance cannot be read nothing new goes.
"""

from typing import TYPE_CHECKING

from colophon_airflow.dag_defaults import use_case_dag
from colophon_airflow.groups import hand_over_assets
from colophon_airflow.systems.fourallportal.operators import portal_files

if TYPE_CHECKING:
    from colophon.blocks.use_case import UseCase


def case() -> "UseCase":
    """The decision, loaded when a task runs."""
    from colophon.use_cases.xconnector.asset_handoff import CASE

    return CASE


@use_case_dag("50 * * * *", owner="production", tags=["production", "hourly"])
def asset_handoff() -> None:
    """4ALLPORTAL, by the rights of Consonance -> asset systems."""
    hand_over_assets(case, look=portal_files)
