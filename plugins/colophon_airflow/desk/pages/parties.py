"""*Parties*: who may be whom, and which tax or bank details have changed; what persons have to decide."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from colophon.errors import ColophonError
from colophon.parties import called, decided_pairs, mark, open_changes, open_pairs, overruled
from colophon.sealing import Seal
from colophon_airflow.desk.access import Reader
from colophon_airflow.desk.screen import write_page
from colophon_airflow.desk.source import LedgerDep
from colophon_airflow.settings import connection, publisher_config

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)


@router.get("/parties")
def parties(request: Request, person: Reader, ledger: LedgerDep) -> HTMLResponse:
    """Proposals, changes that wait for two persons, and values that gave way. Only operators see names, and the end of a sealed value."""
    seal = _seal() if person.may_act else None

    def shown(note: Mapping[str, Any]) -> str:
        try:
            return seal.shown(note["value"]) if seal is not None and note.get("value") else ""
        except ColophonError:
            return "sealed under a key that is gone"

    config = publisher_config()
    rules, calendar = config.ownership, config.calendars.of(None)

    def from_day(note: Mapping[str, Any]) -> date | None:
        return rules.in_force_on(note["field"], note["agreed_at"], calendar) if note["state"] == "approved" else None

    changes = [(note, shown(note), mark(note), from_day(note)) for note in open_changes(ledger)]
    lost = [(note, shown(note)) for note in overruled(ledger)]
    pairs, same = open_pairs(ledger), decided_pairs(ledger)
    names = called(ledger, [*pairs, *(note for note, *_ in changes)]) if person.may_act else {}
    return write_page(request, "parties.html", person, pairs=pairs, names=names, same=same, changes=changes, lost=lost, rules=rules)


def _seal() -> Seal | None:
    try:
        return Seal.of(str(connection("xconnector_default").extra_dejson.get("seal_key") or ""))
    except Exception:  # noqa: BLE001 - without its key a value is not shown, whatever the reason; the connection's own test says it
        return None
