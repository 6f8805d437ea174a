"""Operators of OpenText Exstream: send what waits as one batch, then wait for what becomes of every letter."""

import logging
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from colophon_airflow.operators.base import UseCaseOperator, owner_of, summary
from colophon_airflow.settings import open_ledger, publisher_config

if TYPE_CHECKING:
    from airflow.sdk import Context

    from colophon.systems.opentext_exstream.client import ExstreamClient

log = logging.getLogger(__name__)


class OpentextExstreamOperator(UseCaseOperator):
    """Acts for one kind of document and one destination of one use case."""

    template_fields: Sequence[str] = ("destination", "document", "opentext_exstream_conn_id")

    def __init__(
        self, *, document: str, destination: str, opentext_exstream_conn_id: str = "opentext_exstream_default", **kwargs: Any
    ) -> None:
        """:param document: kind, such as `royalty_statement`. :param destination: as planned in the ledger.

        :param opentext_exstream_conn_id: Airflow connection of type `opentext_exstream`.
        """
        super().__init__(**kwargs)
        self.document = document
        self.destination = destination
        self.opentext_exstream_conn_id = opentext_exstream_conn_id

    def client(self) -> "ExstreamClient":
        """The client of the connection."""
        from colophon_airflow.hooks.opentext_exstream import OpentextExstreamHook

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
        """Claim, send, finish until nothing is left; an error that stopped the loop is raised at the end, results kept."""
        from colophon.deliver import deliver
        from colophon.systems.opentext_exstream.port import LetterPort
        from colophon.systems.opentext_exstream.records import Document

        lease_s = publisher_config().limits.lease_seconds
        with open_ledger() as ledger, self.client() as client:
            document = Document(self.document, self.template, self.version, self.edition)
            done = deliver(
                ledger,
                # An unexplained job is waited for while the lease lasts: another sender may take over after that.
                LetterPort(client, document, wait_s=lease_s / 3),
                use_case=self.use_case_id,
                destination=self.destination,
                owner=owner_of(context),
                lease_s=lease_s,
                sleep=time.sleep,
            )
            states = ledger.counts(self.use_case_id, self.destination).get(self.destination, {})
        summary(f"Delivered to {self.destination}", {**done.counts, "ledger": states}, done.refusals)
        if done.stopped_by is not None:
            raise done.stopped_by
        return dict(done.counts)


class OpentextExstreamAwaitOperator(OpentextExstreamOperator):
    """Waits, without holding a worker, until the jobs have ended or are held; then settles every letter of them.

    Returns the ledger's counts by state. Fails where letters were left out, failed, or nobody can know of them: a batch with a
    difference does not end green. Jobs that still run at `job_deadline` stay as they are, and the next run looks again.
    """

    def execute(self, context: "Context") -> dict[str, int]:
        """Defer while jobs are under way."""
        from colophon.systems.opentext_exstream.settle import jobs_under_way

        with open_ledger() as ledger:
            jobs = sorted(jobs_under_way(ledger, self.use_case_id, self.destination))
        if jobs:
            from colophon_airflow.triggers.opentext_exstream import OpentextExstreamJobsTrigger

            with self.client() as client:
                deadline = timedelta(seconds=client.settings.extra.job_deadline)
            until = (datetime.now(UTC) + deadline).isoformat(timespec="seconds")
            self.defer(
                trigger=OpentextExstreamJobsTrigger(conn_id=self.opentext_exstream_conn_id, jobs=jobs, until=until), method_name="settle"
            )
        return self.settle(context)

    def settle(self, context: "Context", event: dict[str, Any] | None = None) -> dict[str, int]:  # noqa: ARG002 - Airflow's signature
        """Take in what is known now.

        :raises EffectUnknownError: a job was gone before its manifest was read.
        :raises RefusedError: letters were left out or failed; the ledger names them.
        """
        from colophon.errors import EffectUnknownError, RefusedError
        from colophon.systems.opentext_exstream.port import service_of
        from colophon.systems.opentext_exstream.settle import settle_jobs, take_reports

        with open_ledger() as ledger, self.client() as client:
            service = service_of(client, self.document)
            found = settle_jobs(ledger, client, use_case=self.use_case_id, destination=self.destination, service=service)
            reports = take_reports(ledger, client, connection=self.opentext_exstream_conn_id)
            states = ledger.counts(self.use_case_id, self.destination).get(self.destination, {})
        late = "" if event is None or event.get("settled") else " (not all jobs have ended; the next run looks again)"
        summary(
            f"Letters to {self.destination}{late}", {**found.counts, "reports": dict(reports), "ledger": states}, found.differences[:20]
        )
        if found.unknown:
            evidence = f"{len(found.unknown)} letters"
            raise EffectUnknownError("jobs were gone before their manifests were read", system="opentext_exstream", evidence=evidence)
        if found.differences:
            evidence = f"{len(found.differences)} letters, such as {found.differences[0]}"
            raise RefusedError("not every letter of the batch left", system="opentext_exstream", evidence=evidence)
        return states
