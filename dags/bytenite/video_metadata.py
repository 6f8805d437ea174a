"""
# Metadata of videos

**What and for whom.** Marketing finds every video under the title that it is about: title and subtitle, authors, imprint, genre, all
ISBNs and the day of publication are Consonance's, in every record of the library. What marketing wrote itself stays.

**When.** Every hour.

**What it reads, decides and sends.** The records of the library, and the products and works that they name. Members that are not
as their owner says (`owners` of `video_metadata.yaml`) are sent, and no others. Keywords are both's: words for the Thema codes of the
titles beside marketing's own. A video of two titles has the ISBNs and names of both. What somebody changed although it is ours is put
right and reported; an ISBN that no title has, and a code without words, are exceptions, and the rest goes. Where a video may be shown
is not here: those are its rules (`bytenite__video_rights`).

**When it is run again** nothing is sent twice: only what differs is sent.

**When it fails.** Clear the red task, or wait: the next run brings everything up to date. A title that cannot be read leaves its videos as
they are. Without a video library (`library` of the connection is `none`) *decide* is skipped and says so. See `docs/use-cases/videos.md`.
"""

from typing import TYPE_CHECKING

from colophon_airflow.dag_defaults import use_case_dag
from colophon_airflow.groups import tell_library

if TYPE_CHECKING:
    from colophon.blocks.desired_state import DesiredState


def case() -> "DesiredState":
    """The decision, loaded when a task runs."""
    from colophon.use_cases.bytenite.video_metadata import CASE

    return CASE


@use_case_dag("35 * * * *", owner="marketing", tags=["metadata"])
def video_metadata() -> None:
    """Consonance and video library -> video library."""
    tell_library(case)
