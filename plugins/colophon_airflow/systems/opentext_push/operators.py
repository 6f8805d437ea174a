"""Operators of OpenText Push: send the alerts that wait, then wait for what becomes of them."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from colophon import environment
from colophon_airflow.operators.base import AwaitOperator, DestinationOperator, OutcomeSummary
from colophon_airflow.settings import open_ledger

if TYPE_CHECKING:
    from airflow.sdk import Context

    from colophon.domain.person import Person
    from colophon.ledger import Ledger
    from colophon.systems.opentext_push.client import PushClient
    from colophon.systems.opentext_push.directory import RecipientDirectory
    from colophon_airflow.systems.opentext_push.trigger import OpentextPushFinishedTrigger


class OpentextPushOperator(DestinationOperator):
    """Acts for one destination of one use case; `people` says who has which devices."""

    system = "opentext_push"
    template_fields: Sequence[str] = (*DestinationOperator.template_fields, "people", "opentext_push_conn_id")

    def __init__(self, *, people: str, opentext_push_conn_id: str = "opentext_push_default", **kwargs: Any) -> None:
        """:param people: CSV or YAML file of recipients, a path or a name within Colophon's `config_folder`.

        :param opentext_push_conn_id: Airflow connection of type `opentext_push`.
        """
        super().__init__(**kwargs)
        self.people = people
        self.opentext_push_conn_id = opentext_push_conn_id

    def client(self) -> "PushClient":
        """The client of the connection."""
        from colophon_airflow.systems.opentext_push.hook import OpentextPushHook

        return OpentextPushHook(self.opentext_push_conn_id).client

    def directory(self, ledger: "Ledger") -> "RecipientDirectory":
        """Who has which devices, less those that the ledger knows to be gone.

        :raises BadConfigError: the file is missing or unreadable.
        """
        return recipients(self.people, ledger)


class OpentextPushDeliverOperator(OpentextPushOperator):
    """Sends the alerts that the ledger has waiting for the destination. Returns counts by result.

    Where the connection says `dedupe: none`, an alert whose answer was lost stays `unknown` and is never repeated.
    """

    def execute(self, context: "Context") -> dict[str, int]:
        """See `deliver`."""
        from colophon.systems.opentext_push.port import PushPort

        with open_ledger() as ledger, self.client() as client:
            return self.deliver(context, ledger, PushPort(client, self.directory(ledger)))


class OpentextPushAwaitOperator(OpentextPushOperator, AwaitOperator):
    """Waits until all jobs of ours are finished; then takes their outcomes in."""

    def __init__(self, *, wait_seconds: float = 7200, **kwargs: Any) -> None:
        """:param wait_seconds: the longest wait; statuses can be had for 72 h after a job's end."""
        super().__init__(**kwargs)
        self.wait_seconds = wait_seconds

    def within(self) -> timedelta:
        """As long as is waited."""
        return timedelta(seconds=self.wait_seconds)

    def trigger(self) -> "OpentextPushFinishedTrigger | None":
        """Waits for all jobs whose statuses can still be had."""
        from colophon.systems.opentext_push.collect import KEPT_AT_MOST
        from colophon_airflow.systems.opentext_push.trigger import OpentextPushFinishedTrigger

        now = environment.now()
        with open_ledger() as ledger:
            waiting = ledger.under_way(self.use_case_id, self.destination)
        recent = sorted(remote_id for remote_id, (_, taken) in waiting.items() if now - taken <= KEPT_AT_MOST)
        until = (now + self.within()).isoformat(timespec="seconds")
        return OpentextPushFinishedTrigger(conn_id=self.opentext_push_conn_id, remote_ids=recent, until=until) if recent else None

    def take_outcomes(self, context: "Context", ledger: "Ledger") -> OutcomeSummary:  # noqa: ARG002 - as the base class has it
        """By the statuses of jobs."""
        from colophon.systems.opentext_push.collect import collect_outcomes

        with self.client() as client:
            found = collect_outcomes(
                ledger,
                client,
                self.directory(ledger),
                use_case=self.use_case_id,
                destination=self.destination,
                now=environment.now(),
            )
        return OutcomeSummary(found)


class Messaging(NamedTuple):
    """What the messaging system makes of repeats (A or D), what is known of a person (a key of the directory), and the fallback channel."""

    delivery_class: str
    person: "Callable[[str], Person]"
    fallback: str


def messaging_of(conn_id: str, people: str, ledger: "Ledger") -> Messaging:
    """What plans of messages have to know of a connection and a file of recipients. Raises as `recipients`."""
    from colophon.systems.opentext_push import fcm, operations
    from colophon_airflow.systems.opentext_push.hook import OpentextPushHook

    directory = recipients(people, ledger)
    with OpentextPushHook(conn_id).client as client:
        extra = client.settings.extra
        repeats = (fcm.SEND if client.direct else operations.submit_with(extra)).writes
    return Messaging(str(repeats), directory.person, extra.fallback_channel)


def recipients(people: str, ledger: "Ledger | None") -> "RecipientDirectory":
    """Who has which devices, by a CSV or YAML file within the configuration folder, less those that the ledger knows to be gone.

    Without a ledger none is known to be gone, and none is remembered.

    :raises BadConfigError: the file is missing or unreadable.
    """
    from pathlib import Path

    from airflow.sdk.configuration import conf

    from colophon.errors import BadConfigError
    from colophon.systems.opentext_push.directory import OPTED_OUT, FileDirectory, LedgerRetired, NothingRetired

    file = Path(conf.get("colophon", "config_folder") or ".") / people
    try:
        content = file.read_bytes()
    except OSError as problem:
        raise BadConfigError(f"the file of recipients {file.name} cannot be read: {problem.strerror}") from None
    if ledger is None:
        return FileDirectory.read(file.name, content, NothingRetired())
    return FileDirectory.read(file.name, content, LedgerRetired(ledger), LedgerRetired(ledger, OPTED_OUT))
