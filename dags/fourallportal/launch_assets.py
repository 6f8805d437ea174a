"""
# Launch assets are confirmed, held and released

**What and for whom.** Before a launch uses a cover, sales sheet, ad or sample that is approved in 4ALLPORTAL, the title's editor confirms it: in
Consonance, where each is a to-do, or at the portal. Each side sees what was confirmed on the other. Marketing sees at the portal which
assets wait because the title does.

**When.** Hourly, at half past, London time. By hand at any time; *dry run* shows what would be asked.

**What it reads, decides and sends.** The portal's library, titles, to-dos, teams and launches from Consonance. The newest approved asset of each
kind (`launch_assets.yaml`) of a title that comes out is a to-do. A confirmation is of its bytes: when they change it is void, and asked for
anew. A title that is delayed, on hold or cancelled holds its assets; those on which the date is printed go back to be revised, also when
the date alone changed. When publication is scheduled anew the hold is released.

**When it is run again** nothing is asked or written twice.

**When it fails.** Clear the red task, or wait: the next run brings both sides up to date. Which side spoke last is what changed since both
said the same, so nothing is lost while one is away (`docs/use-cases/portal-assets.md`).
"""

from typing import TYPE_CHECKING

from colophon_airflow.dag_defaults import use_case_dag
from colophon_airflow.groups import follow_library

if TYPE_CHECKING:
    from colophon.blocks.use_case import UseCase


def case() -> "UseCase":
    """The decision, loaded when a task runs."""
    from colophon.use_cases.fourallportal.launch_assets import CASE

    return CASE


@use_case_dag("30 * * * *", owner="marketing", tags=["launches", "hourly"])
def launch_assets() -> None:
    """Consonance and the portal's library -> to-dos, confirmations, holds."""
    follow_library(case, writes_there=True)
