"""xConnector: Airflow connection -> client."""

from functools import cached_property
from typing import TYPE_CHECKING

from colophon.errors import BadConnectionError
from colophon_airflow.hooks.base import SystemHook

if TYPE_CHECKING:
    from colophon.http.client import HttpClient
    from colophon.systems.xconnector.client import XConnectorClient


class XConnectorHook(SystemHook):
    """Events and files to and from other enterprise systems (contract XC-1)."""

    conn_name_attr = "xconnector_conn_id"
    default_conn_name = "xconnector_default"
    conn_type = "xconnector"
    hook_name = "xConnector"

    @cached_property
    def client(self) -> "XConnectorClient":
        """The client; close it, or use it as a context manager."""
        from colophon.systems.xconnector.client import XConnectorClient
        from colophon.systems.xconnector.settings import XConnectorSettings

        found = self.airflow_connection
        settings = XConnectorSettings.from_connection(found.host or "", found.password or "", self.extra)
        return XConnectorClient(settings)

    @property
    def http(self) -> "HttpClient":
        """See the base class.

        :raises BadConnectionError: the connection drops files into a folder and speaks no HTTP.
        """
        if self.client.http is None:
            raise BadConnectionError("mode file_drop speaks no HTTP")
        return self.client.http

    def checks(self) -> list[str]:
        """Reachable, authorised, contract and limits, targets."""
        info = self.client.test()
        if info is None:
            return [f"mode {self.client.settings.extra.mode}: the place is there; statuses cannot be asked"]
        targets = self.client.targets()
        up = sum(target.status == "up" for target in targets)
        return [f"contract {info.contract}, account {info.account}", f"{up} of {len(targets)} targets are up"]
