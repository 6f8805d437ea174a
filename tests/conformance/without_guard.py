"""A pytest plugin that takes a guard out of the HTTP layer before any client is imported: `COLOPHON_WITHOUT=redirects pytest -p without_guard`."""

import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin

from colophon.http import failure, sending, settings


def redirects() -> None:
    """Every redirect is followed, as `requests` would by itself."""

    def follow(_request: Any, url: str, result: Any) -> str:
        return urljoin(url, result.headers.get("location", "")) if getattr(result, "status", 0) in range(301, 309) else ""

    sending._redirect = follow


def resets() -> None:
    """A write of class D is sent again after a reset."""
    failure.REPEATS[failure.Case.LOST] = dict.fromkeys(failure.REPEATS[failure.Case.LOST], failure.MANY)


def headers() -> None:
    """Keys of `extra` become headers, as in Airflow's HTTP hook."""
    given: dict[str, str] = {}
    read, send = settings.settings_from_connection, sending.Sender._send

    def remember(host: str, extra: Mapping[str, object], **more: Any) -> Any:
        given.update({key: str(value) for key, value in extra.items()})
        return read(host, extra, **more)

    def add(self: Any, request: Any, url: str, credentials: Mapping[str, str], left_s: float) -> Any:
        return send(self, request, url, {**credentials, **given}, left_s)

    settings.settings_from_connection = remember
    sending.Sender._send = add


GUARDS = {guard.__name__: guard for guard in (redirects, resets, headers)}


def pytest_configure() -> None:
    """Take it out."""
    GUARDS[os.environ["COLOPHON_WITHOUT"]]()
