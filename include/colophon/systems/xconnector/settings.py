"""What a connection of type `xconnector` says (contract section 12)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator

from colophon.errors import BadConnectionError
from colophon.http.address import read_hosts
from colophon.http.settings import HttpSettings, own_keys, settings_from_connection

MAX_EVENT_BYTES = 65536
"""Larger events are never sent: intermediaries need not pass them on (CloudEvents 1.0)."""


class Extra(BaseModel):
    """The system's own keys of a connection's `extra`, with the contract's defaults. Times in seconds, sizes in bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mode: Literal["xc1", "cloudevents_webhook", "file_drop"] = "xc1"
    source: str = Field(default="/colophon/default", pattern=r"^/\S+$")
    type_prefix: str = Field(default="colophon.", pattern=r"^\S*$")
    inline_max_bytes: int = Field(default=49152, gt=0, le=MAX_EVENT_BYTES)
    batch_size: int = Field(default=100, gt=0, le=100)
    batch_bytes: int = Field(default=1048576, ge=MAX_EVENT_BYTES)
    payload_mode: Literal["link", "upload"] = "link"
    payload_hosts: tuple[str, ...] = ()
    deliver_within: int = Field(default=7200, gt=0)
    lease_seconds: int = Field(default=300, ge=10, le=3600)
    inbox_batch: int = Field(default=100, gt=0)
    manage_routes: bool = False
    callback_id: str = "colophon"
    hook_secret: tuple[str, ...] = Field(default=(), repr=False)
    seal_key: tuple[str, ...] = Field(default=(), repr=False)
    drop_location: str = ""
    drop_conn_id: str = ""

    @field_validator("hook_secret", "seal_key", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return tuple(value.split()) if isinstance(value, str) else value

    @field_validator("payload_hosts", mode="before")
    @classmethod
    def _hosts(cls, value: Any) -> Any:
        return read_hosts("payload_hosts", value)


@dataclass(frozen=True, slots=True)
class XConnectorSettings:
    """One account at the middleware. `http` is None in mode `file_drop`."""

    http: HttpSettings | None
    token: str = field(repr=False)
    extra: Extra = field(default_factory=Extra)

    @classmethod
    def from_connection(cls, host: str, password: str, extra: Mapping[str, object]) -> Self:
        """Settings from an Airflow connection's host, password and extra.

        :raises BadConnectionError: an unknown key in `extra`, or a value that does not fit; named, never shown.
        """
        ours = own_keys(extra, Extra, system="xconnector")
        if ours.mode == "file_drop":
            if not ours.drop_location:
                raise BadConnectionError("mode file_drop needs drop_location", system="xconnector")
            return cls(None, password, ours)
        http = settings_from_connection(host, extra, known=Extra.model_fields)
        return cls(replace(http, link_hosts=(*http.link_hosts, *ours.payload_hosts)), password, ours)
