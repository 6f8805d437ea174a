"""Operators of OpenText Push: send the alerts that wait, then wait for what becomes of them."""

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from colophon_airflow.operators.base import UseCaseOperator, owner_of, summary
from colophon_airflow.settings import open_ledger, publisher_config

if TYPE_CHECKING:
    from airflow.sdk import Context

    from colophon.ledger import Ledger
    from colophon.systems.opentext_push.client import PushClient
    from colophon.systems.opentext_push.directory import RecipientDirectory


class OpentextPushOperator(UseCaseOperator):
    """Acts for one destination of one use case; `people` says who has which devices."""

    template_fields = ("destination", "people", "opentext_push_conn_id")

    def __init__(self, *, destination: str, people: str, opentext_push_conn_id: str = "opentext_push_default", **kwargs: Any) -> None:
        """:param destination: name of the audience in the ledger. :param people: CSV or YAML file of recipients, a path or a
        name within Colophon's `config_folder`. :param opentext_push_conn_id: Airflow connection of type `opentext_push`.
        """
        super().__init__(**kwargs)
        self.destination = destination
        self.people = people
        self.opentext_push_conn_id = opentext_push_conn_id

    def client(self) -> "PushClient":
        """The client of the connection."""
        from colophon_airflow.hooks.opentext_push import OpentextPushHook

        return OpentextPushHook(self.opentext_push_conn_id).client

    def directory(self, ledger: "Ledger") -> "RecipientDirectory":
        """Who has which devices, less those that the ledger knows to be gone.

        :raises BadConfigError: the file is missing or unreadable.
        """
        from pathlib import Path

        from airflow.sdk.configuration import conf

        from colophon.errors import BadConfigError
        from colophon.systems.opentext_push.directory import FileDirectory, LedgerRetired

        file = Path(conf.get("colophon", "config_folder") or ".") / self.people
        try:
            content = file.read_bytes()
        except OSError as problem:
            raise BadConfigError(f"the file of recipients {file.name} cannot be read: {problem.strerror}") from None
        return FileDirectory.read(file.name, content, LedgerRetired(ledger))


class OpentextPushDeliverOperator(OpentextPushOperator):
    """Sends the alerts that the ledger has waiting for the destination. Returns counts by result.

    Where the connection says `dedupe: none`, an alert whose answer was lost stays `unknown` and is never repeated.
    """

    def execute(self, context: "Context") -> dict[str, int]:
        """Claim, send, finish until nothing is left; an error that stopped the loop is raised at the end, results kept."""
        from colophon.deliver import deliver
        from colophon.systems.opentext_push.port import PushPort

        with open_ledger() as ledger, self.client() as client:
            done = deliver(
                ledger,
                PushPort(client, self.directory(ledger)),
                use_case=self.use_case_id,
                destination=self.destination,
                owner=owner_of(context),
                lease_s=publisher_config().limits.lease_seconds,
                sleep=time.sleep,
            )
            states = ledger.counts(self.use_case_id, self.destination).get(self.destination, {})
        summary(f"Alerts to {self.destination}", {**done.counts, "ledger": states}, done.refusals)
        if done.stopped_by is not None:
            raise done.stopped_by
        return dict(done.counts)


class OpentextPushAwaitOperator(OpentextPushOperator):
    """Waits, without holding a worker, until all jobs of ours are finished; then takes their outcomes in.

    Returns the ledger's counts by state. What is not finished in time stays as it is, and the next run looks again.
    """

    def __init__(self, *, wait_seconds: float = 7200, **kwargs: Any) -> None:
        """:param wait_seconds: the longest wait; statuses can be had for 72 h after a job's end."""
        super().__init__(**kwargs)
        self.wait_seconds = wait_seconds

    def execute(self, context: "Context") -> dict[str, int]:
        """Defer while something is under way."""
        from colophon.systems.opentext_push.settle import KEPT_AT_MOST

        now = datetime.now(UTC)
        with open_ledger() as ledger:
            waiting = ledger.under_way(self.use_case_id, self.destination)
        recent = sorted(remote_id for remote_id, (_, taken) in waiting.items() if now - taken <= KEPT_AT_MOST)
        if recent:
            from colophon_airflow.triggers.opentext_push import OpentextPushFinishedTrigger

            until = (now + timedelta(seconds=self.wait_seconds)).isoformat(timespec="seconds")
            trigger = OpentextPushFinishedTrigger(conn_id=self.opentext_push_conn_id, remote_ids=recent, until=until)
            self.defer(trigger=trigger, method_name="settle")
        return self.settle(context)

    def settle(self, context: "Context", event: dict[str, Any] | None = None) -> dict[str, int]:  # noqa: ARG002 - Airflow's signature
        """Take in what is known now."""
        from colophon.systems.opentext_push.settle import settle

        with open_ledger() as ledger, self.client() as client:
            found = settle(
                ledger,
                client,
                self.directory(ledger),
                use_case=self.use_case_id,
                destination=self.destination,
                now=datetime.now(UTC),
            )
            states = ledger.counts(self.use_case_id, self.destination).get(self.destination, {})
        late = "" if event is None or event.get("finished") else " (not all are finished; the next run looks again)"
        summary(f"Outcomes of {self.destination}{late}", {**found, "ledger": states})
        return states
