"""The connection test: reachable, authorised, clocks, and by name what the mapping asks for and the portal lacks."""

from typing import TYPE_CHECKING

from colophon.errors import BadConfigError, ColophonError, ForbiddenError, NotFoundError, WrongAddressError
from colophon.http.checks import Check, ahead_s, clock_check
from colophon.http.response import Response
from colophon.systems.fourallportal import operations as op
from colophon.systems.fourallportal.listing import unknown_module

if TYPE_CHECKING:
    from colophon.systems.fourallportal.client import FourallportalClient

SKEW_S = 120


def connection_checks(client: "FourallportalClient") -> list[Check]:
    """See `FourallportalClient.test`.

    :raises ColophonError: what stops us: unreachable, wrong address, refused key.
    """
    mapping = client.mapping
    answer = _first_answer(client, mapping.modules["file"])
    return [
        Check("reachable", True, f"{client.settings.api.base_url} answers REST (core 3.7 or later, 4.x)"),
        _health(client),
        Check("authorised", True, "the key is accepted"),
        clock_check(ahead_s(answer.headers, client.clock()), SKEW_S),
        *(_module(client, module) for module in sorted(mapping.needed_fields())),
        Check("mapping", True, f"mapping version {mapping.version}"),
        _uploads(client),
    ]


def _first_answer(client: "FourallportalClient", module: str) -> Response:
    """Any answer of the REST API. A portal without the module is told from an address where no portal is."""
    try:
        return client.http.call(op.GET_MODULE, path={"module": module}, query={"groups": "fields"}, subject=module)
    except NotFoundError as problem:
        if client.beside.call(op.HEALTH).status == 404:
            evidence, operation = problem.evidence, op.GET_MODULE.name
            raise WrongAddressError(
                "no portal is at this address", system="fourallportal", operation=operation, evidence=evidence
            ) from None
        raise unknown_module(module) from None


def _health(client: "FourallportalClient") -> Check:
    try:
        status = client.beside.call(op.HEALTH).status
    except ColophonError as problem:
        return Check("health", False, f"health: {problem.sentence}")
    return Check("health", True, "healthy" if status < 300 else "health is closed to us")


def _module(client: "FourallportalClient", module: str) -> Check:
    try:
        gaps = client.mapping.gaps(client.get_module(module))
    except (BadConfigError, ForbiddenError) as problem:
        return Check(f"module {module}", False, f"module {module}: {problem.sentence}")
    if gaps:
        return Check(f"module {module}", False, f"the mapping names what the portal does not have: {', '.join(gaps)}")
    return Check(f"module {module}", True, f"module {module} has all mapped fields")


def _uploads(client: "FourallportalClient") -> Check:
    extra = client.settings.extra
    if extra.upload_mode == "webdav" and not extra.webdav_url:
        return Check("uploads", True, "no uploads: webdav_url is not set")
    return Check("uploads", True, f"uploads by {extra.upload_mode}")
