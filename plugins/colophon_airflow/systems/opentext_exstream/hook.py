"""OpenText Exstream: Airflow connection -> client."""

from functools import cached_property
from typing import TYPE_CHECKING

from colophon_airflow.settings import storage_options
from colophon_airflow.systems.hook import SystemHook, checked

if TYPE_CHECKING:
    from colophon.http.client import HttpClient
    from colophon.systems.opentext_exstream.client import ExstreamClient


class OpentextExstreamHook(SystemHook):
    """Letters and statements, and what became of them."""

    default_conn_name = "opentext_exstream_default"
    conn_type = "opentext_exstream"
    hook_name = "OpenText Exstream"

    @cached_property
    def client(self) -> "ExstreamClient":
        """The client; close it, or use it as a context manager."""
        from colophon.systems.opentext_exstream.client import ExstreamClient
        from colophon.systems.opentext_exstream.settings import ExstreamSettings

        found = self.airflow_connection
        with self.paced():
            settings = ExstreamSettings.from_connection(found.host or "", found.login or "", found.password or "", self.extra)
        return ExstreamClient(settings, storage_options=storage_options(settings.extra.input_conn_id, settings.extra.input_location))

    @property
    def http(self) -> "HttpClient":
        """See the base class."""
        return self.client.http

    def _checks(self) -> list[str]:
        """Reachable, authorised, domain and its `production` flag, clock, what is missing."""
        return checked(self.client.test())
