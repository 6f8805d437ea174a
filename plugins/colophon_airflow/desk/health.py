"""Health of the six systems: what each one's hook found when somebody last asked."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, NamedTuple

from colophon.errors import ColophonError
from colophon.ledger import Ledger

SYSTEMS: Mapping[str, str] = {
    "consonance": "Consonance",
    "opentext_push": "OpenText Push",
    "opentext_exstream": "OpenText Exstream",
    "xconnector": "xConnector",
    "fourallportal": "4ALLPORTAL",
    "bytenite": "ByteNite",
}
"""Connection type -> name; the default connection of each is asked."""


class Health(NamedTuple):
    """What is known of one system; `is_well` None: nobody has asked yet."""

    name: str
    conn_id: str
    is_well: bool | None
    found: str
    checked_at: datetime | None


def known(ledger: Ledger) -> list[Health]:
    """What was found last, for every system."""
    found = []
    for kind, name in SYSTEMS.items():
        conn_id = f"{kind}_default"
        value, at = ledger.get(_key(conn_id)) or ({}, None)
        found.append(Health(name, conn_id, value.get("is_well"), str(value.get("found", "")), at))
    return found


def ask_all(ledger: Ledger, now: datetime) -> None:
    """Ask all systems at once, and keep what they say. No call is repeated."""
    with ThreadPoolExecutor(len(SYSTEMS)) as pool:
        answers: list[dict[str, Any]] = list(pool.map(_ask, SYSTEMS))
    for kind, answer in zip(SYSTEMS, answers, strict=True):
        ledger.put(_key(f"{kind}_default"), answer, now)


def _ask(kind: str) -> dict[str, Any]:
    from colophon.http.retry import asking_once
    from colophon_airflow.cli.doctor import hook_class

    try:
        with asking_once():
            return {"is_well": True, "found": "; ".join(hook_class(kind)(f"{kind}_default").checks())[:500]}
    except ColophonError as problem:
        return {"is_well": False, "found": f"{problem.code}: {problem.sentence}. {problem.advice}"[:500]}
    except Exception as problem:  # noqa: BLE001 - one system must not hide the others; its message may hold a secret
        return {"is_well": False, "found": f"unforeseen: {type(problem).__name__}"}


def _key(conn_id: str) -> str:
    return f"health:{conn_id}"
