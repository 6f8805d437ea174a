"""Consonance: Airflow connection -> client, and the place of its reports."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import cached_property
from typing import TYPE_CHECKING

from airflow.sdk.log import mask_secret

from colophon import environment
from colophon_airflow.settings import config_folder, connection, storage_options
from colophon_airflow.systems.hook import SystemHook, checked

if TYPE_CHECKING:
    from colophon.domain.contact_fields import ContactFields
    from colophon.domain.facts import Known, Unknown
    from colophon.http.client import HttpClient
    from colophon.systems.consonance.client import ConsonanceClient
    from colophon.systems.consonance.reports.store import Credentials, ReportStore
    from colophon.systems.consonance.settings import ConsonanceSettings


class ConsonanceHook(SystemHook):
    """Titles, rights, contracts: the system of record."""

    default_conn_name = "consonance_default"
    conn_type = "consonance"
    hook_name = "Consonance"

    @cached_property
    def settings(self) -> "ConsonanceSettings":
        """What the connection says. Raises BadConnectionError."""
        from colophon.systems.consonance.settings import ConsonanceSettings

        found = self.airflow_connection
        with self.paced():
            return ConsonanceSettings.from_connection(
                found.host or "", found.password or "", self.extra, connection=self.conn_id, rest_key=self._rest_key()
            )

    @cached_property
    def client(self) -> "ConsonanceClient":
        """The client; close it, or use it as a context manager."""
        from colophon.systems.consonance.client import ConsonanceClient

        return ConsonanceClient(self.settings)

    @property
    def reports(self) -> "ReportStore":
        """Report files and the calendar, opened anew; close it, or use it as a context manager.

        :raises BadConnectionError: the location or `reports_conn_id` is none. :raises BadConfigError: a faulty mapping file.
        """
        from colophon.http.client import HttpClient
        from colophon.systems.consonance.reports.store import open_place

        def open_client(settings: object, auth: object) -> HttpClient:
            return HttpClient(settings, auth, system="consonance")  # type: ignore[arg-type]  # as `open_place` gives them

        return open_place(self.settings, self._report_credentials(), open_client, clock=environment.now, config=config_folder())

    @contextmanager
    def sources(self) -> "Iterator[tuple[ConsonanceClient, ReportStore | None]]":
        """The client, and where reports are if the connection names a place; both are closed at the end. Raises as these."""
        with self.client as client, self.reports if self.settings.reports_location else nullcontext() as place:
            yield client, place

    def wishes(self) -> "Known[ContactFields] | Unknown":
        """What contacts have told of how to be reached, whichever route the account has. Raises as `sources`, and as `FactReader.read`."""
        from colophon.config.milestones import load_milestones
        from colophon.domain.contact_fields import ContactFields
        from colophon.systems.consonance.facts import FactReader

        with self.sources() as (client, place):
            return FactReader(client, place, load_milestones(config_folder())).read([ContactFields]).of(ContactFields)

    @property
    def http(self) -> "HttpClient":
        """See the base class."""
        return self.client.http

    def _checks(self) -> list[str]:
        """Reachable, authorised, clocks, schema, profile; what the account does not offer has a fallback and is only told.

        Also where the reports are, if anywhere.

        :raises SchemaDriftError: a documented field that we need is gone.
        """
        found = checked(self.client.test(), warns=("schema", "feature", "fields"))
        if self.settings.reports_location:
            with self.reports as place:
                there = [name for name in place.reports.layouts.reports if place.reports.is_there(name)]
            found.append(f"reports that are there: {', '.join(there) or 'none'}")
        return found

    def _report_credentials(self) -> "Credentials":
        from colophon.systems.consonance.reports.store import Credentials

        conn_id = self.settings.reports_conn_id
        if not conn_id:
            return Credentials()
        found = connection(conn_id)
        if found.password:
            mask_secret(found.password)
        return Credentials(found.login or "", found.password or "", storage_options(conn_id))

    def _rest_key(self) -> str:
        other = self.airflow_connection.extra_dejson.get("rest_conn_id")
        return (connection(other).password or "") if other else ""
