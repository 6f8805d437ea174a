"""
# Videos follow rights

**What and for whom.** Marketing publishes videos; this sees to it that each runs only in countries, on channels and on days on which
every product that it names may be shown as video.

**When.** Every day at 06:45 London time, and at once for products whose rights changed. The rights scan names them (asset `colophon.rights_changed`).

**What it reads, decides and sends.** Products, head contracts, grants and licences from Consonance; the rights engine decides about format
VIDEO; *decide* reads each video's rules and placements from the library and enters what differs: first what must be taken down, then
rules with their days (so that the library closes by itself, also while nothing runs here), then what only rights had taken down and
may be shown again. **Unknown means no**: a video of a product that nobody knows has no rules. What is live by hand against the rules is
taken down and reported. *read_back* looks again: if anything runs that should not, the run is red.

**When it is run again** nothing is sent twice: only what differs is sent. A run about a day before the last one that was brought in
changes nothing, so a backfill does no harm.

**When Consonance cannot be read** the run goes by what was read last: what has ended closes, nothing opens, and exception `R10` says so.

**When it fails.** Clear the red task, or wait: the next run brings everything up to its own day. Without a video library (`library`
of the connection is `none`) *decide* is skipped and says so. See `docs/use-cases/rights.md` and `docs/on-call.md`.
"""

from typing import TYPE_CHECKING

from colophon_airflow.assets import RIGHTS_CHANGED
from colophon_airflow.dag_defaults import use_case_dag
from colophon_airflow.groups import follow_rights
from colophon_airflow.systems.bytenite.operators import ByteniteAwaitOperator, ByteniteDeliverOperator, library_shown

if TYPE_CHECKING:
    from colophon.blocks.desired_state import DesiredState


def case() -> "DesiredState":
    """The decision, loaded when a task runs."""
    from colophon.use_cases.bytenite.video_rights import CASE

    return CASE


@use_case_dag("45 6 * * *", owner="rights", tags=["rights"], wakes=[RIGHTS_CHANGED])
def video_rights() -> None:
    """Consonance -> rights engine -> video library."""
    follow_rights(case, look=library_shown, deliver=ByteniteDeliverOperator, collect=ByteniteAwaitOperator)
