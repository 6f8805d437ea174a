"""What a connection of type `opentext_push` says (contract section 11)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from colophon.errors import BadConnectionError
from colophon.http.address import TrustedUrl, configured
from colophon.http.settings import HttpSettings, own_keys, settings_from_connection

CALLS_PER_SECOND = 5.0
REPEATS = {"write_tries": 5, "busy_wait_s": 60.0, "budget_s": 600.0}
"""Contract section 7: five tries, a minute where the system asks to slow down and says no more; all together below a lease."""
_PATH = r"^/[A-Za-z0-9/._-]+$"
_NAME = r"^[A-Za-z0-9._-]*$"


class Extra(BaseModel):
    """The system's own keys of a connection's `extra`, with the contract's defaults. Sizes in bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    auth: Literal["basic", "oauth2"] = "basic"
    token_url: str = ""
    tenant: str = Field(default="", pattern=_NAME)
    region: str = Field(default="", pattern=_NAME)
    account: str = Field(default="", pattern=r"^[a-z0-9]{0,39}$")
    transport: Literal["mra", "fcm"] = "mra"
    fcm_project: str = Field(default="", pattern=_NAME)
    fcm_host: str = "https://fcm.googleapis.com"
    fcm_credentials: str = Field(default="", repr=False)
    dedupe: Literal["none", "message_id"] = "none"
    dedupe_hours: int = Field(default=24, gt=1)
    parser_path: str = Field(default="/utils/parser", pattern=_PATH)
    status_path: str = Field(default="/outbound/push/status", pattern=_PATH)
    status_many_path: str = Field(default="/outbound/push/status", pattern=_PATH)
    file_format: Literal["assumed-1"] = "assumed-1"
    chunk_size: int = Field(default=500, gt=0, le=500)
    max_file_bytes: int = Field(default=5_242_880, gt=0)
    hook_scheme: Literal["basic", "shared_secret", "standard"] = "basic"
    hook_login: str = ""
    hook_secret: str = Field(default="", repr=False)
    page_secret: str = Field(default="", repr=False)
    fallback_channel: Literal["none", "email", "sms"] = "none"


@dataclass(frozen=True, slots=True)
class PushSettings:
    """One account of the messaging system."""

    http: HttpSettings
    login: str
    password: str = field(repr=False)
    extra: Extra = field(default_factory=Extra)

    @property
    def token_url(self) -> str:
        """Where `auth: oauth2` gets its tokens."""
        extra = self.extra
        return extra.token_url or f"https://{extra.region}.api.opentext.com/tenants/{extra.tenant}/oauth2/token"

    @property
    def token_address(self) -> TrustedUrl:
        """The same, to be called. Raises BadConnectionError where it is no address for a secret."""
        return configured(self.token_url, allow_http=self.http.allow_http)

    @classmethod
    def from_connection(cls, host: str, login: str, password: str, extra: Mapping[str, object]) -> Self:
        """Settings from an Airflow connection's host, login, password and extra.

        :raises BadConnectionError: an unknown key in `extra`, a value that does not fit, or one that is missing; named, never
            shown.
        """
        ours = own_keys(extra, Extra, system="opentext_push")
        if missing := _missing(ours, login, password):
            raise BadConnectionError(f"the connection lacks {', '.join(missing)}", system="opentext_push")
        defaults = {"max_per_second": CALLS_PER_SECOND, **REPEATS}
        return cls(settings_from_connection(host, extra, known=Extra.model_fields, defaults=defaults), login, password, ours)


def _missing(extra: Extra, login: str, password: str) -> list[str]:
    """Names of what the chosen ways of working need and the connection does not have."""
    needed = {"login": login, "password": password, "account": extra.account}
    if extra.auth == "oauth2" and not extra.token_url:
        needed |= {"tenant": extra.tenant, "region": extra.region}
    if extra.transport == "fcm":
        needed |= {"fcm_project": extra.fcm_project, "fcm_credentials": extra.fcm_credentials}
    return [name for name, value in needed.items() if not value]
