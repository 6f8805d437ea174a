"""What a connection of type `opentext_exstream` says (contract section 9)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator

from colophon.errors import BadConnectionError
from colophon.http.settings import HttpSettings, own_keys, settings_from_connection

SYSTEM = "opentext_exstream"
DEFAULTS = {"settle_s": 120.0, "max_concurrency": 2, "connect_s": 10.0, "read_s": 60.0}
ON_DEMAND_S = 120.0


class Extra(BaseModel):
    """The system's own keys of a connection's `extra`, with the contract's defaults. Times in seconds, sizes in bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    token_url: str = ""
    otds_url: str = ""
    tenant: str = ""
    subscription: str = ""
    scope: str = ""
    domain: str = Field(min_length=1, pattern=r"^[^/\s]+$")
    production: bool = False
    batch_path: str = "/orchestration/api/v1/inputs/batch/{domain}/{service}"
    service_map: Mapping[str, str] = {}
    external_id: bool = False
    csrf: bool = False
    empower: bool = False
    delivery_key_name: str = "ColophonDeliveryId"
    batch_key_name: str = "ColophonBatchKey"
    batch_customers: int = Field(default=1000, gt=0)
    batch_bytes: int = Field(default=50_000_000, gt=0)
    input_mode: Literal["http", "directory"] = "http"
    input_location: str = ""
    input_conn_id: str = ""
    job_deadline: int = Field(default=21600, gt=0)
    outcome_source: tuple[Literal["feed", "callback", "files"], ...] = ()
    outcomes_location: str = ""
    eventmetrics: bool = False
    hook_secret: tuple[str, ...] = Field(default=(), repr=False)

    @field_validator("hook_secret", "outcome_source", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value

    @property
    def wanted_scope(self) -> str:
        """What is asked of the token service: the contract's scope of cloud or own servers, unless one is set."""
        if self.scope or self.otds_url or self.token_url:
            return self.scope or "otds:groups"
        return f"search otds:groups subscription:{self.subscription}" if self.subscription else "search otds:groups"


@dataclass(frozen=True, slots=True)
class ExstreamSettings:
    """One domain of one tenant. `on_demand` has the longer time limit of single letters."""

    http: HttpSettings
    on_demand: HttpSettings
    login: str
    password: str = field(repr=False)
    extra: Extra

    @classmethod
    def from_connection(cls, host: str, login: str, password: str, extra: Mapping[str, object]) -> Self:
        """Settings from an Airflow connection's host, login, password and extra.

        :raises BadConnectionError: an unknown key in `extra`, or a value that does not fit; named, never shown.
        """
        if not login or not password:
            raise BadConnectionError("the connection needs login and password: client id and secret", system=SYSTEM)
        ours = own_keys(extra, Extra, system=SYSTEM)
        _check(ours)
        timeouts, on_demand_s = _on_demand(extra.get("timeouts"))
        http = settings_from_connection(host, {**extra, "timeouts": timeouts}, known=Extra.model_fields, defaults=DEFAULTS)
        on_demand = replace(http, read_s=on_demand_s, total_s=max(http.total_s, on_demand_s), start_jitter_s=0.0)
        return cls(http, on_demand, login, password, ours)


def _check(ours: Extra) -> None:
    needed = {
        "tenant": not (ours.token_url or ours.otds_url or ours.tenant),
        "input_location": ours.input_mode == "directory" and not ours.input_location,
        "outcomes_location": "files" in ours.outcome_source and not ours.outcomes_location,
    }
    if missing := [name for name, is_missing in needed.items() if is_missing]:
        raise BadConnectionError(f"the connection's extra lacks {', '.join(missing)}", system=SYSTEM)


def _on_demand(timeouts: object) -> tuple[object, float]:
    """The time limits without that of single letters, and that one."""
    if not isinstance(timeouts, Mapping) or "on_demand" not in timeouts:
        return timeouts, ON_DEMAND_S
    seconds = timeouts["on_demand"]
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds <= 0:
        raise BadConnectionError("timeouts.on_demand must be a number of seconds, more than 0", system=SYSTEM)
    return {key: value for key, value in timeouts.items() if key != "on_demand"}, float(seconds)
