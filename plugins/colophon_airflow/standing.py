"""Trouble that stands: told once for each cause and change of state, and once when it is over."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from colophon.ledger import Ledger
    from colophon_airflow.notices import Notice

_NAME = "standing:"


def tell(
    ledger: "Ledger", cause: str, notice: "Notice | None", *, state: str = "", now: datetime, again_after: timedelta | None = None
) -> bool:
    """Tell how a cause stands, unless just that was told; whether somebody was.

    What no alert route took was not told, and the next call tries again.

    :param notice: what is wrong; None: nothing any more. :param state: what, where it changes, is told anew.
    :param again_after: so long after it was told, it is told once more though nothing changed.
    """
    from colophon_airflow.alerts import send
    from colophon_airflow.notices import Notice

    name = f"{_NAME}{cause}"[:200]
    known = (ledger.memory.get(name) or ({},))[0]
    if notice is None:
        if not known.get("what"):
            return False
        over = Notice(f"Over: {known['what']}", f"it was so since {known['since']}", "Nothing has to be done.", str(known["where"]))
        if taken := bool(send(over)):
            ledger.memory.put(name, {"what": ""}, now)
        return taken
    is_same = bool(known.get("what")) and known["state"] == state
    if is_same and (again_after is None or now - datetime.fromisoformat(known["told"]) < again_after):
        return False
    taken = bool(send(notice))
    if taken:
        since = known["since"] if known.get("what") else f"{now:%Y-%m-%d %H:%M} UTC"
        told = {"cause": cause, "what": notice.what, "where": notice.where, "state": state, "since": since, "told": now.isoformat()}
        ledger.memory.put(name, told, now)
    return taken


def open_causes(ledger: "Ledger", prefix: str = "") -> "Iterable[str]":
    """Causes that somebody was told of, whose end nobody was told yet."""
    return [str(known["cause"]) for known in ledger.memory.get_each(f"{_NAME}{prefix}") if known.get("what")]
