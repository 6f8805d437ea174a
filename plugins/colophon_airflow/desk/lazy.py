"""The desk's web app, made when the first request comes: importing it costs every Airflow process most of a second."""

from collections.abc import Awaitable, Callable, MutableMapping
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fastapi import FastAPI

PREFIX = "/colophon/desk"
"""Where Airflow mounts the desk, below its own address."""

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


async def desk(scope: Scope, receive: Receive, send: Send) -> None:
    """The ASGI app."""
    await _app()(scope, receive, send)


@cache
def _app() -> "FastAPI":
    from colophon_airflow.desk.app import make_app

    return make_app()
