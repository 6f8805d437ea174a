"""Waits until nothing of ours changes any more at ByteNite."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from colophon import environment
from colophon_airflow.beside import beside
from colophon_airflow.systems.trigger import SettledTrigger, growing

if TYPE_CHECKING:
    from colophon.systems.bytenite.client import ByteNiteClient
    from colophon_airflow.systems.bytenite.hook import ByteniteHook


class ByteniteSettledTrigger(SettledTrigger):
    """Settled when all of `remote_ids` have come to rest. When somebody stops the task, its jobs are aborted."""

    def __init__(self, *, conn_id: str, kind: str, remote_ids: Sequence[str], until: str) -> None:
        """:param kind: `jobs` or `library`. :param until: aware moment in ISO 8601."""
        super().__init__(conn_id=conn_id, until=until, kind=kind, remote_ids=list(remote_ids))
        self.kind = kind
        self.going = set(remote_ids)

    def hook(self) -> "ByteniteHook":
        """See the base class."""
        from colophon_airflow.systems.bytenite.hook import ByteniteHook

        return ByteniteHook(self.conn_id)

    def waits(self) -> Iterator[float]:
        """At once, then after 10 s, growing by half up to 60 s (contract section 4)."""
        return growing(10.0, 1.5, 60.0, at_once=True)

    def is_settled(self, client: "ByteNiteClient") -> bool:
        """Look at what still went at the last look."""
        from colophon.systems.bytenite.collect import still_going

        self.going = still_going(client, self.kind, self.going, at=environment.now())
        return not self.going

    async def on_kill(self) -> None:
        """Somebody stopped the task: stop its jobs, too. What the library shows is not ours to undo here."""
        if self.kind == "jobs":
            with await self.client() as client:
                for job_id in self.asked["remote_ids"]:
                    await beside(self.conn_id, client.jobs.cancel, job_id)
