"""What a connection of type `consonance` says (contract section 12)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo

from colophon.errors import BadConnectionError
from colophon.http.settings import HttpSettings, settings_from_connection

_CHOICES = {"profile": ("auto", "documented", "extended"), "write_mode": ("tray", "mutations")}
_PATHS = ("graphql_path", "rest_path")


@dataclass(frozen=True, slots=True)
class ConsonanceSettings:
    """One account of Consonance and how to talk to it.

    `connection` is the name under which its capabilities are kept; `key` is the one secret of the account, `rest_key`
    another one for the REST list where `rest_conn_id` names its connection.
    """

    http: HttpSettings
    key: str = field(repr=False)
    connection: str = "consonance_default"
    rest_key: str = field(default="", repr=False)
    graphql_path: str = "/graphql"
    rest_path: str = "/api/v4"
    rest_conn_id: str = ""
    profile: Literal["auto", "documented", "extended"] = "auto"
    write_mode: Literal["tray", "mutations"] = "tray"
    overlap_days: int = 2
    time_zone: str = "Europe/London"
    default_currency: str = "GBP"
    schema_cache_hours: int = 24
    mutation_batch: int = 20
    reports_location: str = ""
    reports_conn_id: str = ""
    reports_max_age_hours: int = 36
    reports_done_suffix: str = ""
    ical_url: str = field(default="", repr=False)

    @classmethod
    def from_connection(
        cls, host: str, password: str, extra: Mapping[str, object], *, connection: str = "consonance_default", rest_key: str = ""
    ) -> Self:
        """Settings from an Airflow connection's host, password and extra.

        :raises BadConnectionError: no key, an unknown key in `extra` (by name) or a value that does not fit (by name).
        """
        if not password:
            raise BadConnectionError(
                "the connection has no API key", system="consonance", remedy="Put the API key into the password field."
            )
        http = settings_from_connection(host, extra, known=_DEFAULTS, defaults={"max_concurrency": 1, "allow_halves": True})
        values = {name: _value(name, extra.get(name)) for name in _DEFAULTS}
        return cls(http=http, key=password, connection=connection, rest_key=rest_key or password, **values)

    def changed_since(self, moment: datetime) -> date:
        """The day from which to read changes, for a last good run that began at `moment` (aware).

        Consonance filters by day in its own zone and promises nothing at the edges, hence the overlap (contract section 5).
        """
        if moment.tzinfo is None:
            raise ValueError("the watermark must have a time zone")
        return moment.astimezone(ZoneInfo(self.time_zone)).date() - timedelta(days=self.overlap_days)


_OURS = ("http", "key", "connection", "rest_key")
_DEFAULTS: Mapping[str, Any] = {item.name: item.default for item in fields(ConsonanceSettings) if item.name not in _OURS}


def _value(name: str, given: object) -> Any:
    default = _DEFAULTS[name]
    if given is None or given == "":
        return default
    value = _count(name, given) if isinstance(default, int) else given
    if not isinstance(value, type(default)):
        raise _unfit(name, "text")
    if name in _CHOICES and value not in _CHOICES[name]:
        raise _unfit(name, " or ".join(_CHOICES[name]))
    if name in _PATHS:
        return f"/{str(value).strip('/')}"
    if name == "time_zone":
        _check_zone(str(value))
    return value


def _count(name: str, given: object) -> int:
    """A whole number from 0; the connection form gives it as text."""
    if isinstance(given, bool) or not str(given).isascii() or not str(given).isdigit():
        raise _unfit(name, "a whole number, 0 or more")
    return int(str(given))


def _check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as problem:
        raise _unfit("time_zone", "a zone of the IANA list, such as Europe/London") from problem


def _unfit(name: str, expected: str) -> BadConnectionError:
    return BadConnectionError(f"{name} must be {expected}", system="consonance")
