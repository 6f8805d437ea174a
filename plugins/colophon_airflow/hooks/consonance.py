"""Consonance: Airflow connection -> client."""

from functools import cached_property
from typing import TYPE_CHECKING

from colophon_airflow.hooks.base import SystemHook, checked
from colophon_airflow.settings import connection

if TYPE_CHECKING:
    from colophon.http.client import HttpClient
    from colophon.systems.consonance.client import ConsonanceClient


class ConsonanceHook(SystemHook):
    """Titles, rights, contracts: the system of record."""

    conn_name_attr = "consonance_conn_id"
    default_conn_name = "consonance_default"
    conn_type = "consonance"
    hook_name = "Consonance"

    @cached_property
    def client(self) -> "ConsonanceClient":
        """The client; close it, or use it as a context manager."""
        from colophon.systems.consonance.client import ConsonanceClient
        from colophon.systems.consonance.settings import ConsonanceSettings

        found = self.airflow_connection
        settings = ConsonanceSettings.from_connection(
            found.host or "", found.password or "", self.extra, connection=self.conn_id, rest_key=self._rest_key()
        )
        return ConsonanceClient(settings)

    @property
    def http(self) -> "HttpClient":
        """See the base class."""
        return self.client.http

    def checks(self) -> list[str]:
        """Reachable, authorised, clocks, schema, profile; what the account does not offer has a fallback and is only told.

        :raises SchemaDriftError: a documented field that we need is gone.
        """
        return checked(self.client.test(), warns=("schema", "feature", "fields"))

    def _rest_key(self) -> str:
        other = self.airflow_connection.extra_dejson.get("rest_conn_id")
        return (connection(other).password or "") if other else ""
