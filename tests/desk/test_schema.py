"""Whatever a program sends that the API's own description allows, or nearly, gets an answer that the description knows, and never a 5xx."""

import os
import warnings

import pytest
from hypothesis import HealthCheck, Phase, given, settings

EXAMPLES = 400 if os.environ.get("COLOPHON_NIGHTLY") == "1" else 3
MEANT = {
    "POST /statements/preview",
    "POST /api/deliveries/{delivery_id}/settle",
    "POST /api/deliveries/{delivery_id}/answer",
    "POST /api/exceptions/snooze",
}
"""What these are given has to mean something: a period that has ended, an outcome, a day to come. Its shape alone is refused."""
PHASES = (Phase.explicit, Phase.generate, Phase.target)


def operations(app):
    """Every operation, pages too, as schemathesis reads the description."""
    for route in app.routes:
        route.include_in_schema = True
    app.openapi_schema = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it has deprecated imports of its own
        from schemathesis import openapi

        return [found.ok() for found in openapi.from_dict(app.openapi()).get_all_operations()]


def statuses(operation, mode, send) -> set[int]:
    """What an operation answers to generated requests."""
    seen: set[int] = set()

    @settings(max_examples=EXAMPLES, deadline=None, phases=PHASES, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
    @given(case=operation.as_strategy(generation_mode=mode))
    def each(case) -> None:
        seen.add(send(case))

    each()
    return seen


@pytest.fixture
def send(desk, catalogue, connect):
    """Sends a generated request as a program with an administrator's own token; returns the status. A fault of the app is a 500."""
    connect(catalogue)
    client = desk.client("admin", raise_server_exceptions=False)
    proof = {"authorization": f"Bearer {client.cookies.get('_token')}", "accept": "application/json"}
    client.cookies.clear()

    def request(case) -> int:
        made = case.as_transport_kwargs(base_url="http://desk")
        parts = {name: made[name] for name in ("params", "data", "json") if made.get(name) is not None}
        headers = {name: value for name, value in (made["headers"] or {}).items() if name.lower() != "authorization"}
        return client.request(made["method"], made["url"], headers=headers | proof, **parts).status_code

    return request


def test_no_request_makes_the_desk_fail(desk, send) -> None:
    """Each operation, asked by its description and against it: never a 5xx; by the description it is done or there is no such thing."""
    from schemathesis import GenerationMode

    found = operations(desk.app)
    assert len(found) > 30
    for operation in found:
        by, against = (statuses(operation, mode, send) for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE))
        assert max(by | against) < 500, operation.label
        assert by & {200, 404} or operation.label in MEANT, operation.label


def test_an_operation_that_fails_is_found(desk, send) -> None:
    """One that divides by what it is given: the walk meets the nought."""
    from schemathesis import GenerationMode

    desk.app.add_api_route("/share", lambda n: 1 // int(n), methods=["GET"])
    (share,) = (each for each in operations(desk.app) if each.label == "GET /share")
    assert 500 in statuses(share, GenerationMode.POSITIVE, send)
