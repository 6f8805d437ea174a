"""Health of the six systems, and which use cases can run with them: what was found when somebody last asked."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from colophon.errors import ColophonError
from colophon.ledger import Ledger
from colophon_airflow import alerts

if TYPE_CHECKING:
    from colophon.readiness import Readiness

SYSTEMS: Mapping[str, str] = {
    "consonance": "Consonance",
    "opentext_push": "OpenText Push",
    "opentext_exstream": "OpenText Exstream",
    "xconnector": "xConnector",
    "fourallportal": "4ALLPORTAL",
    "bytenite": "ByteNite",
}
"""Connection type -> name; the default connection of each is asked."""


READINESS = "readiness"
FRESH = timedelta(hours=1)
"""For so long an answer counts; the watch asks every ten minutes."""


class Ready(NamedTuple):
    """Whether one use case can run: `state` is runs, runs by files, or cannot."""

    use_case: str
    state: str
    why: str
    checked_at: datetime | None


class Health(NamedTuple):
    """What is known of one system; `is_well` None: nobody has asked yet."""

    name: str
    conn_id: str
    is_well: bool | None
    found: str
    checked_at: datetime | None

    def is_fresh(self, at: datetime) -> bool:
        """Whether what is known was found out lately: what is older is no longer known."""
        return self.checked_at is not None and at - self.checked_at <= FRESH


def known(ledger: Ledger) -> list[Health]:
    """What was found last, for every system."""
    found = []
    for kind, name in SYSTEMS.items():
        conn_id = f"{kind}_default"
        value, at = ledger.memory.get(_key(conn_id)) or ({}, None)
        found.append(Health(name, conn_id, value.get("is_well"), str(value.get("found", "")), at))
    return found


def ask_all(ledger: Ledger, now: datetime) -> None:
    """Ask all systems at once, and keep what they say. No call is repeated."""
    with ThreadPoolExecutor(len(SYSTEMS)) as pool:
        answers: list[dict[str, Any]] = list(pool.map(_ask, SYSTEMS))
    for kind, answer in zip(SYSTEMS, answers, strict=True):
        ledger.memory.put(_key(f"{kind}_default"), answer, now)

    with suppress(ColophonError):  # what is wrong is remembered, and shown
        alerts.check()
    ledger.memory.put(READINESS, {use_case: [answer.state, *answer.why] for use_case, answer in _readiness(answers).items()}, now)


def known_readiness(ledger: Ledger) -> list[Ready]:
    """Whether each use case can run, as it was found when the systems were asked last; none where nobody asked."""
    value, at = ledger.memory.get(READINESS) or ({}, None)
    return [Ready(use_case, state, "; ".join(why), at) for use_case, (state, *why) in sorted(value.items())]


def _readiness(answers: Sequence[dict[str, Any]]) -> "dict[str, Readiness]":
    from colophon.readiness import matrix
    from colophon_airflow import readiness

    broken = {kind: answer["found"] for kind, answer in zip(SYSTEMS, answers, strict=True) if not answer["is_well"]}
    for name, check in (("people", readiness.people), ("recipients", readiness.recipients)):
        try:
            check()
        except ColophonError as problem:
            broken[name] = f"{problem.code}: {problem.sentence}"
    return matrix(readiness.account(broken))


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
