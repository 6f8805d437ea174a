"""What a connection of type `bytenite` says (contract section 11)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator

from colophon.errors import BadConnectionError
from colophon.http.jsontext import read_json
from colophon.http.settings import HttpSettings, own_keys, settings_from_connection

PREFIX = r"^(/[^\s?#]+)?$"


class Extra(BaseModel):
    """The system's own keys of a connection's `extra`, with the contract's defaults. Times in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version_prefix: str = Field(default="/v1", pattern=PREFIX)
    service: Literal["customer", "computing"] = "customer"
    auth_scheme: Literal["raw", "bearer"] = "raw"
    endpoint_style: Literal["2025", "2023"] = "2025"
    run_body: Literal["config", "flat"] = "config"
    storage_descriptor: Literal["aws", "s3"] = "aws"
    secret_id: str = ""
    templates: Mapping[str, str] = Field(default_factory=dict)
    output_location: str = ""
    output_conn_id: str = ""
    media_backend: str = Field(default="bytenite", pattern=r"^\S+$")
    library: str = Field(default="rest", pattern=r"^\S+$")
    library_prefix: str = Field(default="/v1/library", pattern=PREFIX)
    when_gone: Literal["fail", "skip"] = "fail"
    job_timeout: int = Field(default=86400, gt=0)
    task_timeout: int = Field(default=3600, gt=0)
    max_attempts: int = Field(default=2, gt=0)
    hook_secret: tuple[str, ...] = Field(default=(), repr=False)

    @field_validator("hook_secret", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return tuple(value.split()) if isinstance(value, str) else value

    @field_validator("templates", mode="before")
    @classmethod
    def _from_a_form(cls, value: Any) -> Any:
        return read_json(value.encode()) if isinstance(value, str) else value

    @field_validator("endpoint_style", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        return str(value)


@dataclass(frozen=True, slots=True)
class ByteNiteSettings:
    """One account."""

    http: HttpSettings
    api_key: str = field(repr=False)
    extra: Extra = field(default_factory=Extra)

    @classmethod
    def from_connection(cls, host: str, password: str, extra: Mapping[str, object]) -> Self:
        """Settings from an Airflow connection's host, password and extra.

        :raises BadConnectionError: no API key, an unknown key in `extra`, or a value that does not fit; named, never shown.
        """
        ours = own_keys(extra, Extra, system="bytenite")
        if not password.strip():
            raise BadConnectionError("the connection has no API key in its password", system="bytenite")
        return cls(settings_from_connection(host, extra, known=Extra.model_fields, defaults={"max_concurrency": 2}), password.strip(), ours)
