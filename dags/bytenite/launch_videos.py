"""
# Launch videos

**What and for whom.** Marketing has the trailer, the teaser and the cuts for social channels of each launch rendered from its approved cover,
title, author and date, without anybody retyping a title. They lie with us before the renderer's links end, in the video library, and at the title.

**When.** Hourly, at ten past, London time. By hand at any time.

**What it reads, decides and sends.** Products, to-dos and rights from Consonance, approved covers from the portal. `media.yaml` says which
template begins with which stage of the launch (`launches.yaml`), what it is made of, and the budget. The same specification is never a second
job; a changed cover, title, author or date aborts what renders and starts anew. A cover that is not approved is exception `MV1`, and the job waits.
Where the right to show video is nowhere ours nothing is made, and what was made is withdrawn. Above the budget a person is asked (*approve*).
*await* holds no worker; it copies each output, and looks whether it is whole and what its name says.

**When it is run again** nothing is rendered twice: a job is known by what it is made of.

**When it fails.** A job that failed is tried again by the next run, `attempts` times in all; then `MV2` has the end of its log. Every task can be
cleared. Rejecting starts nothing; what waits is asked about again by the next run. See `docs/use-cases/rendering.md`.
"""

from typing import TYPE_CHECKING

from colophon_airflow.dag_defaults import use_case_dag
from colophon_airflow.groups import render

if TYPE_CHECKING:
    from colophon.blocks.use_case import UseCase


def case() -> "UseCase":
    """The decision, loaded when a task runs."""
    from colophon.use_cases.bytenite.launch_videos import CASE

    return CASE


@use_case_dag("10 * * * *", owner="marketing", tags=["launches", "hourly"], asks_people=True)
def launch_videos() -> None:
    """Consonance and the portal -> jobs -> video library -> Consonance."""
    render(case)
