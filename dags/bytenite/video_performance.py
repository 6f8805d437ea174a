"""
# Performance of videos

**What and for whom.** Marketing sees on each title, and on the desk (*Videos*), how often its videos were seen and seen to the end, by
channel and country, around the day of publication, and beside other titles, imprints, formats and segments. Figures coincide; they prove no cause.

**When.** Every day at 09:20 London time.

**What it reads, decides and sends.** The library's figures: the last days in full, and earlier ones that were told again. A day that is
told again replaces what was told; a row that is gone counts 0; a day of which nothing is told is a gap, and stays as it was. A video of several titles is
shared among them without a remainder (`video_performance.yaml`). Each video, channel and day is one write-back in Consonance; the
same figures are a star of Parquet files in staging (`video-performance/`), for the desk and other tools. Figures that cannot be right
(more completions than views, a final day that changed, a row twice) are counted as told and are exceptions. If our sums are not the library's, the run is red.

**When it is run again** nothing is written twice, and nothing is added: days replace days.

**When it fails.** Clear the red task, or wait: the next run reads what was told since the last one that came through. Without a video library
*read* is skipped and says so. See `docs/use-cases/videos.md`.
"""

from typing import TYPE_CHECKING

from airflow.sdk import chain

from colophon_airflow.dag_defaults import use_case_dag
from colophon_airflow.operators.performance import PerformanceDecideOperator, PerformanceReadOperator
from colophon_airflow.operators.report import ReportOperator
from colophon_airflow.systems.consonance.operators import ConsonanceDeliverOperator

if TYPE_CHECKING:
    from colophon.blocks.use_case import UseCase


def case() -> "UseCase":
    """The decision, loaded when a task runs."""
    from colophon.use_cases.bytenite.video_performance import CASE

    return CASE


@use_case_dag("20 9 * * *", owner="marketing", tags=["metadata"])
def video_performance() -> None:
    """Video library -> figures in staging -> Consonance."""
    read = PerformanceReadOperator(task_id="read")
    decide = PerformanceDecideOperator(task_id="decide", case=case, told=read.output)
    chain(read, decide, ConsonanceDeliverOperator(task_id="deliver"), ReportOperator(task_id="report"))
