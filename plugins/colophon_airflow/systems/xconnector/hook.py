"""xConnector: Airflow connection -> client."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, BinaryIO

from colophon import environment
from colophon.errors import BadConnectionError
from colophon.http.checks import Check, clock_check
from colophon_airflow.settings import open_staging
from colophon_airflow.systems.hook import SystemHook, checked

if TYPE_CHECKING:
    from colophon.http.client import HttpClient
    from colophon.systems.xconnector.client import XConnectorClient
    from colophon.systems.xconnector.records import Info, Payload

LINK_LIVES = timedelta(hours=24)
"""So long a link to large content can be followed: targets repeat their fetches for hours."""
MOST_SKEW_S = 300
"""Signed callbacks are refused when both clocks differ by more."""


class XConnectorHook(SystemHook):
    """Events and files to and from other enterprise systems (contract XC-1)."""

    default_conn_name = "xconnector_default"
    conn_type = "xconnector"
    hook_name = "xConnector"

    @cached_property
    def client(self) -> "XConnectorClient":
        """The client; close it, or use it as a context manager."""
        from colophon.systems.xconnector.client import XConnectorClient
        from colophon.systems.xconnector.settings import XConnectorSettings

        found = self.airflow_connection
        with self.paced():
            settings = XConnectorSettings.from_connection(found.host or "", found.password or "", self.extra)
        return XConnectorClient(settings, link=_signed_link)

    @property
    def http(self) -> "HttpClient":
        """See the base class.

        :raises BadConnectionError: the connection drops files into a folder and speaks no HTTP.
        """
        if self.client.http is None:
            raise BadConnectionError("mode file_drop speaks no HTTP")
        return self.client.http

    def _checks(self) -> list[str]:
        """Reachable, authorised, clocks, contract and limits, targets; a target that is down is only told."""
        info = self.client.test()
        if info is None:
            return [f"mode {self.client.settings.extra.mode}: the place is there; statuses cannot be asked"]
        return checked(self._looked_at(info), warns=("targets",))

    def _looked_at(self, info: "Info") -> Iterator[Check]:
        yield Check("reachable", True, f"{self.http.settings.base_url} answers")
        yield Check("authorised", True, "the token is accepted")
        yield clock_check(self.client.clock_ahead_s(), MOST_SKEW_S)
        limits = f"batches of {info.max_batch}, events of {info.max_event_bytes} bytes, kept {info.retention_days} days"
        yield Check("contract", True, f"contract {info.contract}, account {info.account}: {limits}")
        targets = self.client.targets()
        down = [target.id for target in targets if target.status != "up"]
        told = f"; not: {', '.join(down)}" if down else ""
        yield Check("targets", not down, f"{len(targets) - len(down)} of {len(targets)} targets are up{told}")


def _signed_link(file: BinaryIO, payload: "Payload") -> tuple[str, datetime]:
    """Content in the staging location under its hash, with a link that ends (contract section 6)."""
    ends_at = environment.now() + LINK_LIVES
    name = f"payloads/{payload.sha256}/{payload.file_name or 'content'}"
    return open_staging().publish(file, name, for_s=int(LINK_LIVES.total_seconds())), ends_at
