"""
# Assets of videos

**What and for whom.** Whoever works on a title sees in Consonance which videos it has: address, thumbnail, length, format and how each
stands (processing, ready, published, unpublished, withdrawn, failed).

**When.** On arrival of an event by webhook, and every 30 minutes. Webhooks (`/colophon/hooks/bytenite`) are hints; each run reads the records
that changed, and those whose placements did.

**What it reads, decides and sends.** Records of videos with their placements, and the titles that they name. A video is one record on
each of its titles, brought up to date: a new address or state changes it. One that names no title any more is withdrawn there. A video of an
ISBN that Consonance does not have is parked, with the work that its record names as a proposal. A link counts only where it leads to
a host that the connection allows (`link_hosts`) and does not end; else the record stays as it is, and an exception says so.

**When it is run again** - cleared, rerun, or twice at once - nothing is written twice: a video has one reference for ever.

**When it fails.** A failed *poll* does not hold up what was read before; the run ends red all the same. Clear it at any time.
Parked records: `docs/on-call.md`.
"""

from typing import TYPE_CHECKING

from colophon_airflow.dag_defaults import use_case_dag
from colophon_airflow.groups import take_events
from colophon_airflow.inbound.trigger import inbox_asset
from colophon_airflow.systems.bytenite.operators import BytenitePollOperator

if TYPE_CHECKING:
    from colophon.blocks.inbound import Inbound


def case() -> "Inbound":
    """The decision, loaded when a task runs."""
    from colophon.use_cases.bytenite.video_assets import CASE

    return CASE


HINTS = [
    f"bytenite.{name}"
    for name in ("video.ingested", "video.ready", "video.failed", "placement.live", "placement.removed", "placement.failed")
]


@use_case_dag(
    "10,40 * * * *",
    owner="marketing",
    tags=["metadata"],
    wakes=[inbox_asset("bytenite__video_assets", HINTS)],
    polls=True,
)
def video_assets() -> None:
    """Video library and webhooks -> inbox -> assets in Consonance."""
    take_events(case, BytenitePollOperator(task_id="poll"))
