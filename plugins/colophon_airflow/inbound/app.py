"""`POST /colophon/hooks/{source}` as a web application. Nothing else is served: no pages, no description of itself."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import FastAPI, Path, Request, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from colophon.inbound import SOURCES, Answer, Keeper, Receiver, answers
from colophon.ledger import Ledger
from colophon_airflow.inbound.sources import Sources
from colophon_airflow.settings import open_ledger

PREFIX = "/colophon/hooks"
_HEADERS = [
    {"name": "webhook-id", "in": "header", "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,128}$"}},
    {"name": "webhook-timestamp", "in": "header", "schema": {"type": "string", "pattern": "^[0-9]{10}$"}},
    {"name": "webhook-signature", "in": "header", "schema": {"type": "string", "maxLength": 1024}},
    {"name": "X-Colophon-Secret", "in": "header", "schema": {"type": "string"}},
    {"name": "Authorization", "in": "header", "schema": {"type": "string"}},
]
_ALL = [
    *(answers.TAKEN, answers.SEEN, answers.CONFLICT, answers.MALFORMED, answers.FORGED, answers.UNKNOWN_SOURCE, answers.TOO_SLOW),
    *(answers.TOO_LARGE, answers.NOT_JSON, answers.too_many(1), answers.UNAVAILABLE),
]
_DESCRIPTION: dict[str, Any] = {
    "parameters": _HEADERS,
    "requestBody": {
        "required": True,
        "content": {kind: {"schema": {"type": "object"}} for kind in ("application/json", "application/cloudevents+json")},
    },
    "responses": {str(one.status): {"description": one.title, "content": {one.media_type: {}}} for one in _ALL},
}
Source = Annotated[str, Path(json_schema_extra={"enum": sorted(SOURCES)})]


def for_airflow() -> FastAPI:
    """The application with the ledger and the connections of this Airflow."""
    return make_app(open_ledger, Sources())


def standalone() -> FastAPI:
    """The same by itself, below the same address; connections then come from the environment or a secrets backend."""
    inner = for_airflow()
    # Of an application below another one, nobody else runs the beginning and the end.
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=inner.router.lifespan_context)
    app.mount(PREFIX, inner)
    return app


def make_app(open_ledger: Callable[[], Ledger], sources: Sources, clock: Callable[[], datetime] | None = None) -> FastAPI:
    """The application around a ledger and sources. `clock`: aware UTC."""
    keeper = Keeper(open_ledger)
    receiver = Receiver(sources.find, keeper.keep, clock=clock or _now)

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        yield
        keeper.close()

    app = FastAPI(title="Colophon inbound events", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False, lifespan=life)
    app.state.keeper = keeper

    @app.post("/{source}", status_code=202, response_class=Response, openapi_extra=_DESCRIPTION)
    async def receive(source: Source, request: Request) -> Response:
        """Take one event. 202 is said only when it is on the disk."""
        caller = request.client.host if request.client else ""
        try:
            return _sent(await receiver.receive(source, request.headers.raw, request.stream(), caller=caller))
        except ClientDisconnect:
            return _sent(answers.MALFORMED)  # nobody hears it

    @app.options("/{source}", response_class=Response, include_in_schema=False)
    async def agree(source: str) -> Response:
        """Whoever asks may call: the handshake of CloudEvents web hooks."""
        return _sent(answers.AGREED if await sources.find(source) else answers.UNKNOWN_SOURCE)

    @app.exception_handler(HTTPException)
    async def refuse(_request: Request, problem: HTTPException) -> Response:
        """Another path or method."""
        return _sent(answers.WRONG_METHOD if problem.status_code == 405 else answers.UNKNOWN_SOURCE)

    return app


def _sent(answer: Answer) -> Response:
    return Response(answer.body, answer.status, answer.headers, media_type=answer.media_type)


def _now() -> datetime:
    return datetime.now(UTC)
