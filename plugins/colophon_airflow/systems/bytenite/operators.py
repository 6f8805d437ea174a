"""Operators of ByteNite: deliver what waits for media jobs or the video library, then wait for what becomes of it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any, Literal

from airflow.sdk.exceptions import AirflowSkipException

from colophon import environment
from colophon_airflow.operators.base import AwaitOperator, DestinationOperator, OutcomeSummary, UseCaseOperator
from colophon_airflow.operators.launch import unknown
from colophon_airflow.operators.task_log import summary
from colophon_airflow.settings import open_ledger

if TYPE_CHECKING:
    from airflow.sdk import Context

    from colophon.domain.facts import Facts
    from colophon.errors import ColophonError
    from colophon.ledger import Ledger
    from colophon.systems.bytenite.client import ByteNiteClient
    from colophon.systems.bytenite.library import VideoLibrary
    from colophon_airflow.systems.bytenite.trigger import ByteniteSettledTrigger

AFTER_THE_LIMIT_S = 600
"""So much longer than a job may take is waited for its end (contract section 4)."""
LIBRARY_WITHIN_S = 1800
OVERLAP = timedelta(hours=1)
"""So much of what was read before is read again: a record may become visible later than its time says."""


class ByteniteOperator(DestinationOperator):
    """Acts for one destination of one use case, of one of both kinds."""

    system = "bytenite"
    template_fields: Sequence[str] = (*DestinationOperator.template_fields, "bytenite_conn_id")

    def __init__(self, *, kind: Literal["jobs", "library"] = "library", bytenite_conn_id: str = "bytenite_default", **kwargs: Any) -> None:
        """:param kind: `jobs` (deliveries are `JobSpec`s) or `library`. :param bytenite_conn_id: connection of type `bytenite`."""
        super().__init__(**kwargs)
        self.kind = kind
        self.bytenite_conn_id = bytenite_conn_id


class ByteniteDeliverOperator(ByteniteOperator):
    """Sends what the ledger has waiting for the destination. Returns counts by result."""

    def execute(self, context: "Context") -> dict[str, int]:
        """See `deliver`."""
        from colophon.systems.bytenite.port import LibraryPort, MediaJobPort

        with open_ledger() as ledger, client_of(self.bytenite_conn_id) as client:
            return self.deliver(context, ledger, MediaJobPort(client) if self.kind == "jobs" else LibraryPort(client))


class ByteniteAwaitOperator(ByteniteOperator, AwaitOperator):
    """Waits until nothing of ours changes any more; then copies outputs and takes outcomes in.

    Whoever stops the task while it waits stops its jobs as well.
    """

    def __init__(self, *, at_most: timedelta | None = None, late_after: timedelta | None = None, **kwargs: Any) -> None:
        """:param at_most: so long a run waits; what is under way then is taken in by the next run. :param late_after: when something is late.

        None: as long as the system may take.
        """
        super().__init__(**kwargs)
        self.at_most = at_most
        self.late_after = late_after

    def within(self) -> timedelta:
        """A job may take as long as the connection says, and some time more."""
        if self.late_after is not None:
            return self.late_after
        if self.kind == "library":
            return timedelta(seconds=LIBRARY_WITHIN_S)
        with client_of(self.bytenite_conn_id) as client:
            return timedelta(seconds=client.settings.extra.job_timeout + AFTER_THE_LIMIT_S)

    def trigger(self) -> "ByteniteSettledTrigger | None":
        """Waits for all jobs or placements under way; jobs for which there is something newer are aborted before."""
        from colophon.systems.bytenite.collect import abort_outdated
        from colophon_airflow.systems.bytenite.trigger import ByteniteSettledTrigger

        with open_ledger() as ledger:
            if self.kind == "jobs":
                with client_of(self.bytenite_conn_id) as client:
                    place = {"use_case": self.use_case_id, "destination": self.destination}
                    if aborted := abort_outdated(ledger, client, **place, at=environment.now()):
                        summary(f"Aborted at {self.destination}, for something newer is wanted: {aborted}", {})
            waiting = sorted(ledger.under_way(self.use_case_id, self.destination))
        if not waiting:
            return None
        until = environment.now() + min(self.within(), self.at_most or self.within())
        return ByteniteSettledTrigger(
            conn_id=self.bytenite_conn_id, kind=self.kind, remote_ids=waiting, until=until.isoformat(timespec="seconds")
        )

    def take_outcomes(self, context: "Context", ledger: "Ledger") -> OutcomeSummary:  # noqa: ARG002 - as the base class has it
        """Of jobs or of the library."""
        from colophon.systems.bytenite.collect import collect_jobs, collect_library

        collect = collect_jobs if self.kind == "jobs" else collect_library
        with client_of(self.bytenite_conn_id) as client:
            return OutcomeSummary(collect(ledger, client, use_case=self.use_case_id, destination=self.destination, at=environment.now()))


class BytenitePollOperator(UseCaseOperator):
    """Takes what changed at the library into our inbox: events that came by webhook are hints, and this reads the records. Returns how many were new."""

    system = "bytenite"
    template_fields: Sequence[str] = ("bytenite_conn_id",)

    def __init__(self, *, bytenite_conn_id: str = "bytenite_default", **kwargs: Any) -> None:
        """:param bytenite_conn_id: Airflow connection of type `bytenite`."""
        super().__init__(**kwargs)
        self.bytenite_conn_id = bytenite_conn_id

    def execute(self, context: "Context") -> int:
        """Since when the next poll reads is kept only after this one's records are in the inbox. A dry run takes nothing.

        :raises AirflowSkipException: there is no library, or as `client_of`.
        """
        from colophon.errors import FeatureMissingError
        from colophon.systems.bytenite.inbox import assets

        if context["params"].get("dry_run"):
            return 0
        kept, started = f"polled:{self.bytenite_conn_id}", environment.now()
        with open_ledger() as ledger, client_of(self.bytenite_conn_id) as client:
            last = ledger.memory.get(kept)
            since = datetime.fromisoformat(last[0]["at"]) - OVERLAP if last else None
            try:
                client.library.info()
                taken = ledger.inbox.take_all(list(assets(client.library, client.settings.http, since)), is_ours=True)
            except FeatureMissingError as problem:
                raise AirflowSkipException(f"no_library: {problem.sentence}; nothing is read") from problem
            ledger.memory.put(kept, {"at": started.isoformat()}, started)
        summary("Polled the video library", {"read": len(taken), "new": taken.count("new")})
        return taken.count("new")


@contextmanager
def client_of(conn_id: str) -> "Iterator[ByteNiteClient]":
    """The client of a connection.

    :raises AirflowSkipException: the vendor is gone, and `when_gone` of the connection says that others shall go on.
    """
    from colophon.errors import VendorGoneError
    from colophon_airflow.systems.bytenite.hook import ByteniteHook

    with ByteniteHook(conn_id).client as client:
        try:
            yield client
        except VendorGoneError as problem:
            if client.settings.extra.when_gone == "skip":
                raise AirflowSkipException(str(problem)) from problem
            raise


@contextmanager
def library_shown(_ledger: "Ledger", only: "frozenset[str] | None", conn_id: str = "bytenite_default") -> "Iterator[Iterable[Facts]]":
    """Videos of the library with their rules and placements, in parts. Raises as `_parts`."""
    from colophon.systems.bytenite.shown import Shown, read_shown

    with _parts(conn_id, Shown, lambda library: read_shown(library, only)) as parts:
        yield parts


@contextmanager
def library_videos(conn_id: str = "bytenite_default") -> "Iterator[Iterable[Facts]]":
    """Records of the library's videos, in parts, without those that are archived. Raises as `_parts`."""
    from colophon.systems.bytenite.records import Video
    from colophon.systems.bytenite.shown import read_videos

    with _parts(conn_id, Video, read_videos) as parts:
        yield parts


@contextmanager
def _parts(conn_id: str, kind: type, read: "Callable[[VideoLibrary], Iterable[list[Any]]]") -> "Iterator[Iterable[Facts]]":
    """What is read of the library, each part as facts of a kind.

    :raises AirflowSkipException: there is no library, or as `client_of`.
    """
    from colophon.domain.facts import Facts, Known
    from colophon.errors import FeatureMissingError

    def part(records: list[Any]) -> Facts:
        return Facts({kind: Known(records=tuple(records), source="video library", as_of=as_of)})

    with client_of(conn_id) as client:
        as_of = environment.now()
        try:
            client.library.info()
            yield map(part, chain([[]], read(client.library)))  # an empty library has a part, too
        except FeatureMissingError as problem:
            raise AirflowSkipException(f"no_library: {problem.sentence}; nothing is checked and nothing is sent") from problem


@contextmanager
def videos_shown(_ledger: "Ledger", conn_id: str = "bytenite_default") -> "Iterator[Facts]":
    """All videos of the library with their placements. Raises as `library_shown`."""
    from colophon.domain.facts import Facts
    from colophon.errors import FeatureMissingError
    from colophon.systems.bytenite.shown import Shown, read_shown

    with client_of(conn_id) as client:
        try:
            client.library.info()
            shown = tuple(chain.from_iterable(read_shown(client.library, rules=False)))
            yield Facts.known({Shown: shown}, source="video library", as_of=environment.now())
        except FeatureMissingError as problem:
            raise AirflowSkipException(f"no_library: {problem.sentence}; nothing is asked for") from problem


def videos_unread(problem: "ColophonError") -> "Facts":
    """The same where the library cannot be read."""
    from colophon.systems.bytenite.shown import Shown

    return unknown(problem, "video library", {Shown: None})
