"""Token routes in all their spellings, and discovery (contract section 1)."""

import base64
import json
from urllib.parse import parse_qsl

from werkzeug.wrappers import Request, Response

from colophon_sandbox.system import Call, RefusedError, as_json
from colophon_sandbox.systems.opentext_exstream.reading import ms
from colophon_sandbox.world import Row, Table, World

CLIENT, SECRET, TENANT = "sandbox-client", "sandbox-not-a-secret", "acme"
MEMBERS = {"grant_type", "client_id", "client_secret", "scope"}


class Tokens:
    """Access tokens with their ends."""

    def __init__(self, world: World) -> None:
        self.world = world

    @property
    def table(self) -> Table:
        """Tokens that were given."""
        return self.world.store.table("exstream.tokens")

    def holds(self, authorization: str | None) -> bool:
        """Whether a header carries a token that still lives."""
        row = self.table.get((authorization or "").removeprefix("Bearer ")) if (authorization or "").startswith("Bearer ") else None
        return row is not None and ms(self.world.now) < row["endsMs"]

    def give(self, call: Call) -> Response:
        """A token for the right client; errors in the shape of OAuth2."""
        try:
            given = _form(call)
        except (ValueError, UnicodeDecodeError):
            return _no("invalid_request", "the body is neither a form nor a JSON object", 400)
        if unknown := sorted(set(given) - MEMBERS):
            return _no("invalid_request", f"there is no member {unknown[0]}", 400)
        if call.path.get("tenant", TENANT) != TENANT or (given.get("client_id"), given.get("client_secret")) != (CLIENT, SECRET):
            return _no("invalid_client", "the client or its secret is wrong", 401)
        if given.get("grant_type") != "client_credentials":
            return _no("unsupported_grant_type", "grant_type must be client_credentials", 400)
        if "otds:groups" not in given.get("scope", "").split():
            return _no("invalid_scope", "scope must have otds:groups", 400)
        return as_json(self._new())

    def give_guard(self) -> str:
        """A new anti-CSRF token for inputs."""
        number = self.world.next_id("exstream.guard")
        self.world.store.table("exstream.guards").put(f"sandbox-csrf-{number}", {"_seq": number})
        return f"sandbox-csrf-{number}"

    def check_guard(self, given: str | None) -> None:
        """Whether an input carries a token that was given; RefusedError (403) where it does not."""
        if self.world.settings["exstream"]["csrf"] and self.world.store.table("exstream.guards").get(given or "") is None:
            raise RefusedError(403, "no_csrf_token", "the anti-CSRF token is missing or unknown")

    def _new(self) -> Row:
        number, lives = self.world.next_id("exstream.token"), self.world.settings["exstream"]["expires_in"]
        token = f"sandbox-token-{number}"
        self.table.put(token, {"_seq": number, "endsMs": ms(self.world.now) + lives * 1000})
        return {"access_token": token, "refresh_token": f"sandbox-refresh-{number}", "token_type": "Bearer", "expires_in": lives}


def discovery(request: Request, tenant: str) -> Response:
    """Where the token endpoint of a tenant is."""
    if tenant != TENANT:
        raise RefusedError(404, "not_found", "there is no such tenant")
    return as_json({"issuer": "sandbox", "token_endpoint": f"{request.host_url}exstream/tenants/{tenant}/oauth2/token"})


def _form(call: Call) -> dict[str, str]:
    """The body as a form or JSON, with a client from Basic; ValueError for anything else."""
    if call.request.mimetype == "application/json":
        found = json.loads(call.body)
        if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
            raise ValueError("no object of texts")
    else:
        pairs = parse_qsl(call.body.decode(), keep_blank_values=True, strict_parsing=True)
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("a member is given twice")
    header = call.request.headers.get("Authorization", "")
    if header.startswith("Basic "):
        login, _, password = base64.b64decode(header[6:], validate=True).decode().partition(":")
        found.update(client_id=login, client_secret=password)
    return found


def _no(error: str, description: str, status: int) -> Response:
    return as_json({"error": error, "error_description": description}, status, **{"X-Sandbox-Reason": error})
