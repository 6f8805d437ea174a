"""
# Companion media

**What and for whom.** Retailers and readers hear an audiobook before they buy it: a sample, and an excerpt with cover and waveform, made of its
approved master by the date and the metadata of its own format, in the video library and at the title.

**When.** Daily at 05:20 London time. By hand at any time.

**What it reads, decides and sends.** Products, to-dos and rights from Consonance, approved masters from the portal. `media.yaml` says what is made
(`companions`) and with which stage of the launch it begins. The same specification is never a second job; a date that moves or a new master makes it
anew, and the old one is on hold in the library until then. A sample asks for the right to sell the recording as a download, an excerpt with pictures for that
of video, too (`availability.yaml`): where neither is ours nothing is made, and where they stand `bytenite__video_rights` keeps closed what is not ours. A book
without an audiobook has none of this. Above the budget a person is asked (*approve*). *await* holds no worker.

**When it is run again** nothing is made twice: a job is known by what it is made of.

**When it fails.** A job that failed is tried again by the next run, `attempts` times in all; then `MV2` has the end of its log. A master that is not approved
is exception `MV1`, and the job waits. Every task can be cleared. See `docs/use-cases/rendering.md`.
"""

from typing import TYPE_CHECKING

from colophon_airflow.dag_defaults import use_case_dag
from colophon_airflow.groups import render

if TYPE_CHECKING:
    from colophon.blocks.use_case import UseCase


def case() -> "UseCase":
    """The decision, loaded when a task runs."""
    from colophon.use_cases.bytenite.companion_media import CASE

    return CASE


@use_case_dag("20 5 * * *", owner="marketing", tags=["launches", "daily"], asks_people=True)
def companion_media() -> None:
    """Consonance and the portal -> jobs -> video library -> Consonance."""
    render(case)
