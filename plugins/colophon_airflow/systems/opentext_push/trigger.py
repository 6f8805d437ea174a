"""Waits until jobs at OpenText Push are finished."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from colophon_airflow.systems.trigger import SettledTrigger, growing

if TYPE_CHECKING:
    from colophon.systems.opentext_push.client import PushClient
    from colophon_airflow.systems.opentext_push.hook import OpentextPushHook


class OpentextPushFinishedTrigger(SettledTrigger):
    """Settled when all jobs are finished or wiped."""

    def __init__(self, *, conn_id: str, remote_ids: Sequence[str], until: str) -> None:
        """:param remote_ids: as in the ledger. :param until: aware moment in ISO 8601."""
        super().__init__(conn_id=conn_id, until=until, remote_ids=list(remote_ids))
        self.going = set(remote_ids)

    def hook(self) -> "OpentextPushHook":
        """See the base class."""
        from colophon_airflow.systems.opentext_push.hook import OpentextPushHook

        return OpentextPushHook(self.conn_id)

    def waits(self) -> Iterator[float]:
        """After 30 s, then at twice the distance up to 10 min (contract section 5)."""
        return growing(30.0, 2.0, 600.0, at_once=False)

    def is_settled(self, client: "PushClient") -> bool:
        """Look at what still went at the last look."""
        from colophon.systems.opentext_push.collect import still_going

        self.going = still_going(client, self.going)
        return not self.going
