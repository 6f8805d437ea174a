"""The desk's web app: routes, headers, and what a page says when something is wrong."""

from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse, Response
from starlette.exceptions import HTTPException

from colophon.errors import ColophonError, ConflictError, NotFoundError, RefusedError
from colophon_airflow.desk import actions, api, exception_actions
from colophon_airflow.desk.access import reader
from colophon_airflow.desk.guard import Guard
from colophon_airflow.desk.pages import ROUTERS
from colophon_airflow.desk.screen import wants_page, write_page

STATIC = {path.name: path for path in (Path(__file__).parent / "static").iterdir()}
SIGN_IN = "Sign in to Airflow, then come back to this page."
ASK = "Ask an Airflow administrator for the permission."


def make_app() -> FastAPI:
    """The app. No description of it is public: `/api/openapi.json` asks for a session like every other route."""
    app = FastAPI(title="Colophon desk", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(Guard)
    signed_in = [Depends(reader)]
    for router in (*ROUTERS, api.router, actions.router, exception_actions.router):
        app.include_router(router, dependencies=signed_in)
    app.add_api_route("/api/openapi.json", lambda: JSONResponse(app.openapi()), dependencies=signed_in, include_in_schema=False)
    app.add_api_route("/static/{name}", _static, dependencies=signed_in, include_in_schema=False)
    app.add_exception_handler(ColophonError, _ours)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Exception, _unforeseen)
    return app


def _static(name: str) -> FileResponse:
    if name not in STATIC:
        raise HTTPException(404, "there is no such file")
    return FileResponse(STATIC[name])


async def _ours(request: Request, problem: Exception) -> Response:
    if not isinstance(problem, ColophonError):
        raise TypeError
    status = 503
    if isinstance(problem, RefusedError):
        status = {NotFoundError: 404, ConflictError: 409}.get(type(problem), 422)
    return _say(request, status, problem.code, problem.sentence, problem.advice)


async def _of_http(request: Request, problem: Exception) -> Response:
    if not isinstance(problem, HTTPException):
        raise TypeError
    advice = {401: SIGN_IN, 403: ASK}.get(problem.status_code, "Go back and choose again.")
    return _say(request, problem.status_code, f"http.{problem.status_code}", str(problem.detail), advice)


async def _invalid(request: Request, problem: Exception) -> Response:
    faults: Sequence[dict[str, object]] = problem.errors() if isinstance(problem, RequestValidationError) else ()
    fields = ", ".join(sorted({str(place[-1]) for fault in faults if isinstance(place := fault["loc"], tuple)}))
    return _say(request, 422, "refused.invalid", f"this cannot be read: {fields}", "Correct it and send it again.")


async def _unforeseen(request: Request, problem: Exception) -> Response:
    # Its message is not ours and may hold a secret; Airflow's log has the traceback.
    return _say(request, 500, "desk", f"unforeseen: {type(problem).__name__}", "Look into the API server's log; then report it.")


def _say(request: Request, status: int, code: str, sentence: str, remedy: str) -> Response:
    if wants_page(request):
        facts = {"code": code, "sentence": sentence, "remedy": remedy}
        return write_page(request, "error.html", None, status=status, **facts)
    body = {"title": HTTPStatus(status).phrase, "status": status, "code": code, "detail": sentence, "remedy": remedy}
    return JSONResponse(body, status_code=status, media_type="application/problem+json")
