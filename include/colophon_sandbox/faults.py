"""What can be made to go wrong, how often, and whether before or after the effect.

`after` plays the lost answer: the request has its effect, and the caller does not learn of it.
"""

import fnmatch
import json
import socket
import struct
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from werkzeug.wrappers import Request, Response

KINDS = frozenset(
    {
        "status",
        "delay",
        "refuse",
        "drop",
        "reset",
        "truncate",
        "garble",
        "dribble",
        "login_page",
        "wrong_shape",
        "expire_token",
        "duplicate",
        "reorder",
        "lose",
        # Consonance's own (contract section 14)
        "unordered_ids",
        "repeated_page",
        "data_with_errors",
        "remove_field",
        "refuse_introspection",
        "stale_report",
        "half_report",
    }
)
LOGIN_PAGE = b"<!doctype html><html><head><title>Sign in</title></head><body><form>Sign in</form></body></html>"


@dataclass(slots=True)
class Fault:
    """One planned fault: fires for matching requests after `skip` of them, `times` times (None: always)."""

    id: str
    system: str | None
    match: dict[str, str]
    kind: str
    value: Any
    when: str
    skip: int
    times: int | None
    sleep: Callable[[float], None]
    fired: int = 0

    def fits(self, system: str, method: str, path: str) -> bool:
        """Whether a request is meant; counts it."""
        if self.system not in (None, system) or self.match.get("method", method) != method:
            return False
        if not fnmatch.fnmatchcase(path, self.match.get("path", "*")):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.times is not None and self.fired >= self.times:
            return False
        self.fired += 1
        return True

    def as_dict(self) -> dict[str, Any]:
        """As the control route shows it."""
        return {
            "faultId": self.id,
            "system": self.system,
            "match": self.match,
            "kind": self.kind,
            "value": self.value,
            "when": self.when,
            "skip": self.skip,
            "times": self.times,
            "fired": self.fired,
        }


class Faults:
    """All planned faults, in their order; the first that fits a request is the one that fires."""

    def __init__(self, sleep: Callable[[float], None] = time.sleep) -> None:
        self.planned: dict[str, Fault] = {}
        self._sleep = sleep
        self._count = 0

    def plan(self, given: dict[str, Any], systems: Collection[str]) -> Fault:
        """Plan a fault from the control route's body; ValueError says what is wrong with it."""
        _check(given, systems)
        self._count += 1
        fault = Fault(
            id=f"f{self._count}",
            system=given.get("system"),
            match=dict(given.get("match") or {}),
            kind=given["kind"],
            value=given.get("value"),
            when=given.get("when", "before"),
            skip=int(given.get("skip", 0)),
            times=given.get("times", 1),
            sleep=self._sleep,
        )
        self.planned[fault.id] = fault
        return fault

    def first_for(self, system: str, method: str, path: str, kinds: frozenset[str] = KINDS) -> Fault | None:
        """The fault of these kinds that fires for this request, if any. Others are not counted as asked for."""
        return next((f for f in self.planned.values() if f.kind in kinds and f.fits(system, method, path)), None)

    def clear(self, fault_id: str | None = None) -> bool:
        """Forget one fault or all; False where it was not there."""
        if fault_id is None:
            self.planned.clear()
            return True
        return self.planned.pop(fault_id, None) is not None


def _check(given: dict[str, Any], systems: Collection[str]) -> None:
    if unknown := sorted(set(given) - {"system", "match", "kind", "value", "when", "skip", "times"}):
        raise ValueError(f"a fault has no member {unknown[0]}")
    if given.get("system") not in {None, *systems}:
        raise ValueError(f"there is no system {given['system']}")
    match = given.get("match") or {}
    if not isinstance(match, dict) or set(match) - {"method", "path"} or not all(isinstance(one, str) for one in match.values()):
        raise ValueError("match has method and path, as text")
    if given.get("kind") not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(sorted(KINDS))}")
    if given.get("when", "before") not in {"before", "after"}:
        raise ValueError("when must be before or after")
    if not _is_count(given.get("skip", 0), 0) or not (given.get("times", 1) is None or _is_count(given.get("times", 1), 1)):
        raise ValueError("skip is a whole number from 0, times one from 1 or null for always")
    value = given.get("value")
    status = value.get("status") if isinstance(value, dict) else value
    if given["kind"] == "status" and not _is_count(status, 100):
        raise ValueError("the value of a status is a status, or an object with one")
    if given["kind"] == "delay" and (isinstance(value, bool) or not isinstance(value, int | float) or value < 0):
        raise ValueError("the value of a delay is a number of seconds")


def _is_count(value: Any, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


class BrokenConnectionError(Exception):
    """The server must end this connection without an answer."""


def play(fault: Fault, request: Request, answer: Callable[[], Response]) -> Response:
    """Answer a request as the fault says. Before: the system never sees it. After: it does, and its answer is spoilt."""
    whole = fault.kind in {"truncate", "garble", "dribble", "delay", "duplicate", "reorder", "wrong_shape"}
    if fault.kind == "delay":
        if fault.when == "before":
            fault.sleep(float(fault.value))
            return answer()
        late = answer()
        fault.sleep(float(fault.value))
        return late
    given = answer() if whole or fault.when == "after" else None
    return _SPOILERS[fault.kind](fault, request, given)


def _status(fault: Fault, _request: Request, _given: Response | None) -> Response:
    value = fault.value if isinstance(fault.value, dict) else {"status": fault.value}
    body = value.get("body", {"error": "made to fail"})
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    answer = Response(content, status=int(value.get("status", 500)), content_type=value.get("contentType", "application/json"))
    answer.headers.update(value.get("headers", {}))
    return answer


def _drop(_fault: Fault, request: Request, _given: Response | None) -> Response:
    _socket(request).shutdown(socket.SHUT_RDWR)
    raise BrokenConnectionError


def _reset(_fault: Fault, request: Request, _given: Response | None) -> Response:
    connection = _socket(request)
    # Lingering for no time makes close() send RST instead of FIN.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    raise BrokenConnectionError


def _truncate(_fault: Fault, _request: Request, given: Response | None) -> Response:
    body = _body(given)
    return _raw(given, [body[: len(body) // 2]], len(body))


def _garble(_fault: Fault, _request: Request, given: Response | None) -> Response:
    body = bytearray(_body(given))
    for position in range(0, len(body), 7):
        body[position] ^= 0x5A
    return _raw(given, [bytes(body)], len(body))


def _dribble(fault: Fault, _request: Request, given: Response | None) -> Response:
    body, pause = _body(given), float(fault.value or 1.0)

    def slowly() -> Iterator[bytes]:
        for byte in body:
            yield bytes([byte])
            fault.sleep(pause)

    return _raw(given, slowly(), len(body))


def _login_page(_fault: Fault, _request: Request, _given: Response | None) -> Response:
    return Response(LOGIN_PAGE, status=200, content_type="text/html; charset=utf-8")


def _wrong_shape(_fault: Fault, _request: Request, given: Response | None) -> Response:
    return Response(b'{"unexpected":true}', status=given.status_code if given else 200, content_type="application/json")


def _duplicate(_fault: Fault, _request: Request, given: Response | None) -> Response:
    return _lists_changed(given, lambda items: [item for item in items for _ in (0, 1)])


def _reorder(_fault: Fault, _request: Request, given: Response | None) -> Response:
    return _lists_changed(given, lambda items: items[::-1])


_SPOILERS: dict[str, Callable[[Fault, Request, Response | None], Response]] = {
    "status": _status,
    "refuse": _reset,
    "drop": _drop,
    "reset": _reset,
    "truncate": _truncate,
    "garble": _garble,
    "dribble": _dribble,
    "login_page": _login_page,
    "wrong_shape": _wrong_shape,
    "duplicate": _duplicate,
    "reorder": _reorder,
}
AT_THE_ANSWER = frozenset(_SPOILERS) | {"delay", "expire_token"}
"""Kinds that spoil the answer; the others are asked for by the system itself, when it comes to them."""


def _lists_changed(given: Response | None, change: Callable[[list[Any]], list[Any]]) -> Response:
    def walk(value: Any, depth: int = 0) -> Any:
        if isinstance(value, list) and depth <= 3:
            return change(value)
        if isinstance(value, dict):
            return {name: walk(member, depth + 1) for name, member in value.items()}
        return value

    body = json.dumps(walk(json.loads(_body(given)))).encode()
    return Response(body, status=given.status_code if given else 200, content_type="application/json")


def _body(given: Response | None) -> bytes:
    return given.get_data() if given else b""


def _raw(given: Response | None, chunks: Iterable[bytes], length: int) -> Response:
    answer = Response(chunks, status=given.status_code if given else 200, direct_passthrough=True)
    if given:
        answer.headers.extend((k, v) for k, v in given.headers if k.lower() != "content-length")
    answer.headers["Content-Length"] = str(length)
    return answer


def _socket(request: Request) -> socket.socket:
    found = request.environ.get("werkzeug.socket")
    if not isinstance(found, socket.socket):
        raise BrokenConnectionError
    return found
