"""Login and the older RPC feed (contract sections 1 and 6): faults come as 200 with a `code`."""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable
from typing import Any

from werkzeug.wrappers import Request, Response

from colophon_sandbox.system import RefusedError, as_json
from colophon_sandbox.systems.fourallportal.modules import MODULES
from colophon_sandbox.systems.fourallportal.objects import Objects
from colophon_sandbox.world import Row, Table, World

LOGIN, PASSWORD = "sandbox", "sandbox-not-a-password"
UNDEFINED, MISSING, NOT_IMPLEMENTED = -1, 1, 2
MOST_EVENTS = 1000


class Legacy:
    """Sessions and the feed of one connector."""

    def __init__(self, world: World, objects: Objects) -> None:
        self.world, self.objects = world, objects

    @property
    def sessions(self) -> Table:
        """Sessions that are open."""
        return self.world.store.table("fourallportal.sessions")

    def login(self, given: Any) -> Response:
        """Open a session; the password comes in Base64."""
        if not isinstance(given, dict) or set(given) != {"username", "password", "language"}:
            raise RefusedError(400, "malformed", "the body has username, password and language")
        try:
            password = base64.b64decode(str(given["password"]), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as problem:
            raise RefusedError(400, "bad_value", "the password is not in Base64", name="password") from problem
        if (given["username"], password) != (LOGIN, PASSWORD):
            raise RefusedError(401, "unauthorised", "login or password is wrong")
        session = f"L{self.world.next_id('fourallportal.sessions')}"
        self.sessions.put(session, {})
        return as_json({"code": 0, "session": session})

    def logout(self, given: Any) -> Response:
        """Close a session."""
        if not isinstance(given, list) or len(given) != 1 or self.sessions.get(str(given[0])) is None:
            return _fault(MISSING, "no such session")
        self.sessions.drop(str(given[0]))
        return as_json({"code": 0, "message": ""})

    def call(self, request: Request, verb: str, given: Any) -> Response:
        """One verb of the feed. 401 without a session; faults of the call itself are 200 with a `code`."""
        if self.sessions.get(request.cookies.get("CESESSID", "")) is None:
            raise RefusedError(401, "unauthorised", "there is no such session")
        settings = self.world.settings["fourallportal"]
        if settings["legacy_code"]:
            return _fault(settings["legacy_code"], "as the settings say")
        verbs: dict[str, tuple[Callable[..., Response], int]] = {
            "getEvents": (self._events, 4),
            "getBeans": (self._beans, 3),
            "getConnectorConfig": (self._config, 2),
            "getModuleConfig": (self._module, 3),
        }
        if verb not in verbs:
            return _fault(NOT_IMPLEMENTED, "not implemented")
        answer, count = verbs[verb]
        if not isinstance(given, list) or len(given) != count or given[0] != request.cookies.get("CESESSID"):
            return _fault(MISSING, "a parameter is missing")
        if given[1] != settings["connector_name"]:
            return _fault(MISSING, "there is no such connector")
        return answer(*given[2:])

    @property
    def config_hash(self) -> str:
        """Changes with the fields of the connector."""
        fields = {name: sorted(fields) for name, (_, fields) in MODULES.items()}
        salt = self.world.settings["fourallportal"]["connector_version"]
        return hashlib.md5(json.dumps([fields, salt], sort_keys=True).encode(), usedforsecurity=False).hexdigest()

    def _events(self, first: Any, config_hash: Any) -> Response:
        if isinstance(first, bool) or not isinstance(first, int) or config_hash != self.config_hash:
            return _fault(MISSING, "the event id is no number, or the configuration has changed")
        found = [row["event"] for row in self.objects.events if row["event"]["id"] >= first]
        return _result(found[:MOST_EVENTS])

    def _beans(self, ids: Any) -> Response:
        if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
            return _fault(MISSING, "ids are expected")
        found = []
        for wanted in ids:
            for module in MODULES:
                row = self.objects.table(module).get(wanted)
                if row is not None:
                    found.append({"id": wanted, "properties": _plain(row["values"])})
        return _result(found)

    def _config(self) -> Response:
        name = self.world.settings["fourallportal"]["connector_name"]
        return _result({"name": name, "config_hash": self.config_hash, "modules": sorted(MODULES)})

    def _module(self, module: Any) -> Response:
        if module not in MODULES:
            return _fault(MISSING, "there is no such module")
        return _result({"name": module, "fields": sorted(MODULES[module][1])})


def _plain(values: Row) -> Row:
    return {name: entries[0].get("value") for name, entries in values.items() if entries}


def _result(result: Any) -> Response:
    return as_json({"code": 0, "message": "", "result": result})


def _fault(code: int, message: str) -> Response:
    return as_json({"code": code, "message": message, "result": None})
