"""Decisions about videos: what the library has, with the titles that its videos name."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from airflow.sdk import TriggerRule
from airflow.sdk.exceptions import AirflowSkipException

from colophon_airflow.operators.availability import StateDecideOperator
from colophon_airflow.operators.decide import DecideOperator
from colophon_airflow.operators.decision_run import DecisionRun
from colophon_airflow.operators.rights import RightsExtractOperator
from colophon_airflow.sources import being_told
from colophon_airflow.systems.bytenite.operators import library_videos

if TYPE_CHECKING:
    from airflow.sdk import Context

    from colophon.blocks.decision import Plan
    from colophon.domain.facts import Facts
    from colophon.systems.bytenite.records import Video
    from colophon.systems.consonance.rights_facts import Changed
    from colophon_airflow.systems.consonance.hook import ConsonanceHook


class VideosDecideOperator(DecideOperator):
    """Decides about the videos of the library, part by part, each with what Consonance says of their titles.

    The deliveries of all parts are entered at once, those that close before those that open. It is skipped where there is no library.
    """

    @contextmanager
    def read(self, run: DecisionRun) -> "Iterator[Iterable[Facts]]":
        """The videos, and the facts of their works."""
        from colophon.systems.bytenite.records import Video

        with library_videos() as parts:
            yield (with_titles(self, run, facts, facts.records(Video)) for facts in parts)

    def gathered(self, plans: "Iterator[Plan]") -> "Iterable[Plan]":
        """See the class."""
        from colophon.blocks.desired_state import gathered

        return gathered(plans)


class ReleaseDecideOperator(StateDecideOperator):
    """Decides about placements of videos by rights, as its base class, and by what Consonance says of their titles' days."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"trigger_rule": TriggerRule.ALL_SUCCESS, **kwargs})  # without videos of ours there is nothing to decide

    @contextmanager
    def read(self, run: DecisionRun) -> "Iterator[Iterable[Facts]]":
        """The videos with rules and placements, and the facts of their works. Raises as the base class."""
        from colophon.systems.bytenite.shown import Shown

        with super().read(run) as parts:
            yield (with_titles(self, run, facts, [shown.video for shown in facts.records(Shown)]) for facts in parts)

    def conclude(self, run: DecisionRun) -> None:
        """Exceptions of videos that are gone close. What is wrong with records of rights is said by those whose matter they are."""
        self.record(run, run.case.id, run.findings)
        DecideOperator.conclude(self, run)


class VideoRightsExtractOperator(RightsExtractOperator):
    """Stages what the rights of the titles rest on that have videos, and of no others."""

    def changed(self, context: "Context") -> "list[Changed] | None":  # noqa: ARG002 - as the base class has it
        """The products that videos of the library name, by ISBN or by work.

        :raises AirflowSkipException: there is none, or no library.
        """
        from colophon.domain.product import Product
        from colophon.systems.bytenite.records import Video
        from colophon.systems.consonance.rights_facts import Changed
        from colophon_airflow.systems.consonance.hook import ConsonanceHook

        hook = ConsonanceHook(self.consonance_conn_id)
        with library_videos() as parts:
            isbns = sorted({isbn for facts in parts for isbn in isbns_of(facts.records(Video), hook)})
        with hook.sources() as (client, _):
            records = [record for page in client.iter_products_for_rights(isbns) for record in page.records] if isbns else []
        products = [Changed(record.isbn13 or "", record.work_id) for record in records if isinstance(record, Product)]
        if not products:
            raise AirflowSkipException("no video of the library names a title of ours")
        return products


def with_titles(operator: DecideOperator, run: DecisionRun, shown: "Facts", videos: "Sequence[Video]") -> "Facts":
    """A part of the library with the facts of the works that its videos name, by ISBN or by work."""
    from colophon_airflow.systems.consonance.hook import ConsonanceHook

    isbns = isbns_of(videos, ConsonanceHook(operator.consonance_conn_id))
    with being_told(run.context, run.case.id):
        return operator.facts(run, shown, isbns)


def isbns_of(videos: "Iterable[Video]", hook: "ConsonanceHook") -> set[str]:
    """The ISBNs that videos name, and those of all formats of the works that they name."""
    from colophon.domain.work import Work

    found, works = set[str](), set[int]()
    for video in videos:
        found.update(video.isbns or ())
        works.update([int(f"{video.work_id}")] if f"{video.work_id}".isdecimal() else [])
    if works:
        with hook.sources() as (client, _):
            records = (record for page in client.iter_works(ids=works) for record in page.records)
            found.update(edition.isbn13 for work in records if isinstance(work, Work) for edition in work.editions if edition.isbn13)
    return found
