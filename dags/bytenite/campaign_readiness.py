"""
# Campaign readiness

**What and for whom.** Marketing asks for videos of key titles once: flagged in Consonance, each is asked of the video library with its launch, the
milestone that it goes by and the day by which it is needed; what is made, and where it runs, comes back to the title.

**When.** Hourly, at twenty to, London time: ten minutes before launch readiness, which names what is late. By hand at any time; *dry run* shows how much would differ.

**What it reads, decides and sends.** Products and to-dos from Consonance, videos and placements from the library. A title is flagged by a tag of one of
its to-dos, or in `readiness.yaml` (`video`), which also says which kinds are needed and how long before the launch. A request is the record of a video
whose campaign says all that; another launch date is another request. A flag that is removed takes the request off. Each video is a to-do of the title:
open while it is made, done when it is ready, with where it is shown. What is late is an exception with its owner, and red or amber on the title's readiness.

**When it is run again** nothing is sent twice: only what differs is sent. A backfill asks for nothing.

**When the library cannot be read** nothing is asked, the videos are unknown on the readiness, and the run is red. Without a video library *decide* is skipped and says so.

**When it fails.** Clear the red task, or wait for the next hour. See `docs/launches.md` and `docs/on-call.md`.
"""

from typing import TYPE_CHECKING

from colophon_airflow.dag_defaults import use_case_dag
from colophon_airflow.groups import follow_campaigns
from colophon_airflow.systems.bytenite.operators import videos_shown, videos_unread

if TYPE_CHECKING:
    from colophon.blocks.launches import LaunchCase


def case() -> "LaunchCase":
    """The decision, loaded when a task runs."""
    from colophon.use_cases.bytenite.campaign_readiness import CASE

    return CASE


@use_case_dag("40 * * * *", owner="marketing", tags=["launches"])
def campaign_readiness() -> None:
    """Consonance -> launch engine -> video library -> Consonance."""
    follow_campaigns(case, look=videos_shown, unread=videos_unread)
