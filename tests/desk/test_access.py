"""Who gets in, who may act, and what every answer carries."""

import pytest
from fastapi.routing import APIRoute

from colophon_airflow.desk.guard import MOST_BYTES

FILLED = {
    "delivery_id": "d-1",
    "job_id": "j-1",
    "exception_id": "x-1",
    "isbn": "9780000000002",
    "name": "desk.css",
    "row_id": "w-1",
    "run_id": "r-1",
    "work_id": "7",
    "key": "k-1",
    "contact": "21",
    "field": "bank",
}


def routes(app):
    """Every method and path of the app, parameters filled in."""
    for route in app.routes:
        for method in sorted(route.methods):
            yield method, route.path.format(**FILLED)


def let_in(app, client, refusals) -> list[tuple[str, str]]:
    """Routes that answer a client with anything but these refusals."""
    return [(method, path) for method, path in routes(app) if client.request(method, path).status_code not in refusals]


def token(client) -> str:
    """The proof that a form is from one of our pages."""
    return client.get("/exceptions").text.split('name="csrf" value="')[1].split('"')[0]


def test_every_route_needs_a_session(desk) -> None:
    """All methods of all routes: 401 without a session, and nothing told; 401 or 403 with a forged one."""
    nobody, forger = desk.client(None), desk.client(None)
    forger.cookies.set("_token", "e30.e30.x")
    assert len(list(routes(desk.app))) > 35
    assert let_in(desk.app, nobody, {401}) == []
    assert let_in(desk.app, forger, {401, 403}) == []


def test_a_route_that_somebody_forgot_to_protect_is_found(desk) -> None:
    """One without any dependency, and one that asks for a session and no permission: the walk names both."""
    from airflow.api_fastapi.core_api.security import get_user
    from fastapi import Depends

    before = list(desk.app.router.routes)
    desk.app.add_api_route("/forgotten", lambda: "secret", methods=["GET", "POST"])
    desk.app.add_api_route("/half", lambda: "secret", dependencies=[Depends(get_user)])
    try:
        assert let_in(desk.app, desk.client(None), {401}) == [("GET", "/forgotten"), ("POST", "/forgotten")]
        assert set(let_in(desk.app, stranger(desk), {403})) == {("GET", "/forgotten"), ("POST", "/forgotten"), ("GET", "/half")}
    finally:
        desk.app.router.routes[:] = before


def test_every_route_is_one_that_was_walked(desk) -> None:
    """No mount, no websocket, no route that a walk over methods and paths would miss."""
    assert all(isinstance(route, APIRoute) for route in desk.app.routes)


def test_somebody_without_the_permission_sees_nothing(desk) -> None:
    """A session of somebody whose role allows nothing: 403 everywhere."""
    assert let_in(desk.app, stranger(desk), {403}) == []


def stranger(desk):
    """Somebody with a session whom no role allows anything."""
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    client = desk.client(None)
    client.cookies.set("_token", get_auth_manager().generate_jwt(SimpleAuthManagerUser(username="eve", role=None)))
    return client


def test_a_viewer_cannot_act(desk, ledger) -> None:
    """Every POST is refused to a viewer, even with an operator's own token; nothing changes."""
    viewer, operator = desk.client("viewer"), desk.client("op")
    proof = token(operator)
    posts = [path for method, path in routes(desk.app) if method == "POST"]
    assert len(posts) >= 9
    for path in posts:
        assert viewer.post(path, data={"csrf": proof, "ids": "x-1", "why": "no"}).status_code == 403, path
    assert ledger.people.audit_page() == []
    assert viewer.get("/api/tray/sheets/any.xlsx").status_code == 403


@pytest.mark.parametrize("given", [{}, {"csrf": ""}, {"csrf": "0" * 64}, {"csrf": "é"}])
def test_a_form_that_is_not_ours_is_refused(desk, ledger, given) -> None:
    """Without the token of a page of this very person nothing is done."""
    operator = desk.client("op")
    for method, path in routes(desk.app):
        if method == "POST":
            assert operator.post(path, data=given).status_code == 403, path
    assert ledger.people.audit_page() == []


def test_a_token_is_of_one_person(desk) -> None:
    """Another person's token, or a request that a browser says comes from another site, is refused."""
    operator, admin = desk.client("op"), desk.client("admin")
    proof = token(admin)
    assert operator.post("/api/health/check", data={"csrf": proof}).status_code == 403
    assert admin.post("/api/tray/export", data={"csrf": proof}, headers={"sec-fetch-site": "cross-site"}).status_code == 403


def test_a_program_with_its_own_credentials_needs_no_form(desk, ledger) -> None:
    """A bearer token is no cookie that a foreign page could send."""
    operator = desk.client("op")
    own = operator.cookies.get("_token")
    operator.cookies.clear()
    done = operator.post("/api/tray/export", headers={"authorization": f"Bearer {own}", "accept": "application/json"})
    assert (done.status_code, done.json()["done"]) == (200, "sheets")


def test_no_description_is_public(desk) -> None:
    """The usual places are not there; the description that is there needs a session."""
    viewer, nobody = desk.client("viewer"), desk.client(None)
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert viewer.get(path).status_code == 404
    assert nobody.get("/api/openapi.json").status_code == 401
    assert "/api/deliveries" in viewer.get("/api/openapi.json").json()["paths"]


def test_every_answer_allows_nothing_from_elsewhere(desk) -> None:
    """Errors too: a policy without inline scripts or styles, no sniffing, no caching."""
    for client in (desk.client("viewer"), desk.client(None)):
        for path in ("/", "/nowhere", "/titles/1"):
            headers = client.get(path).headers
            policy = headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert "frame-ancestors 'self'" in policy
            assert (headers["x-content-type-options"], headers["cache-control"]) == ("nosniff", "no-store")


def test_large_bodies_are_cut_off(desk, ledger) -> None:
    """Declared or counted: more than a form is not read."""
    operator = desk.client("op")
    proof = token(operator)
    assert operator.post("/api/tray/export", data={"csrf": proof, "why": "x" * MOST_BYTES}).status_code == 413

    def endless():
        for _ in range(20):
            yield b"x" * 65_536

    assert (
        operator.post("/api/tray/export", content=endless(), headers={"x-csrf-token": "0", "content-type": "text/plain"}).status_code == 403
    )
    assert ledger.people.audit_page() == []
