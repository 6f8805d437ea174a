"""What a proved body says: its name and type in the inbox, the same as when a poll brings it."""

from collections.abc import Callable, Mapping

from colophon.errors import InvalidError
from colophon.http.jsontext import read_json
from colophon.ledger.inbox import Arrival
from colophon.systems.bytenite import inbox as bytenite
from colophon.systems.bytenite import mapping as bn
from colophon.systems.bytenite.records import LibraryEvent
from colophon.systems.opentext_exstream import outcomes as exstream
from colophon.systems.opentext_exstream.answers import record
from colophon.systems.opentext_exstream.records import Outcome
from colophon.systems.opentext_push.answers import PushAnswers
from colophon.systems.xconnector import arrivals as xconnector
from colophon.systems.xconnector import mapping as xc
from colophon.systems.xconnector.records import Event


def arrival_of(source: str, webhook_id: str, body: bytes, *, is_named: bool) -> Arrival:
    """The event in a body whose sender was verified.

    :param is_named: whether `webhook_id` is the sender's own name of the event, and not a hash of its body.
    :raises InvalidError, BadShapeError: it is none that this source sends.
    """
    found = _READERS[source](webhook_id, body)
    if is_named and source == "xconnector" and found.id != webhook_id:
        raise InvalidError("webhook-id is not the event's id", system=source)
    if not found.can_be_kept:
        raise InvalidError("the event's source, id or type cannot be kept", system=source)
    return found


def _push(webhook_id: str, body: bytes) -> Arrival:
    PushAnswers().job(read_json(body))
    return Arrival("push", webhook_id, "push.status", body)


def _exstream(_webhook_id: str, body: bytes) -> Arrival:
    return exstream.arrival(record(Outcome, read_json(body)))


def _xconnector(_webhook_id: str, body: bytes) -> Arrival:
    return xconnector.arrival(xc.read(Event, read_json(body)))


def _fourallportal(webhook_id: str, body: bytes) -> Arrival:
    row = read_json(body)
    if not isinstance(row, dict) or not all(isinstance(row.get(name), str) for name in ("event", "module", "objectId")):
        raise InvalidError("the web hook lacks event, module or objectId", system="fourallportal")
    return Arrival("fourallportal", webhook_id, "fourallportal.changed", body)


def _bytenite(_webhook_id: str, body: bytes) -> Arrival:
    return bytenite.arrival(bn.read(LibraryEvent, read_json(body)))


_READERS: Mapping[str, Callable[[str, bytes], Arrival]] = {
    "push": _push,
    "exstream": _exstream,
    "xconnector": _xconnector,
    "fourallportal": _fourallportal,
    "bytenite": _bytenite,
}
