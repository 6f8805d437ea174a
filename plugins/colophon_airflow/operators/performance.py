"""Figures of videos: read what the library tells into the star in staging, then decide what Consonance is to know of it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowSkipException

from colophon import environment
from colophon_airflow.operators.base import UseCaseOperator
from colophon_airflow.operators.decide import DecideOperator
from colophon_airflow.operators.decision_run import DecisionRun
from colophon_airflow.operators.task_log import summary
from colophon_airflow.operators.videos import isbns_of
from colophon_airflow.run import run_times
from colophon_airflow.settings import open_ledger, open_staging, publisher_config
from colophon_airflow.sources import being_told
from colophon_airflow.systems.bytenite.operators import OVERLAP, client_of

if TYPE_CHECKING:
    from airflow.sdk import Context

    from colophon.domain.facts import Facts
    from colophon.systems.bytenite.library import VideoLibrary
    from colophon.systems.bytenite.records import DailyRow

MORE_DAYS = 4
"""So many days beside those that are late are read in full each time (contract section 9)."""
MOST_DAYS = 31
READ = "figures_read:"


class PerformanceReadOperator(UseCaseOperator):
    """Reads the last days in full, and those that were told again, into the star. Returns what was told: `{days, gaps, odd, as_of}`.

    It is skipped where there is no library, and in a dry run.
    """

    system = "bytenite"
    template_fields: Sequence[str] = ("bytenite_conn_id",)

    def __init__(self, *, bytenite_conn_id: str = "bytenite_default", **kwargs: Any) -> None:
        """:param bytenite_conn_id: Airflow connection of type `bytenite`."""
        super().__init__(**kwargs)
        self.bytenite_conn_id = bytenite_conn_id

    def execute(self, context: "Context") -> dict[str, Any]:
        """Read and keep.

        :raises ConflictError: what was kept is not what the library told.
        """
        from colophon.errors import FeatureMissingError
        from colophon.use_cases.bytenite.figures import open_star

        if context["params"].get("dry_run"):
            raise AirflowSkipException("a dry run reads no figures")
        today, history = run_times(context).as_of.date(), publisher_config().video_performance.history_days
        all_days = {today - timedelta(days=back) for back in range(history + 1)}
        with open_ledger() as ledger, client_of(self.bytenite_conn_id) as client, open_star(open_staging()) as star:
            last, read_at = ledger.memory.get(f"{READ}{self.use_case_id}"), environment.now()
            try:
                delay = client.library.info().analytics_delay_days
            except FeatureMissingError as problem:
                raise AirflowSkipException(f"no_library: {problem.sentence}; no figures are read") from problem
            days = {day for day in all_days if not last or (today - day).days <= delay + MORE_DAYS}
            if last:
                since = datetime.fromisoformat(last[0]["as_of"]) - OVERLAP
                days |= {row.day for row in _rows(client.library, _chunks(all_days), since)}
            told: dict[str, Any] = {"days": [], "gaps": [], "odd": [], "as_of": read_at.isoformat()}
            for chunk in _chunks(days):
                taken = star.take(chunk, _rows(client.library, [chunk]))
                _check({day: star.told(day) or 0 for day in taken.views}, taken.views)
                told["days"] += sorted(taken.views)
                told["gaps"] += taken.gaps
                told["odd"] += [list(pair) for pair in taken.odd]
        summary("Read figures", {"days": len(told["days"]), "gaps": len(told["gaps"]), "odd": len(told["odd"])})
        return told


class PerformanceDecideOperator(DecideOperator):
    """Describes videos and titles in the star, decides day by day what Consonance is to know, and sums the days up for the desk."""

    template_fields: Sequence[str] = (*DecideOperator.template_fields, "told")

    def __init__(self, *, told: Any, bytenite_conn_id: str = "bytenite_default", **kwargs: Any) -> None:
        """:param told: what `PerformanceReadOperator` returned. :param bytenite_conn_id: where the videos' records are."""
        super().__init__(**{"trigger_rule": "all_success", **kwargs})
        self.told = told
        self.bytenite_conn_id = bytenite_conn_id

    @contextmanager
    def read(self, run: DecisionRun) -> "Iterator[Iterable[Facts]]":
        """What is odd is the first part, then each day is one. The sums are made when all are entered.

        :raises ConflictError: the sums are not the facts'.
        """
        from colophon.domain.facts import Facts
        from colophon.domain.product import Product
        from colophon.systems.bytenite.records import Video
        from colophon.use_cases.bytenite.figures import open_star
        from colophon.use_cases.bytenite.video_performance import Figures, described, odd_of
        from colophon_airflow.systems.consonance.hook import ConsonanceHook

        with client_of(self.bytenite_conn_id) as client:
            videos = list(client.library.iter_videos())
        known = partial(Facts.known, source="video library", as_of=run.as_of)
        with being_told(run.context, run.case.id):
            facts = self.facts(run, known({Video: videos, Figures: ()}), isbns_of(videos, ConsonanceHook(self.consonance_conn_id)))
        rules = run.asked.config.video_performance
        with open_star(open_staging()) as star:
            described(star, videos, facts.records(Product), rules.shares)
            campaigns = {video.video_id: video.campaign for video in videos}
            parts = ([Figures(*key, rows) for key, rows in star.rows_to_tell(day, campaigns)] for day in self.told["days"])
            yield (facts | known({Figures: part}) for part in chain([odd_of(star, self.told)], parts))
            if not run.is_dry:
                _check({"all": star.sum_up(_names(rules.history_days, run.as_of.date()))}, {"all": star.total})

    def conclude(self, run: DecisionRun) -> None:
        """What was told is dealt with; the next run reads from here."""
        run.ledger.exceptions.record(run.case.id, "consonance", None, run.findings, as_of=run.as_of)
        super().conclude(run)
        run.ledger.memory.put(f"{READ}{run.case.id}", {"as_of": self.told["as_of"]}, run.as_of)


def _chunks(days: Iterable[date]) -> list[list[date]]:
    """Days in a row, as many together as the library tells at once."""
    found: list[list[date]] = []
    for day in sorted(days):
        if found and day - found[-1][-1] == timedelta(days=1) and len(found[-1]) < MOST_DAYS:
            found[-1].append(day)
        else:
            found.append([day])
    return found


def _rows(library: "VideoLibrary", chunks: Iterable[Sequence[date]], since: datetime | None = None) -> "Iterator[DailyRow]":
    return (row for chunk in chunks for page in library.iter_daily(chunk[0], chunk[-1], since) for row in page.rows)


def _names(history_days: int, today: date) -> list[str]:
    return [f"{today - timedelta(days=back)}" for back in range(history_days, -1, -1)]


def _check(ours: Mapping[str, int], theirs: Mapping[str, int]) -> None:
    """Whether sums are the source's.

    :raises ConflictError: naming the first that is not.
    """
    from colophon.errors import ConflictError

    for name, views in theirs.items():
        if ours.get(name) != views:
            told = f"{ours.get(name)} views were kept of {name}, and the source has {views}"
            raise ConflictError(
                told, subject="video figures", remedy="Clear the task; if it stays, report it: figures were lost or doubled."
            )
