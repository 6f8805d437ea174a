"""OpenText Push Notifications: Airflow connection -> client."""

from functools import cached_property
from typing import TYPE_CHECKING

from colophon_airflow.systems.hook import SystemHook, checked

if TYPE_CHECKING:
    from colophon.http.client import HttpClient
    from colophon.systems.opentext_push.client import PushClient


class OpentextPushHook(SystemHook):
    """Alerts to people's devices, and text messages or e-mails to those who have none."""

    default_conn_name = "opentext_push_default"
    conn_type = "opentext_push"
    hook_name = "OpenText Push Notifications"

    @cached_property
    def client(self) -> "PushClient":
        """The client; close it, or use it as a context manager."""
        from colophon.systems.opentext_push.client import PushClient
        from colophon.systems.opentext_push.settings import PushSettings

        found = self.airflow_connection
        with self.paced():
            return PushClient(PushSettings.from_connection(found.host or "", found.login or "", found.password or "", self.extra))

    @property
    def http(self) -> "HttpClient":
        """See the base class."""
        return self.client.http

    def _checks(self) -> list[str]:
        """Reachable, authorised, clocks, and what a lost answer would mean."""
        return checked(self.client.test())
