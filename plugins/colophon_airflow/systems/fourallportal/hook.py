"""4ALLPORTAL: Airflow connection -> client."""

from base64 import b64encode
from functools import cached_property
from typing import TYPE_CHECKING, Any

from colophon_airflow.settings import config_folder
from colophon_airflow.systems.hook import SystemHook, checked

if TYPE_CHECKING:
    from colophon.http.client import HttpClient
    from colophon.systems.fourallportal.adoption import IdStore
    from colophon.systems.fourallportal.client import FourallportalClient


MAPPING = "Correct the names in mapping.yaml, or have the portal's administrator add the fields and give our user the right to read them."


class FourallportalHook(SystemHook):
    """Product data and assets, in the customer's own modules and fields."""

    default_conn_name = "fourallportal_default"
    conn_type = "fourallportal"
    hook_name = "4ALLPORTAL"

    @staticmethod
    def secret_extras(extra: dict[str, Any]) -> list[str]:
        """Secrets of `extra`; the login's password also in the Base64 in which it travels."""
        password = str(extra.get("login_password") or "")
        return [*SystemHook.secret_extras(extra), *([b64encode(password.encode()).decode()] if password else [])]

    @cached_property
    def client(self) -> "FourallportalClient":
        """The client; close it, or use it as a context manager."""
        return self.make_client()

    def make_client(self, ids: "IdStore | None" = None) -> "FourallportalClient":
        """A client that keeps adopted ids in `ids`, such as the ledger.

        :raises BadConnectionError: a key of the connection that does not fit. :raises BadConfigError: a faulty mapping.yaml.
        """
        from colophon.systems.fourallportal.client import FourallportalClient
        from colophon.systems.fourallportal.mapping import load_mapping
        from colophon.systems.fourallportal.settings import FourallportalSettings

        found = self.airflow_connection
        with self.paced():
            settings = FourallportalSettings.from_connection(
                found.host or "", found.login or "", found.password or "", self.extra, connection=self.conn_id
            )
        folder = config_folder()
        return FourallportalClient(settings, load_mapping(settings.extra.mapping, folder), ids=ids)

    @property
    def http(self) -> "HttpClient":
        """See the base class."""
        return self.client.http

    def _checks(self) -> list[str]:
        """Reachable, authorised, version, clock, and by name what the mapping lacks."""
        return checked(self.client.test(), remedies={"module": MAPPING})
