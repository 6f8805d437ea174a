"""The delivery engine: claim, send, finish. The promise *delivered once* is kept here, for every system alike.

    claim (committed)  ->  call  ->  finish (committed)

A crash between two steps leaves a row that says where it stopped. The next run takes it over when its lease has run out:
classes A and B send again under the same key, class C reads back first, class D stays unknown (design rules 1 to 7).
"""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from colophon.domain.delivery import Delivery, Verdict
from colophon.errors import (
    BadConfigError,
    ColophonError,
    EffectUnknownError,
    FixConfigurationError,
    NotTakenError,
    RefusedError,
    ServerError,
    TransportError,
    TryAgainLaterError,
)
from colophon.http.retry import within
from colophon.ledger import Ledger

FIRST_REFUSALS = 20
_REFUSED = ("refused", "skipped")
UNKNOWN_IN_A_ROW = 3
"""So many calls in a row whose effect nobody can know end a run of class D: the system is in trouble."""
_RESERVE = 0.05
"""Share of a lease in which nothing may go on any more: a result still has to be written."""


class Port(Protocol):
    """How the engine talks to one system for one kind of delivery.

    `delivery_class` as declared by the operation; `batch` deliveries go in one call (class D: 1); `settle_s` is how long a
    lost write may take to show. `longest_s`, where there is one: how long one call may last, with all its repeats.
    """

    delivery_class: str
    batch: int
    settle_s: float

    def send(self, deliveries: Sequence[Delivery]) -> Sequence[Verdict]:
        """Send; one verdict for each delivery. May raise what the client raises: then none is known to be taken."""

    def read_back(self, delivery: Delivery) -> Verdict | None:
        """What the system holds of this delivery, None where it holds nothing (classes A to C)."""


@dataclass(slots=True)
class Summary:
    """What a call of `deliver` did: counts by result, codes of refusals, the first of them in words, and the error that stopped it."""

    counts: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    refusals: list[str] = field(default_factory=list)
    stopped_by: ColophonError | None = None
    retry_at: datetime | None = None


def deliver(
    ledger: Ledger,
    port: Port,
    *,
    use_case: str,
    destination: str,
    owner: str,
    lease_s: float,
    sleep: Callable[[float], None],
) -> Summary:
    """Send everything that waits for a destination. Returns when nothing is left that may go now.

    An error that concerns all deliveries (configuration, unexpected answer, transport) stops the loop after its results are
    committed, and stands in `stopped_by`: the caller raises it, so that the task shows it. An effect that nobody can know
    concerns one delivery of class D: the others go first, unless one call after another ends so. Whoever is interrupted (a
    worker that is told to stop) gives back what it has claimed, so that the next try need not wait for the lease to end.

    Every call ends within the lease of what it sends, cut short where it must be; the lease is lengthened for the next one.
    """
    summary = Summary()
    limit = 1 if port.delivery_class == "D" else port.batch
    in_a_row = 0
    while summary.stopped_by is None or (isinstance(summary.stopped_by, EffectUnknownError) and in_a_row < UNKNOWN_IN_A_ROW):
        since = ledger.clock()
        claimed = ledger.claim(use_case, destination, owner=owner, lease_s=lease_s, limit=limit)
        if not claimed:
            break
        lease = _Lease(ledger, owner, lease_s, _longest_s(port), since, claimed)
        try:
            with within(lease.left_s):
                known = _look_before_sending(port, [d for d in claimed if d.tried], summary, sleep, lease)
                ledger.finish(known, owner=owner)
                settled = {verdict.delivery_id for verdict in known}
                batch = [d for d in lease.kept() if d.id not in settled]
                lease.is_call_begun = True
                verdicts = _send(port, batch, summary, ledger, sleep)
            ledger.finish(verdicts, owner=owner)
        except BaseException:
            _give_back(lease, port)
            raise
        _count(summary, [*known, *verdicts])
        in_a_row = in_a_row + 1 if any(verdict.result == "unknown" for verdict in (*known, *verdicts)) else 0
    return summary


def check_lease(port: Port, lease_s: float) -> None:
    """See that a call of the port fits into a lease, so that none is cut short.

    :raises BadConfigError: it does not.
    """
    longest_s = _longest_s(port)
    if longest_s > lease_s * (1 - _RESERVE):
        told = f"a call may last {longest_s:g} s with its repeats, and limits.lease_seconds is only {lease_s:g}"
        raise BadConfigError(told, remedy=f"Set lease_seconds in limits.yaml to {longest_s / (1 - _RESERVE) + 1:.0f} or more.")


def _longest_s(port: Port) -> float:
    return float(getattr(port, "longest_s", 0.0))


@dataclass(slots=True)
class _Lease:
    """The time for which claimed deliveries are ours, lengthened when half of it is over, or one call might not fit into the rest."""

    ledger: Ledger
    owner: str
    lease_s: float
    longest_s: float
    since: datetime
    claimed: Sequence[Delivery]
    is_call_begun: bool = False

    def kept(self) -> Sequence[Delivery]:
        """What may still be sent. Less than was claimed where the lease ran out and another run took some over."""
        now = self.ledger.clock()
        enough_s = max(self.lease_s / 2, self.longest_s + self.lease_s * _RESERVE)
        if now - self.since >= timedelta(seconds=self.lease_s - enough_s):
            mine = self.ledger.renew([d.id for d in self.claimed], owner=self.owner, lease_s=self.lease_s)
            self.claimed, self.since = [d for d in self.claimed if d.id in mine], now
        return self.claimed

    def left_s(self) -> float:
        """How long a call that begins now may last.

        :raises TransportError: another run has taken over what it is about, so that it must not begin.
        """
        before = len(self.claimed)
        if len(self.kept()) < before:
            raise TransportError("the lease ran out, and another run has taken over")
        return self.lease_s * (1 - _RESERVE) - (self.ledger.clock() - self.since).total_seconds()


def _give_back(lease: _Lease, port: Port) -> None:
    """What was claimed goes back at once: as it was where no call had begun; else its answer is lost, which nobody may repeat in class D.

    The system may still be at it: class C looks first, after the time in which a lost write shows. Where the ledger is what
    failed, the lease runs out.
    """
    is_lost = lease.is_call_begun
    result = "unknown" if is_lost and port.delivery_class == "D" else "not_sent"
    detail = "the sender was stopped" + (" during the call" if is_lost else " before the call")
    code = EffectUnknownError.code if is_lost else ""
    with suppress(ColophonError):
        verdicts = [Verdict(d.id, result, code=code, detail=detail, may_have_gone=is_lost) for d in lease.claimed]
        lease.ledger.finish(verdicts, owner=lease.owner)


def _look_before_sending(
    port: Port, tried: Sequence[Delivery], summary: Summary, sleep: Callable[[float], None], lease: _Lease
) -> list[Verdict]:
    """What became of deliveries whose sender died during the call. Classes A and B are simply sent again."""
    if port.delivery_class != "C" or not tried:
        return []
    sleep(port.settle_s)
    found = []
    for delivery in tried:
        lease.kept()
        found.append(_read_back(port, delivery, summary))
    known = [verdict for verdict in found if verdict is not None]
    settled = {verdict.delivery_id for verdict in known}
    # What is not there yet may have been taken all the same: its former sender was only slow, and has said so meanwhile.
    return known + lease.ledger.answered([delivery.id for delivery in tried if delivery.id not in settled])


def _read_back(port: Port, delivery: Delivery, summary: Summary) -> Verdict | None:
    try:
        return port.read_back(delivery)
    except ColophonError as problem:
        summary.stopped_by = problem
        detail = f"could not be read back: {problem.sentence}"
        # A refusal to tell stays one, and so does what nobody can know: both are for a person. Anything else passes, and the
        # next try looks first.
        if isinstance(problem, RefusedError | EffectUnknownError):
            return Verdict(delivery.id, "unknown", code=problem.code, detail=detail)
        return Verdict(delivery.id, "not_sent", code=problem.code, detail=detail, may_have_gone=True)


def _send(port: Port, batch: Sequence[Delivery], summary: Summary, ledger: Ledger, sleep: Callable[[float], None]) -> list[Verdict]:
    if not batch or (summary.stopped_by is not None and not isinstance(summary.stopped_by, EffectUnknownError)):
        return [Verdict(d.id, "not_sent") for d in batch]
    try:
        verdicts = list(port.send(batch))
    except ColophonError as problem:
        verdicts = [_verdict_on(problem, delivery, ledger) for delivery in batch]
        if not isinstance(problem, RefusedError):
            summary.stopped_by = problem
    answered = {verdict.delivery_id for verdict in verdicts}
    verdicts += [
        Verdict(d.id, "unknown", code="answer.missing", detail="the answer does not name it") for d in batch if d.id not in answered
    ]
    return _settle_unknowns(port, batch, verdicts, summary, sleep)


def _settle_unknowns(
    port: Port, batch: Sequence[Delivery], verdicts: list[Verdict], summary: Summary, sleep: Callable[[float], None]
) -> list[Verdict]:
    """Turn unknown results into known ones by reading back, where the class allows it; absent means that it goes again, `tried`."""
    unknown = {v.delivery_id for v in verdicts if v.result == "unknown"}
    if not unknown or port.delivery_class == "D":
        return verdicts
    sleep(port.settle_s)
    settled = {v.delivery_id: v for v in verdicts}
    for delivery in batch:
        if delivery.id in unknown:
            found = _read_back(port, delivery, summary)
            before = settled[delivery.id]
            absent = Verdict(delivery.id, "not_sent", code=before.code, detail=before.detail, may_have_gone=True)
            settled[delivery.id] = found or absent
    stays_unknown = any(v.result == "unknown" for v in settled.values())
    if summary.stopped_by is None or (isinstance(summary.stopped_by, EffectUnknownError) and not stays_unknown):
        # What was read back is known now; after a ServerError, and not after an unknown effect, Airflow tries again.
        waits = any(v.may_have_gone for v in settled.values())
        summary.stopped_by = ServerError("an answer was lost; what the system does not hold is sent by the next try") if waits else None
    return [settled[d.id] for d in batch]


def _verdict_on(problem: ColophonError, delivery: Delivery, ledger: Ledger) -> Verdict:
    """What an error of the whole call says about each delivery in it."""
    result, not_before = "unknown", None
    if isinstance(problem, RefusedError):
        result = "refused"
    elif isinstance(problem, TryAgainLaterError):
        result, not_before = "not_sent", problem.not_before or ledger.clock() + timedelta(minutes=1)
    elif isinstance(problem, TransportError | NotTakenError | FixConfigurationError):
        result = "not_sent"
    gone = result == "not_sent" and problem.may_have_gone
    return Verdict(delivery.id, result, code=problem.code, detail=problem.sentence, not_before=not_before, may_have_gone=gone)


def _count(summary: Summary, verdicts: Sequence[Verdict]) -> None:
    summary.counts.update(verdict.result for verdict in verdicts)
    for verdict in verdicts:
        summary.codes.update([verdict.code] if verdict.result in _REFUSED else ())
        if verdict.result in {*_REFUSED, "unknown"} and len(summary.refusals) < FIRST_REFUSALS:
            summary.refusals.append(f"{verdict.delivery_id} {verdict.result}: [{verdict.code}] {verdict.detail}")
