"""What a connection says about HTTP: address, time limits, pacing. Read once, checked once, never turned into headers."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from colophon.errors import BadConnectionError
from colophon.http.address import TrustedUrl, configured, read_hosts, trusted
from colophon.http.pacing import Pace, pace_in_force

COMMON_KEYS = frozenset(
    {
        "timeouts",
        "max_concurrency",
        "max_per_second",
        "start_jitter_seconds",
        "allow_http",
        "link_hosts",
        "verify",
        "cert",
        "proxies",
        "trust_env",
        "hook_scheme",
        "settle_seconds",
    }
)
"""Keys that every connection's `extra` may have (contract README section 3)."""
KEYS = "Correct its spelling or take it out: the keys of each system stand in docs/systems. Nothing of `extra` becomes a header."

Keys = TypeVar("Keys", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """How to reach one system. Times in seconds, sizes in bytes.

    `read_s` is the longest silence between bytes, `total_s` one exchange without its repeats, `budget_s` one call with all
    its repeats and waits. `busy_wait_s` is the wait after "slow down" without `Retry-After`, None for the common random one.
    `start_jitter_s` delays the first call at random; set it to 0 where nobody scheduled the run.

    `link_hosts`: other hosts to which links in its answers, events and records may lead.
    `pace` is what this process shares with others that call the account, None: its own (see `paced_by`).

    `allow_halves`: an answer may hold half a surrogate pair, for whoever reads it names the record that has it.

    :raises BadConnectionError: the address is no https URL (or http on loopback, or anywhere with `allow_http`).
    """

    base_url: str
    connect_s: float = 10.0
    read_s: float = 60.0
    total_s: float = 180.0
    max_concurrency: int = 4
    max_per_second: float | None = None
    allow_http: bool = False
    link_hosts: tuple[str, ...] = ()
    verify: bool | str = True
    cert: str | None = None
    proxies: Mapping[str, str] | None = None
    trust_env: bool = False
    settle_s: float = 30.0
    start_jitter_s: float = 30.0
    budget_s: float = 180.0
    busy_wait_s: float | None = None
    read_tries: int = 5
    write_tries: int = 4
    max_body_bytes: int = 32 * 1024 * 1024
    max_depth: int = 64
    allow_halves: bool = False
    pace: Pace | None = field(default_factory=pace_in_force, repr=False, compare=False)

    def __post_init__(self) -> None:
        configured(self.base_url, allow_http=self.allow_http)

    @property
    def address(self) -> TrustedUrl:
        """Where the system is."""
        return configured(self.base_url, allow_http=self.allow_http)

    def trusted(self, link: str, *, own_counts: bool = True, kin: bool = False) -> TrustedUrl:
        """A link that the system named, as one that may be called: see `address.trusted`. Raises UntrustedLinkError."""
        return trusted(link, own=self.base_url, hosts=self.link_hosts, own_counts=own_counts, kin=kin)


def settings_from_connection(
    host: str, extra: Mapping[str, object], *, known: Collection[str], defaults: Mapping[str, float] | None = None
) -> HttpSettings:
    """Settings from a connection's host and extra.

    `known` are the system's own keys of `extra`, read by its client; `defaults` are the contract's values for fields of
    `HttpSettings` where they differ from ours. A key without a value counts as absent.

    :raises BadConnectionError: an unknown key (its name is told, its value is not), a value of the wrong type, a bad address.
    """
    given = {key: value for key, value in extra.items() if value is not None and value != ""}
    unknown = sorted(set(given) - COMMON_KEYS - set(known))
    if unknown:
        raise BadConnectionError(f"the connection's extra has unknown keys: {', '.join(unknown)}", remedy=KEYS)
    values: dict[str, Any] = dict(defaults or {})
    for key, (name, read) in _READERS.items():
        if key in given:
            values[name] = read(key, given[key])
    values.update(_timeouts(given.get("timeouts", {})))
    return HttpSettings(base_url=host.strip(), **values)


def own_keys(extra: Mapping[str, object], model: type[Keys], *, system: str) -> Keys:
    """The system's own keys of a connection's `extra`, read by its model. A key without a value counts as absent.

    :raises BadConnectionError: an unknown key, a missing one, or a value that does not fit; named, never shown.
    """
    ours = model.model_fields
    own = {key: value for key, value in extra.items() if (key in ours or key not in COMMON_KEYS) and value is not None and value != ""}
    if unknown := sorted(set(own) - set(ours)):
        raise BadConnectionError(f"the connection's extra has unknown keys: {', '.join(unknown)}", system=system, remedy=KEYS)
    try:
        return model.model_validate(own)
    except ValidationError as problem:
        unfit = ", ".join(sorted({str(error["loc"][0]) for error in problem.errors(include_input=False)}))
    # Raised here, so that no traceback leads to the values in pydantic's own words.
    raise BadConnectionError(f"these keys of the connection's extra are missing or do not fit the contract: {unfit}", system=system)


def _timeouts(value: object) -> dict[str, float]:
    if not isinstance(value, Mapping):
        raise BadConnectionError("timeouts must have the form {connect, read, total}, in seconds")
    unknown = sorted(set(value) - {"connect", "read", "total"})
    if unknown:
        raise BadConnectionError(f"timeouts has unknown keys: {', '.join(map(str, unknown))}")
    return {f"{key}_s": _positive(f"timeouts.{key}", seconds) for key, seconds in value.items() if seconds is not None}


def _number(key: str, value: object) -> float:
    try:
        number = -1.0 if isinstance(value, bool) else float(value)  # type: ignore[arg-type]  # a TypeError is an answer
    except (TypeError, ValueError):
        number = -1.0
    if not 0 <= number < float("inf"):
        raise BadConnectionError(f"{key} must be a number, 0 or more")
    return number


def _positive(key: str, value: object) -> float:
    number = _number(key, value)
    if number == 0:
        raise BadConnectionError(f"{key} must be more than 0")
    return number


def _count(key: str, value: object) -> int:
    number = _positive(key, value)
    if number != int(number):
        raise BadConnectionError(f"{key} must be a whole number")
    return int(number)


def _switch(key: str, value: object) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).lower() in {"true", "false"}:
        return str(value).lower() == "true"
    raise BadConnectionError(f"{key} must be true or false")


def _switch_or_path(key: str, value: object) -> bool | str:
    if isinstance(value, str) and value.lower() not in {"true", "false"}:
        return value
    return _switch(key, value)


def _text(key: str, value: object) -> str:
    if not isinstance(value, str):
        raise BadConnectionError(f"{key} must be text")
    return value


def _texts(key: str, value: object) -> Mapping[str, str]:
    if not isinstance(value, Mapping) or not all(isinstance(text, str) for text in value.values()):
        raise BadConnectionError(f"{key} must map names to texts")
    return {str(name): text for name, text in value.items()}


_READERS: Mapping[str, tuple[str, Callable[[str, object], Any]]] = {
    "max_concurrency": ("max_concurrency", _count),
    "max_per_second": ("max_per_second", _positive),
    "start_jitter_seconds": ("start_jitter_s", _number),
    "settle_seconds": ("settle_s", _number),
    "allow_http": ("allow_http", _switch),
    "trust_env": ("trust_env", _switch),
    "link_hosts": ("link_hosts", read_hosts),
    "verify": ("verify", _switch_or_path),
    "cert": ("cert", _text),
    "proxies": ("proxies", _texts),
}
