"""Waits until jobs of OpenText Exstream have ended or are held."""

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from colophon_airflow.systems.trigger import SettledTrigger

if TYPE_CHECKING:
    from colophon.systems.opentext_exstream.client import ExstreamClient
    from colophon_airflow.systems.opentext_exstream.hook import OpentextExstreamHook


class OpentextExstreamJobsTrigger(SettledTrigger):
    """Settled when none of the jobs moves any more by itself. A held job has stopped, too: it is reported and not waited for."""

    def __init__(self, *, conn_id: str, jobs: list[str], until: str) -> None:
        """:param jobs: job ids, or `batch:<key>` for what lies in the input folder. :param until: aware, ISO 8601."""
        super().__init__(conn_id=conn_id, until=until, jobs=jobs)
        self.going = jobs

    def hook(self) -> "OpentextExstreamHook":
        """See the base class."""
        from colophon_airflow.systems.opentext_exstream.hook import OpentextExstreamHook

        return OpentextExstreamHook(self.conn_id)

    def waits(self) -> Iterator[float]:
        """At once, then every 5 s for one minute, 15 s for 15 minutes, 60 s (contract section 5)."""
        from colophon.systems.opentext_exstream.jobs import poll_waits

        return chain([0.0], poll_waits(float("inf")))

    def is_settled(self, client: "ExstreamClient") -> bool:
        """Look at what still moved at the last look."""
        from colophon.systems.opentext_exstream.collect import still_going

        self.going = still_going(client, self.going)
        return not self.going
