"""A web application that is imported by its first request: every Airflow process loads the plugin, one of them serves it."""

import importlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Asgi = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]


class LazyApp:
    """An ASGI application by the name of the function that makes it."""

    def __init__(self, factory: str) -> None:
        """:param factory: `package.module:function`."""
        self._factory = factory
        self._app: Asgi | None = None

    async def __call__(self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]) -> None:
        """Make it once, then call it."""
        if self._app is None:
            module, _, name = self._factory.partition(":")
            self._app = getattr(importlib.import_module(module), name)()
        await self._app(scope, receive, send)
