"""Operators of ByteNite: deliver what waits for media jobs or the video library, then wait for what becomes of it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from airflow.sdk.exceptions import AirflowSkipException

from colophon_airflow.operators.base import UseCaseOperator, owner_of, summary
from colophon_airflow.settings import open_ledger, publisher_config

if TYPE_CHECKING:
    from airflow.sdk import Context

    from colophon.systems.bytenite.client import ByteNiteClient

AFTER_THE_LIMIT_S = 600
"""So much longer than a job may take is waited for its end (contract section 4)."""
LIBRARY_WITHIN_S = 1800


class ByteniteOperator(UseCaseOperator):
    """Acts for one destination of one use case, of one of both kinds."""

    template_fields = ("destination", "bytenite_conn_id")

    def __init__(
        self, *, kind: Literal["jobs", "library"], destination: str, bytenite_conn_id: str = "bytenite_default", **kwargs: Any
    ) -> None:
        """:param kind: `jobs` (deliveries are `JobSpec`s) or `library`. :param destination: the ledger's name for the receiver.

        :param bytenite_conn_id: Airflow connection of type `bytenite`.
        """
        super().__init__(**kwargs)
        self.kind = kind
        self.destination = destination
        self.bytenite_conn_id = bytenite_conn_id

    @contextmanager
    def client(self, *, jitter: bool = False) -> "Iterator[ByteNiteClient]":
        """The client of the connection.

        :raises AirflowSkipException: the vendor is gone, and `when_gone` of the connection says that others shall go on.
        """
        from colophon.errors import VendorGoneError
        from colophon_airflow.hooks.bytenite import ByteniteHook

        with ByteniteHook(self.bytenite_conn_id, jitter=jitter).client as client:
            try:
                yield client
            except VendorGoneError as problem:
                if client.settings.extra.when_gone == "skip":
                    raise AirflowSkipException(str(problem)) from problem
                raise


class ByteniteDeliverOperator(ByteniteOperator):
    """Sends what the ledger has waiting for the destination. Returns counts by result.

    Leftovers of an earlier run go too. A row that another run holds is left to it.
    """

    def execute(self, context: "Context") -> dict[str, int]:
        """Claim, send, finish until nothing is left; an error that stopped the loop is raised at the end, results kept."""
        from colophon.deliver import deliver
        from colophon.systems.bytenite.port import LibraryPort, MediaJobPort

        with open_ledger() as ledger, self.client() as client:
            done = deliver(
                ledger,
                MediaJobPort(client) if self.kind == "jobs" else LibraryPort(client),
                use_case=self.use_case_id,
                destination=self.destination,
                owner=owner_of(context),
                lease_s=publisher_config().limits.lease_seconds,
                sleep=time.sleep,
            )
            states = ledger.counts(self.use_case_id, self.destination).get(self.destination, {})
            summary(f"Delivered to {self.destination}", {**done.counts, "ledger": states}, done.refusals)
            if done.stopped_by is not None:
                raise done.stopped_by
        return dict(done.counts)


class ByteniteAwaitOperator(ByteniteOperator):
    """Waits, without holding a worker, until nothing of ours changes any more; then copies outputs and takes outcomes in.

    Returns the ledger's counts by state. What is not settled in time stays as it is, and the next run looks again. Whoever stops
    the task while it waits stops its jobs as well.
    """

    def execute(self, context: "Context") -> dict[str, int]:
        """Defer while something is under way."""
        with open_ledger() as ledger:
            waiting = ledger.under_way(self.use_case_id, self.destination)
        if waiting:
            self._wait_for(sorted(waiting))
        return self.settle(context)

    def _wait_for(self, remote_ids: list[str]) -> None:
        """Leave the worker until the trigger fires."""
        from colophon_airflow.triggers.bytenite import ByteniteSettledTrigger

        with self.client() as client:
            limit_s = client.settings.extra.job_timeout + AFTER_THE_LIMIT_S if self.kind == "jobs" else LIBRARY_WITHIN_S
        until = datetime.now(UTC) + timedelta(seconds=limit_s)
        trigger = ByteniteSettledTrigger(
            conn_id=self.bytenite_conn_id, kind=self.kind, remote_ids=remote_ids, until=until.isoformat(timespec="seconds")
        )
        self.defer(trigger=trigger, method_name="settle")

    def settle(self, context: "Context", event: dict[str, Any] | None = None) -> dict[str, int]:  # noqa: ARG002 - Airflow's signature
        """Take in what is known now."""
        from colophon.systems.bytenite.settle import settle_jobs, settle_library

        settle = settle_jobs if self.kind == "jobs" else settle_library
        with open_ledger() as ledger, self.client() as client:
            found = settle(ledger, client, use_case=self.use_case_id, destination=self.destination, at=datetime.now(UTC))
            states = ledger.counts(self.use_case_id, self.destination).get(self.destination, {})
        late = "" if event is None or event.get("settled") else " (not all are settled; the next run looks again)"
        summary(f"Outcomes of {self.destination}{late}", {**found, "ledger": states})
        return states
