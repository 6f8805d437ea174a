"""Decisions about videos: what the library has, with the titles that its videos name."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from colophon_airflow.operators.decide import DecideOperator, DecisionRun
from colophon_airflow.sources import being_told
from colophon_airflow.systems.bytenite.operators import library_videos
from colophon_airflow.systems.consonance.hook import ConsonanceHook

if TYPE_CHECKING:
    from colophon.blocks.decision import Plan
    from colophon.domain.facts import Facts
    from colophon.systems.bytenite.records import Video


class VideosDecideOperator(DecideOperator):
    """Decides about the videos of the library, part by part, each with what Consonance says of their titles.

    The deliveries of all parts are entered at once, those that close before those that open. It is skipped where there is no library.
    """

    @contextmanager
    def read(self, run: DecisionRun) -> "Iterator[Iterable[Facts]]":
        """The videos, and the facts of their works."""
        with library_videos() as parts:
            yield (self.with_titles(run, facts) for facts in parts)

    def gathered(self, plans: "Iterator[Plan]") -> "Iterable[Plan]":
        """See the class."""
        from colophon.blocks.desired_state import gathered

        return gathered(plans)

    def with_titles(self, run: DecisionRun, shown: "Facts") -> "Facts":
        """A part of the library with the facts of the works that its videos name, by ISBN or by work."""
        from colophon.systems.bytenite.records import Video

        isbns = isbns_of(shown.records(Video), ConsonanceHook(self.consonance_conn_id))
        with being_told(run.context, run.case.id):
            return self.facts(run, shown, isbns)


def isbns_of(videos: "Iterable[Video]", hook: ConsonanceHook) -> set[str]:
    """The ISBNs that videos name, and those of all formats of the works that they name."""
    from colophon.domain.work import Work

    found, works = set[str](), set[int]()
    for video in videos:
        found.update(video.isbns or ())
        works.update([int(video.work_id)] if str(video.work_id).isdecimal() else [])
    if works:
        with hook.sources() as (client, _):
            records = (record for page in client.iter_works(ids=works) for record in page.records)
            found.update(edition.isbn13 for work in records if isinstance(work, Work) for edition in work.editions if edition.isbn13)
    return found
