"""
# Release of videos

**What and for whom.** Once a title may be ordered, or comes out, its videos stand on website, retailer pages, social platforms and
landing pages, as the release plan (`video_release.yaml`) says by kind, milestone and channel; they come down when the title is pulled.

**When.** Every 15 minutes.

**What it reads, decides and sends.** The library's videos with their placements, and of their titles the days, milestones, launches
and the records of rights. A placement is shown from its moment on where and while rights for VIDEO allow it (asked as
`bytenite__video_rights` asks): not before the announcement, a published trailer not before an embargo ends. A day that moves moves its
placements. A title that is neither forthcoming nor active loses all of them. What is not in the plan is marketing's own. What somebody took
down is reported, and put back where the plan says so; a channel that refuses is an exception, is tried again the next day, and keeps no other waiting.
Taking down stands before showing. On hold, or not known: nothing opens.

**When it is run again** nothing is sent twice: only what differs is sent. A backfill does nothing: what stands is of today.

**When it fails.** Clear the red task, or wait: the next run brings everything up to date. While Consonance cannot be read nothing is shown or
taken down here; what ends is closed by the library's own rules. Without a video library *extract* is skipped and says so. See
`docs/use-cases/videos.md`.
"""

from typing import TYPE_CHECKING

from colophon_airflow.dag_defaults import use_case_dag
from colophon_airflow.groups import release_videos

if TYPE_CHECKING:
    from colophon.blocks.desired_state import DesiredState


def case() -> "DesiredState":
    """The decision, loaded when a task runs."""
    from colophon.use_cases.bytenite.video_release import CASE

    return CASE


@use_case_dag("*/15 * * * *", owner="marketing", tags=["rights"])
def video_release() -> None:
    """Consonance -> rights engine and release plan -> video library."""
    release_videos(case)
