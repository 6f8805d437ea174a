"""Domains, approved communications, their communication sets, data sources and queues (contract section 2)."""

from collections.abc import Mapping
from typing import Any

from werkzeug.wrappers import Response

from colophon_sandbox.system import Call, RefusedError, as_json
from colophon_sandbox.systems.opentext_exstream.reading import paged, success
from colophon_sandbox.world import Row, Table, World

DOMAINS = {"acme-test": False, "acme-prod": True}
QUEUES = {"print": "AFP", "email": "PDF", "web": "HTML", "sms": "TXT"}
"""Queues with their drivers; a customer's `DeliveryPreference` names one."""


def _communication(number: int, name: str, dsn: str, state: str = "APPROVED", version: int = 4) -> Row:
    return {"id": f"5b1e000{number}", "name": name, "dsn": dsn, "state": state, "version": version, "queues": list(QUEUES)}


BUILT_IN = [
    _communication(1, "RoyaltyStatement", "STATEMENT_JSON"),
    _communication(2, "AuthorLetter", "LETTER_JSON"),
    _communication(3, "ServiceLetter", "CLAIMS_JSON"),
    _communication(4, "DraftLetter", "LETTER_JSON", state="DRAFT", version=1),
]


class Design:
    """What the designers made; the same in both domains. Seeds add to it."""

    def __init__(self, world: World) -> None:
        self.world = world

    @property
    def table(self) -> Table:
        """Communications that were seeded."""
        return self.world.store.table("exstream.communications")

    def communications(self) -> list[Row]:
        """All, built in and seeded."""
        return [*BUILT_IN, *self.table]

    def approved(self, communication_id: str) -> Row | None:
        """An approved communication by its id."""
        return next((row for row in self.communications() if row["id"] == communication_id and row["state"] == "APPROVED"), None)

    def add(self, row: Mapping[str, Any]) -> None:
        """Seed a communication: `name`, and what differs from a communication that is approved."""
        number = self.world.next_id("exstream.communication")
        self.table.put(row["name"], {**_communication(100 + number, row["name"], "LETTER_JSON"), **row, "_seq": number})

    def list_domains(self, _call: Call) -> Response:
        """All domains."""
        return success([{"id": name, "production": production} for name, production in DOMAINS.items()])

    def list_resources(self, call: Call) -> Response:
        """Communications of a state; of each its latest version only, which is all there is."""
        check_domain(call)
        state = call.query.get("filter.states")
        rows = [row for row in self.communications() if state in (None, row["state"])]
        shown = [{**{key: row[key] for key in ("id", "name", "state", "version")}, "type": "exstrapplication"} for row in rows]
        return paged(shown, call.query)

    def list_links(self, call: Call) -> Response:
        """The communication set of a communication."""
        check_domain(call)
        if "linkSubjectId" not in call.query:
            raise RefusedError(400, "missing_parameter", "linkSubjectId is missing", name="linkSubjectId")
        row = self.approved(call.query["linkSubjectId"])
        return success([{"linkSubjectId": row["id"], "linkObjectId": f"cs-{row['id']}"}] if row else [])

    def show_set(self, call: Call) -> Response:
        """Data sources and queues of a communication set: the one answer of this service without an envelope."""
        check_domain(call)
        row = self.approved(call.path["set_id"].removeprefix("cs-"))
        if row is None:
            raise RefusedError(404, "not_found", "there is no such communication set")
        source = {"name": row["dsn"].lower(), "prodDsn": row["dsn"], "resourceId": f"r-{row['id']}", "type": "JSON"}
        queues = [{"driver": QUEUES.get(name, "PDF"), "name": name, "prodFile": f"{name}.out", "use": True} for name in row["queues"]]
        return as_json({"dsnlist": [source] if row["dsn"] else [], "queueList": queues})


def check_domain(call: Call) -> str:
    """The domain in the path, which must exist."""
    if call.path["domain"] not in DOMAINS:
        raise RefusedError(404, "not_found", "there is no such domain")
    return str(call.path["domain"])
