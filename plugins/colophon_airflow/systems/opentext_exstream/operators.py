"""Operators of OpenText Exstream: send what waits as one batch, then wait for what becomes of every letter."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from colophon import environment
from colophon_airflow.operators.base import AwaitOperator, DestinationOperator, OutcomeSummary, UseCaseOperator
from colophon_airflow.operators.decide import DecideOperator
from colophon_airflow.operators.decision_run import DecisionRun
from colophon_airflow.operators.task_log import summary
from colophon_airflow.settings import open_ledger, publisher_config

if TYPE_CHECKING:
    from airflow.sdk import Context

    from colophon.blocks.letters import Letters
    from colophon.blocks.use_case import Needs
    from colophon.domain.facts import Facts
    from colophon.errors import ColophonError
    from colophon.ledger import Ledger
    from colophon.systems.opentext_exstream.client import ExstreamClient
    from colophon.systems.opentext_exstream.collect import Settled
    from colophon_airflow.systems.opentext_exstream.trigger import OpentextExstreamJobsTrigger


NAMED_BY_THEIR_RUN = "royalty_statement"
"""Kind of document of which the run's last steps name each that reached nobody."""


class LettersOperator(DecideOperator):
    """Decides which letters are due; returns destination, template and version of each kind, to deliver to."""

    @contextmanager
    def read(self, run: DecisionRun) -> "Iterator[Iterable[Facts]]":
        """As the base class; what somebody tries on the form is told before."""
        with super().read(run) as parts:
            yield self._tried(run, parts)

    def _tried(self, run: DecisionRun, parts: "Iterable[Facts]") -> "Iterator[Facts]":
        """The parts; what somebody tries on the form is told before."""
        tries = cast("Letters", run.case).tries
        for facts in parts:
            if tries and (lines := tries(facts, run.asked)):
                summary("What the plan on the form would change", {"changes": len(lines)}, lines)
                run.context["ti"].xcom_push(key="tried", value=lines)
            yield facts

    def result(self, run: DecisionRun) -> list[dict[str, str]]:
        """All kinds, whether any is new or not; none in a dry run, nor in one of old news: what waits was not judged anew."""
        templates = {} if run.is_dry or run.is_silent else cast("Letters", run.case).templates(publisher_config())
        return [{"destination": kind, "template": one.template, "version": one.version} for kind, one in templates.items()]


class OpentextExstreamOperator(DestinationOperator):
    """Acts for one kind of document and one destination of one use case."""

    system = "opentext_exstream"
    template_fields: Sequence[str] = (*DestinationOperator.template_fields, "document", "opentext_exstream_conn_id")

    def __init__(
        self, *, case: "Callable[[], Needs]", document: str, opentext_exstream_conn_id: str = "opentext_exstream_default", **kwargs: Any
    ) -> None:
        """:param case: gives the use case. :param document: kind, such as `royalty_statement`. :param opentext_exstream_conn_id: connection of
        type `opentext_exstream`.
        """
        super().__init__(**kwargs)
        self.case = case
        self.document = document
        self.opentext_exstream_conn_id = opentext_exstream_conn_id

    @property
    def names_its_own(self) -> bool:
        """Statements: their run names each payee who has none."""
        return self.document == NAMED_BY_THEIR_RUN

    @property
    def remedies(self) -> Mapping[str, str]:
        """See the base class."""
        return self.case().remedies

    def client(self) -> "ExstreamClient":
        """The client of the connection."""
        from colophon_airflow.systems.opentext_exstream.hook import OpentextExstreamHook

        return OpentextExstreamHook(self.opentext_exstream_conn_id).client


class OpentextExstreamDeliverOperator(OpentextExstreamOperator):
    """Sends what the ledger has waiting for the destination. Returns counts by result.

    The content of each delivery is a `Letter` (see `colophon.systems.opentext_exstream.records`) as JSON.
    """

    template_fields: Sequence[str] = (*OpentextExstreamOperator.template_fields, "template", "version", "edition")

    def __init__(self, *, template: str, version: str, edition: str, **kwargs: Any) -> None:
        """:param template: name of the communication. :param edition: what makes this mailing another one, such as `2026-H1`."""
        super().__init__(**kwargs)
        self.template = template
        self.version = version
        self.edition = edition

    def execute(self, context: "Context") -> dict[str, int]:
        """See `deliver`."""
        from colophon.systems.opentext_exstream.port import LetterPort
        from colophon.systems.opentext_exstream.records import Document

        document = Document(self.document, self.template, self.version, self.edition)
        # An unexplained job is waited for while the lease lasts: another sender may take over after that.
        wait_s = publisher_config().limits.lease_seconds / 3
        with open_ledger() as ledger, self.client() as client:
            return self.deliver(context, ledger, LetterPort(client, document, wait_s=wait_s))


class OpentextExstreamAwaitOperator(OpentextExstreamOperator, AwaitOperator):
    """Waits until the jobs have ended or are held; then settles every letter of them.

    Fails where letters were left out, failed, or nobody can know of them: a batch with a difference does not end green.
    """

    def within(self) -> timedelta:
        """The connection's `job_deadline`."""
        with self.client() as client:
            return timedelta(seconds=client.settings.extra.job_deadline)

    def trigger(self) -> "OpentextExstreamJobsTrigger | None":
        """Waits for all jobs under way, up to `job_deadline`."""
        from colophon.systems.opentext_exstream.collect import jobs_under_way
        from colophon_airflow.systems.opentext_exstream.trigger import OpentextExstreamJobsTrigger

        with open_ledger() as ledger:
            jobs = sorted(jobs_under_way(ledger, self.use_case_id, self.destination))
        if not jobs:
            return None
        until = (environment.now() + self.within()).isoformat(timespec="seconds")
        return OpentextExstreamJobsTrigger(conn_id=self.opentext_exstream_conn_id, jobs=jobs, until=until)

    def take_outcomes(self, context: "Context", ledger: "Ledger") -> OutcomeSummary:  # noqa: ARG002 - as the base class has it
        """By manifests of jobs and by reports. The problem: a job was gone before its manifest was read, or letters were left out."""
        from colophon.systems.opentext_exstream.collect import collect_jobs, take_reports
        from colophon.systems.opentext_exstream.port import service_of

        with self.client() as client:
            service = service_of(client, self.document)
            found = collect_jobs(ledger, client, use_case=self.use_case_id, destination=self.destination, service=service)
            reports = take_reports(ledger, client, connection=self.opentext_exstream_conn_id)
        return OutcomeSummary({**found.counts, "reports": dict(reports)}, found.differences[:20], _problem(found))


def _problem(found: "Settled") -> "ColophonError | None":
    from colophon.errors import EffectUnknownError, RefusedError

    if found.unknown:
        evidence = f"{len(found.unknown)} letters"
        return EffectUnknownError("jobs were gone before their manifests were read", system="opentext_exstream", evidence=evidence)
    if found.differences:
        evidence = f"{len(found.differences)} letters, such as {found.differences[0]}"
        return RefusedError("not every letter of the batch left", system="opentext_exstream", evidence=evidence)
    return None


class OpentextExstreamPollOperator(UseCaseOperator):
    """Takes outcomes from the feed, the files and the e-mail events that the connection has switched on. Returns counts.

    Records about letters of ours become their outcomes; those about service letters wait in our inbox for their use case.
    """

    system = "opentext_exstream"
    template_fields: Sequence[str] = ("opentext_exstream_conn_id",)

    def __init__(self, *, opentext_exstream_conn_id: str = "opentext_exstream_default", **kwargs: Any) -> None:
        """:param opentext_exstream_conn_id: Airflow connection of type `opentext_exstream`."""
        super().__init__(**kwargs)
        self.opentext_exstream_conn_id = opentext_exstream_conn_id

    def execute(self, context: "Context") -> dict[str, int]:
        """The feed's position is kept only after its records are in the inbox. A dry run takes nothing."""
        from colophon.systems.opentext_exstream.collect import take_reports
        from colophon_airflow.systems.opentext_exstream.hook import OpentextExstreamHook

        if context["params"].get("dry_run"):
            return {}
        with open_ledger() as ledger, OpentextExstreamHook(self.opentext_exstream_conn_id).client as client:
            counts = take_reports(ledger, client, connection=self.opentext_exstream_conn_id)
        summary("Polled Exstream", counts)
        return dict(counts)
