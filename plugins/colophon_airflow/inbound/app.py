"""`POST /colophon/hooks/{source}` as an ASGI application, and `GET /colophon/hooks/page/{token}`, a page for one person outside.

Nothing else is served, and no description of itself. It stands without a web framework: there are two routes, and what a framework does
around them would cost more than all checks.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime

from colophon.inbound import Answer, InboxWriter, Receiver, answers
from colophon.inbound.pages import Page, Pages
from colophon.ledger import Ledger
from colophon_airflow.inbound.page_store import PageStore
from colophon_airflow.inbound.sources import Sources
from colophon_airflow.lazy import Message
from colophon_airflow.settings import open_ledger

PREFIX, PAGE = "/colophon/hooks", "page/"
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class HooksApp:
    """The door around a ledger and sources."""

    def __init__(
        self, open_ledger: Callable[[], Ledger], sources: Sources, *, prefix: str = "", clock: Callable[[], datetime] | None = None
    ) -> None:
        """:param prefix: of the address, where no server above has taken it off. :param clock: aware UTC."""
        self.keeper = InboxWriter(open_ledger)
        self._sources = sources
        self._receiver = Receiver(sources.find, self.keeper.keep, clock=clock or _now)
        self.store = PageStore(open_ledger, sources)
        self._pages = Pages(self.store.look_up, self.store.keys, clock=clock or _now)
        self._prefix = prefix

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """One request; or a server's beginning and end."""
        if scope["type"] == "http":
            await _send(await self._answer(scope, receive), send, is_head=scope["method"] == "HEAD")
        elif scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _answer(self, scope: Message, receive: Receive) -> Answer | Page:
        name, caller = self._name(scope), scope["client"][0] if scope.get("client") else ""
        if name is None:
            return answers.UNKNOWN_SOURCE
        if name.startswith(PAGE):
            return await self._pages.show(name.removeprefix(PAGE), scope["method"], caller=caller)
        if scope["method"] == "POST":
            return await self._receiver.receive(name, scope["headers"], _pieces(receive), caller=caller)
        if await self._sources.find(name) is None:
            return answers.UNKNOWN_SOURCE
        return answers.AGREED if scope["method"] == "OPTIONS" else answers.WRONG_METHOD

    def _name(self, scope: Message) -> str | None:
        """The source in the address; None where it is another address."""
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if not path.startswith(f"{self._prefix}/"):
            return None
        name: str = path.removeprefix(f"{self._prefix}/")
        return name

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            kind = (await receive())["type"].removeprefix("lifespan.")
            if kind == "shutdown":
                self.keeper.close()
                self.store.close()
            await send({"type": f"lifespan.{kind}.complete"})
            if kind == "shutdown":
                return


def for_airflow() -> HooksApp:
    """The application with the ledger and the connections of this Airflow, below an address that its api-server knows."""
    return HooksApp(open_ledger, Sources())


def standalone() -> HooksApp:
    """The same by itself, at the same address; connections come from where Airflow's servers look for them."""
    return HooksApp(open_ledger, Sources(), prefix=PREFIX)


async def _pieces(receive: Receive) -> AsyncIterator[bytes]:
    """The body as it comes; where the caller goes away, what came until then."""
    is_more = True
    while is_more:
        message = await receive()
        yield message.get("body", b"")
        is_more = bool(message.get("more_body"))


async def _send(answer: Answer | Page, send: Send, *, is_head: bool = False) -> None:
    body = answer.body
    told = {"content-type": answer.media_type, "content-length": str(len(body)), **answer.headers}
    headers = [(name.lower().encode(), value.encode()) for name, value in told.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if is_head else body})


def _now() -> datetime:
    return datetime.now(UTC)
