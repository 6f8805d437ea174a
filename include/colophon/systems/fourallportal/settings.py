"""What a connection of type `fourallportal` says (contract section 8)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from colophon.errors import BadConnectionError
from colophon.http.address import configured
from colophon.http.settings import HttpSettings, own_keys, settings_from_connection


class Extra(BaseModel):
    """The system's own keys of a connection's `extra`, with the contract's defaults.

    `read_back` is the contract's `verify`: that name is taken by the check of TLS certificates, which every connection has.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    api_prefix: str = Field(default="/api", pattern=r"^(/[^/?#\s]+)*$")
    mapping: str = "config/fourallportal/mapping.yaml"
    login_password: str = Field(default="", repr=False)
    locale: str = "en_GB"
    page_size: int = Field(default=100, gt=0)
    patch_batch: int = Field(default=50, gt=0)
    read_back: bool = True
    change_source: Literal["scan", "legacy"] = "scan"
    connector_name: str = "colophon"
    upload_mode: Literal["webdav", "rest", "none"] = "webdav"
    webdav_url: str = ""
    webdav_auth: Literal["bearer", "basic"] = "bearer"
    rest_upload_path: str = ""
    query_param: str = ""
    media_original_usage: str = ""
    hook_secret: str = Field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class FourallportalSettings:
    """One customer's portal. `host` is where health, login and the legacy feed are; `api` the REST API below it."""

    host: HttpSettings
    key: str = field(repr=False)
    login: str = ""
    extra: Extra = field(default_factory=Extra)
    connection: str = "fourallportal_default"

    @property
    def api(self) -> HttpSettings:
        """The REST API's address."""
        return replace(self.host, base_url=self.host.base_url.rstrip("/") + self.extra.api_prefix)

    @property
    def beside(self) -> HttpSettings:
        """For the other ways in; the random wait of a run's first call is the REST API's."""
        return replace(self.host, start_jitter_s=0.0)

    @classmethod
    def from_connection(
        cls, host: str, login: str, password: str, extra: Mapping[str, object], *, connection: str = "fourallportal_default"
    ) -> Self:
        """Settings from an Airflow connection's host, login, password and extra.

        :raises BadConnectionError: an unknown key in `extra`, or a value that does not fit; named, never shown.
        """
        ours = own_keys(extra, Extra, system="fourallportal")
        found = cls(settings_from_connection(host, extra, known=Extra.model_fields), password, login, ours, connection)
        found.check()
        return found

    def check(self) -> None:
        """Raises BadConnectionError where one key needs another that is missing."""
        extra = self.extra
        if extra.webdav_url:
            configured(extra.webdav_url, allow_http=self.host.allow_http)
        if extra.upload_mode == "rest" and not extra.rest_upload_path.startswith("/"):
            raise BadConnectionError("upload_mode rest needs rest_upload_path, which begins with /", system="fourallportal")
        if extra.change_source == "legacy" and not (self.login and extra.login_password):
            raise BadConnectionError("change_source legacy needs login and login_password", system="fourallportal")
        if extra.webdav_auth == "basic" and extra.webdav_url and not (self.login and extra.login_password):
            raise BadConnectionError("webdav_auth basic needs login and login_password", system="fourallportal")
