"""The control routes of a sandbox, for tests: faults, clock, settings, seeds, effects and journal of one of its systems."""

import json
from typing import Any
from urllib.request import Request, urlopen

from werkzeug.test import Client

START = "2026-05-01T06:00:00Z"


class Control:
    """A sandbox at an address, and one of its systems."""

    def __init__(self, url: str, system: str) -> None:
        self.url, self.system = url, system

    def control(self, method: str, path: str, body: object = None) -> Any:
        """One call of a control route; its answer's JSON."""
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"{self.url}/__sandbox__{path}", data, {"Content-Type": "application/json"}, method=method)
        with urlopen(request, timeout=60) as answer:
            content = answer.read()
        return json.loads(content) if content else {}

    def start(self, now: str = START) -> None:
        """As at its start, with a frozen clock."""
        self.control("POST", "/reset", {"system": None})
        self.freeze(now)

    def freeze(self, now: str = START) -> None:
        """Stop the clock."""
        self.control("PUT", "/clock", {"now": now, "mode": "frozen"})

    def advance(self, seconds: float) -> int:
        """Move the clock; how many events were due by then."""
        fired: int = self.control("POST", "/clock/advance", {"seconds": seconds})["fired"]
        return fired

    def settings(self, **values: object) -> None:
        """Change settings of the system."""
        self.control("PATCH", "/settings", {self.system: values})

    def seed(self, **records: object) -> None:
        """Add records of the system."""
        self.control("POST", "/seed", {"records": {self.system: records}})

    def fault(self, kind: str, path: str, *, method: str | None = "POST", value: object = None, **plan: object) -> None:
        """Plan a fault; `plan` may say `when`, `times` (1 unless said) and `skip`."""
        match = {"path": path} if method is None else {"path": path, "method": method}
        told = {"system": self.system, "match": match, "kind": kind, "times": 1, **plan}
        self.control("POST", "/faults", told if value is None else {**told, "value": value})

    def effects(self, kind: str) -> list[str]:
        """Keys of the effects of a kind, in order."""
        return [effect["key"] for effect in self.control("GET", f"/effects?kind={kind}")["effects"]]

    def journal(self) -> list[dict[str, Any]]:
        """The calls of the system's own routes."""
        entries: list[dict[str, Any]] = self.control("GET", f"/journal?system={self.system}")["entries"]
        return entries


class InProcess(Control):
    """The same for a sandbox in this process, without sockets."""

    def __init__(self, client: Client, system: str) -> None:
        super().__init__("", system)
        self.client = client

    def control(self, method: str, path: str, body: object = None) -> Any:
        """See the base class."""
        given = {} if body is None else {"json": body}
        answer = self.client.open(f"/__sandbox__{path}", method=method, **given)
        assert answer.status_code < 300, answer.text
        return answer.get_json(silent=True) or {}
