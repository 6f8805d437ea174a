"""What of an event is sealed before it is kept: tax and bank details of parties, wherever an event may have them."""

from collections.abc import Mapping
from typing import Any

from colophon.errors import InvalidError
from colophon.sealing import Seal
from colophon.systems.xconnector.records import Event

CHANGED = "party.changed.v1"
MEMBERS = ("taxStatus", "paymentPreference")
IDENTIFIERS = frozenset({"vat"})
NO_KEY = "it has tax or bank details, and the connection has no seal_key to keep them under"


def sealed_event(event: Event, seal: Seal | None) -> Event:
    """The event with these values sealed; any other event as it is.

    :raises InvalidError: it has such values, and there is no key: it must not be kept.
    """
    if not event.type.endswith(CHANGED) or event.data is None:
        return event
    data = dict(event.data)
    secrets = {name: data[name] for name in MEMBERS if data.get(name)}
    rows = [
        row for row in data.get("identifiers") or () if isinstance(row, Mapping) and row.get("type") in IDENTIFIERS and row.get("value")
    ]
    if not secrets and not rows:
        return event
    if seal is None:
        raise InvalidError(NO_KEY, system="xconnector", operation="take")
    given: list[Any] = data.get("identifiers") or []
    identifiers = [{**row, "value": seal.sealed(str(row["value"]))} if row in rows else row for row in given]
    changes = {name: seal.sealed(str(value)) for name, value in secrets.items()}
    return event.model_copy(update={"data": {**data, **changes, **({"identifiers": identifiers} if given else {})}})
