"""Events into batches, and batches out: sizes, claim check, and a verdict for each event whatever happens."""

from collections.abc import Callable, Iterator, Sequence

from colophon.errors import ColophonError, InvalidError, NotTakenError, RefusedError, TransportError, TryAgainLaterError
from colophon.http.jsontext import write_json
from colophon.systems.xconnector.mapping import to_wire
from colophon.systems.xconnector.records import Event, Fault, Verdict
from colophon.systems.xconnector.settings import MAX_EVENT_BYTES, Extra
from colophon.systems.xconnector.transport import EventTransport

TOO_LARGE = "http_413"


def send_in_batches(
    transport: EventTransport, extra: Extra, events: Sequence[Event], by_reference: Callable[[Event], Event]
) -> list[Verdict]:
    """Send all; verdicts in the order of `events`. Raises what the first batch raises (see `XConnectorClient.send`)."""
    verdicts: dict[str, Verdict] = {}
    ready: list[Event] = []
    for event in events:
        try:
            ready.append(_fitting(event, extra, by_reference))
        except RefusedError as problem:
            verdicts[event.id] = _refused(event, problem)
    answered = False
    for batch in batches(ready, most=extra.batch_size, most_bytes=extra.batch_bytes):
        try:
            verdicts.update({v.event_id: v for v in _send(transport, batch, by_reference)})
            answered = True
        except ColophonError as problem:
            if not answered:
                raise
            verdicts.update({event.id: _after(problem, event) for event in batch})
            break
    return [verdicts.get(event.id) or Verdict(event.id, "not_sent") for event in events]


def batches(events: Sequence[Event], *, most: int, most_bytes: int) -> Iterator[list[Event]]:
    """Events in order, in groups of at most `most` and `most_bytes` of JSON."""
    group: list[Event] = []
    size = 2
    for event in events:
        length = _size(event) + 1
        if group and (len(group) >= most or size + length > most_bytes):
            yield group
            group, size = [], 2
        group.append(event)
        size += length
    if group:
        yield group


def _send(transport: EventTransport, batch: Sequence[Event], by_reference: Callable[[Event], Event]) -> list[Verdict]:
    """One batch; events that the other side finds too large go again by reference."""
    verdicts = transport.send(batch)
    too_large = [n for n, verdict in enumerate(verdicts) if _is_too_large(verdict) and not _is_reference(batch[n])]
    for n in too_large:
        verdicts[n] = transport.send([by_reference(batch[n])])[0]
    return verdicts


def _fitting(event: Event, extra: Extra, by_reference: Callable[[Event], Event]) -> Event:
    if len(write_json(event.data)) > extra.inline_max_bytes:
        event = by_reference(event)
    if _size(event) > MAX_EVENT_BYTES:
        raise InvalidError("the event is larger than 64 KiB", system="xconnector", operation="send", subject=event.subject or "")
    return event


def _size(event: Event) -> int:
    return len(write_json(to_wire(event)))


def _is_too_large(verdict: Verdict) -> bool:
    return verdict.status == "refused" and verdict.error is not None and verdict.error.code in {"too_large", TOO_LARGE}


def _is_reference(event: Event) -> bool:
    return set(event.data or {}) == {"payload"}


def _refused(event: Event, problem: RefusedError) -> Verdict:
    return Verdict(event.id, "refused", error=Fault(code=problem.code, message=problem.sentence))


def _after(problem: ColophonError, event: Event) -> Verdict:
    """What an error of a later batch says about an event in it."""
    if isinstance(problem, RefusedError):
        return _refused(event, problem)
    is_left = isinstance(problem, TransportError | NotTakenError | TryAgainLaterError) and not problem.may_have_gone
    word = "not_sent" if is_left else "unknown"
    return Verdict(event.id, word, error=Fault(code=problem.code, message=problem.sentence))
