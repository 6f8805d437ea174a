"""Waits until nothing of ours is under way at xConnector for a recipient."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from colophon_airflow.systems.trigger import SettledTrigger, growing

if TYPE_CHECKING:
    from colophon.systems.xconnector.client import XConnectorClient
    from colophon_airflow.systems.xconnector.hook import XConnectorHook


class XConnectorSettledTrigger(SettledTrigger):
    """Settled when no message of ours to `recipient` since `since` is under way."""

    def __init__(self, *, conn_id: str, recipient: str, since: str, until: str) -> None:
        """:param since, until: aware moments in ISO 8601."""
        super().__init__(conn_id=conn_id, until=until, recipient=recipient, since=since)
        self.recipient = recipient
        self.since = since

    def hook(self) -> "XConnectorHook":
        """See the base class."""
        from colophon_airflow.systems.xconnector.hook import XConnectorHook

        return XConnectorHook(self.conn_id)

    def waits(self) -> Iterator[float]:
        """At once, then after 5 s, growing by half up to 60 s (contract section 7)."""
        return growing(5.0, 1.5, 60.0, at_once=True)

    def is_settled(self, client: "XConnectorClient") -> bool:
        """Look for one message that is not done."""
        from colophon.systems.xconnector.collect import is_settled

        return is_settled(client, self.recipient, datetime.fromisoformat(self.since))
