"""What all hooks share: the HTTP provider's hook, made safe.

Proxies, `verify`, `cert` and time limits of a connection work as everyone expects of an HTTP connection. Different
from the provider's hook: one pooled session per hook, default time limits, no redirects on writes, no bodies in logs, and
nothing of `extra` ever becomes a request header.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from hashlib import sha256
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from airflow.providers.http.hooks.http import HttpHook
from airflow.sdk.log import mask_secret

from colophon.errors import BadConnectionError, ClockSkewError, ColophonError
from colophon_airflow.settings import connection, ledger_url
from colophon_airflow.systems.secrets import secrets_of

if TYPE_CHECKING:
    from airflow.sdk import Connection
    from requests import Session

    from colophon.http.checks import Check
    from colophon.http.client import HttpClient


WARNING = "look: "
"""How a sentence begins that tells of something missing that can be missed."""


class SystemHook(HttpHook):
    """Connection in, client out. Subclasses name the connection type and build the client."""

    # The Test button makes a hook by this argument.
    conn_name_attr = "conn_id"

    def __init__(self, conn_id: str | None = None, *, jitter: bool = False) -> None:
        """:param conn_id: Airflow connection; the system's default one where it is not given.

        :param jitter: whether the first call waits a little at random, as that of a scheduled run should.
        """
        super().__init__()
        self.conn_id = conn_id or self.default_conn_name
        self.jitter = jitter
        self._ledger_url: Callable[[], str] = ledger_url

    @cached_property
    def airflow_connection(self) -> "Connection":
        """The connection, read once; its secrets are masked in every log from here on.

        :raises BadConnectionError: it does not exist.
        """
        return self._masked(connection(self.conn_id))

    def use(self, found: "Connection", ledger_address: str) -> None:
        """Take a connection that was read already, as in a trigger, where reading it blocks, and the ledger's address."""
        self.airflow_connection = self._masked(found)
        self._ledger_url = lambda: ledger_address

    @contextmanager
    def paced(self) -> Iterator[None]:
        """Clients whose settings are read in the block keep one pace for the account, with all processes that call it."""
        from colophon.http.pacing import paced_by
        from colophon.ledger.pace import LedgerPace

        with paced_by(LedgerPace(self.account, self._ledger_url)):
            yield

    @property
    def account(self) -> str:
        """What limits of calls are about: the system, its address and who we are there; another connection to it has the same."""
        found = self.airflow_connection
        who = [found.login or found.password or "", *(str(self.extra.get(key, "")) for key in ("account", "tenant"))]
        told = "\n".join([(found.host or "").strip().rstrip("/").lower(), *who])
        # A hash, so that the name says nothing; of a login rather than a secret where there is one.
        return f"{self.conn_type}:{sha256(told.encode()).hexdigest()[:16]}"

    def _masked(self, found: "Connection") -> "Connection":
        for secret in (found.password, *self.secret_extras(found.extra_dejson)):
            if secret:
                mask_secret(secret)
        return found

    @property
    @abstractmethod
    def client(self) -> Any:
        """The system's client; close it, or use it as a context manager."""

    @property
    def polling_client(self) -> Any:
        """A client that only asks, for triggers: made from this connection alone."""
        return self.client

    @property
    def extra(self) -> dict[str, Any]:
        """The connection's extra; without the random wait where nobody asked for it."""
        found = self.airflow_connection.extra_dejson
        return found if self.jitter else {**found, "start_jitter_seconds": 0}

    @staticmethod
    def secret_extras(extra: dict[str, Any]) -> list[str]:
        """Texts of `extra` that are secrets, each part by itself; a system adds forms in which one travels."""
        return secrets_of(extra)

    @property
    @abstractmethod
    def http(self) -> "HttpClient":
        """The HTTP client of this system's client."""

    def get_conn(self, headers: dict[Any, Any] | None = None, extra_options: dict[str, Any] | None = None) -> "Session":
        """The client's one pooled session. Headers and options are the client's own business and are refused here."""
        if headers or extra_options:
            raise ValueError("headers and options come from the contract alone; use the client's verbs")
        return self.http.session

    def run(self, *_args: object, **_kwargs: object) -> Any:
        """Not offered: it would go round retries, redaction and the delivery classes."""
        raise NotImplementedError("use the client's verbs: hook.client")

    def checks(self) -> list[str]:
        """What was looked at, one sentence each: reachable, authorised, version or profile, clocks, what is missing and can be missed.

        The client is closed behind it: health is asked for all day in a process that lives for months.

        :raises ColophonError: something is missing without which nothing works.
        """
        try:
            return self._checks()
        finally:
            if client := self.__dict__.pop("client", None):
                client.close()

    @abstractmethod
    def _checks(self) -> list[str]:
        """See `checks`."""

    def test_connection(self) -> tuple[bool, str]:
        """The *Test* button: (works, what was checked or what is missing)."""
        from colophon.http.retry import asking_once

        try:
            with asking_once():
                return True, "; ".join(self.checks())
        except ColophonError as problem:
            return False, str(problem)


def checked(checks: Iterable["Check"], *, warns: tuple[str, ...] = (), remedies: Mapping[str, str] = MappingProxyType({})) -> list[str]:
    """Sentences of checks; those that are not good and whose name begins with one of `warns` are marked, and stop nothing.

    `remedies`: what to do, by the beginning of a check's name, where it is not an edit of the connection.

    :raises ClockSkewError: the clocks differ, and nothing else is wrong.
    :raises BadConnectionError: with the sentences of all that are not good.
    """
    found = list(checks)
    bad = [check for check in found if not check.is_good and not check.name.startswith(warns)]
    if bad:
        error = ClockSkewError if all(check.name == "clock" for check in bad) else BadConnectionError
        told = [text for start, text in remedies.items() if any(check.name.startswith(start) for check in bad)]
        raise error("; ".join(check.sentence for check in bad), remedy=" ".join(told))
    return [check.sentence if check.is_good else f"{WARNING}{check.sentence}" for check in found]
