"""Trouble that stands: told once for each cause and change of state, and once when it is over.

What comes from something that somebody was told of already (`by`) is only kept, and told if it stays when that is over.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from colophon.ledger import Ledger
    from colophon_airflow.notices import Notice

_NAME = "standing:"
AT_ONCE = timedelta(seconds=10)
"""Of many tasks that find the same within so long, one tells; nor does any of them try routes again that took nothing: the watch does."""
PATIENCE = timedelta(minutes=30)
"""What still stands so long after what it came from is over, is trouble of its own."""


def tell(
    ledger: "Ledger",
    cause: str,
    notice: "Notice | None",
    *,
    state: str = "",
    now: datetime,
    again_after: timedelta | None = None,
    newest: datetime | None = None,
    by: str = "",
    tells_of: str = "",
    run: str = "",
) -> bool:
    """Tell how a cause stands, unless just that was told; whether somebody was.

    What no alert route took was not told, and the next call tries again.

    :param notice: what is wrong; None: nothing any more. :param state: what, where it changes, is told anew.
    :param again_after: so long after it was told, it is told once more though nothing changed. :param newest: when the last of many that
        are told together began: it is told once more where that is after what was told.
    :param by: what may be broken behind it; where somebody was told of that, it is only kept. :param tells_of: what whoever is told of it
        knows to be broken. :param run: in which it was seen.
    """
    from colophon_airflow.alerts import send

    name = _name(cause)
    known: Mapping[str, Any] = (ledger.memory.get(name) or ({},))[0]
    is_open = bool(known.get("what"))
    if notice is None:
        return is_open and _tell_end(ledger, name, known, now)
    if is_open and known["state"] == state and not _is_due(ledger, known, now, again_after, newest):
        if run:
            ledger.memory.put(name, {**known, "run": run, "seen": now.isoformat()}, now)
        return False
    under = _told_of(ledger, by) if by and not is_open else ""
    since = known["since"] if is_open else _minute(now)
    told = {**record_of(cause, notice, now=now, tells_of=tells_of, run=run), "state": state, "since": since, "under": under}
    if not ledger.memory.put_first(name, told, now, again_after=AT_ONCE) or under:
        return False
    if not send(notice):
        ledger.memory.put(name, {**known, "what": known.get("what", "")}, now)
        return False
    return True


def record_of(cause: str, notice: "Notice", *, now: datetime, tells_of: str, run: str) -> dict[str, str]:
    """What is kept of a cause that somebody is told of now."""
    return {
        "cause": cause, "what": notice.what, "where": notice.where, "state": "", "since": _minute(now), "told": now.isoformat(),
        "tells_of": tells_of, "under": "", "run": run, "seen": now.isoformat(),
    }  # fmt: skip


def keep(ledger: "Ledger", record: "Mapping[str, str]", now: datetime) -> None:
    """Keep what was told while the ledger could not, unless it stands."""
    name = _name(record["cause"])
    if not (ledger.memory.get(name) or ({},))[0].get("what"):
        ledger.memory.put(name, record, now)


def open_causes(ledger: "Ledger", prefix: str = "") -> list[str]:
    """Causes that stand."""
    return [str(known["cause"]) for known in _open(ledger, prefix)]


def was_seen(ledger: "Ledger", prefix: str, run: str, since: datetime | None) -> bool:
    """Whether a cause that begins so was seen in a run, since a moment."""
    seen = [datetime.fromisoformat(known["seen"]) for known in _open(ledger, prefix) if known.get("run") == run]
    return any(since is None or at >= since for at in seen)


def _open(ledger: "Ledger", prefix: str = "") -> "Iterable[Mapping[str, Any]]":
    return [known for known in ledger.memory.get_each(_name(prefix)) if known.get("what")]


def _told_of(ledger: "Ledger", broken: str) -> str:
    """The cause by which somebody was told that something is broken."""
    return next((str(each["cause"]) for each in _open(ledger) if each.get("tells_of") == broken and not each["under"]), "")


def _is_due(ledger: "Ledger", known: "Mapping[str, Any]", now: datetime, again_after: timedelta | None, newest: datetime | None) -> bool:
    """Whether what stands is told once more: after its time; for what came since; or what it came from is over, and it is not."""
    if not known.get("under"):
        told = datetime.fromisoformat(known["told"])
        return (again_after is not None and now - told >= again_after) or (newest is not None and newest > told)
    other = ledger.memory.get(_name(known["under"]))
    return other is None or (not other[0].get("what") and now - other[1] >= PATIENCE)


def _tell_end(ledger: "Ledger", name: str, known: "Mapping[str, Any]", now: datetime) -> bool:
    from colophon_airflow.alerts import send
    from colophon_airflow.notices import Notice

    over = Notice(f"Over: {known['what']}", f"it was so since {known['since']}", "Nothing has to be done.", str(known["where"]))
    taken = bool(known.get("under")) or bool(send(over))  # nobody was told of what came from something else
    if taken:
        ledger.memory.put(name, {"what": ""}, now)
    return taken and not known.get("under")


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _name(cause: str) -> str:
    return f"{_NAME}{cause}"[:200]
