"""Web hooks of changed objects: the administrator's template, and a header with a shared secret (contract section 6).

Whether the vendor repeats a hook that does not arrive is unknown; here it does not. Faults act on the path of the receiver's
address: `lose`, `duplicate`, `reorder` (it waits until another one has gone).
"""

from typing import Any
from urllib.parse import urlsplit

from colophon_sandbox.faults import Faults
from colophon_sandbox.outgoing import compact, post
from colophon_sandbox.systems.fourallportal.objects import EVENT_NAMES
from colophon_sandbox.world import Row, Table, World


class Hooks:
    """What is on its way to the one receiver."""

    def __init__(self, world: World) -> None:
        self.world = world

    @property
    def waiting(self) -> Table:
        """Hooks that have not gone."""
        return self.world.store.table("fourallportal.hooks")

    def emit(self, event_type: int, module: str, object_id: str) -> None:
        """Tell of a change, where somebody is to be told."""
        settings = self.world.settings["fourallportal"]
        if not settings["webhook_url"]:
            return
        facts = {"event": EVENT_NAMES[event_type], "module": module, "objectId": object_id}
        number = self.world.next_id("fourallportal.hooks")
        self.waiting.put(f"h-{number}", {"_seq": number, "body": _filled(settings["webhook_template"], facts), "held": False})

    def work(self, faults: Faults) -> int:
        """Send all; how many arrived."""
        url, arrived = self.world.settings["fourallportal"]["webhook_url"], 0
        held = []
        for key, row in list(self.waiting.rows.items()):
            fault = faults.first_for("fourallportal", "POST", urlsplit(url).path) if url and not row["held"] else None
            if fault is not None and fault.kind == "reorder":
                held.append((key, row))
                self.waiting.put(key, {**row, "held": True})
                continue
            self.waiting.drop(key)
            times = {"lose": 0, "duplicate": 2}.get(fault.kind if fault else "", 1) if url else 0
            arrived += sum(self._post(url, row["body"]) for _ in range(times))
        for key, row in held:
            if arrived:
                self.waiting.drop(key)
                arrived += self._post(url, row["body"])
        return arrived

    def _post(self, url: str, body: Any) -> int:
        settings = self.world.settings["fourallportal"]
        proof = {"X-Colophon-Secret": settings["webhook_secret"]} if settings["webhook_scheme"] == "shared_secret" else {}
        return int(200 <= post(url, compact(body), proof) < 300)


def _filled(template: Any, facts: Row) -> Any:
    if isinstance(template, dict):
        return {name: _filled(value, facts) for name, value in template.items()}
    if isinstance(template, str):
        for name, value in facts.items():
            template = template.replace(f"{{{name}}}", value)
    return template
