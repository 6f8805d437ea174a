"""How the delivery engine talks to Exstream: ledger deliveries out as batches, verdicts back.

The remote id of a delivery is `<job id>/<customer number>`: with a design that returns no keys the number alone links back.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import ValidationError

from colophon.domain.delivery import Delivery, Verdict
from colophon.errors import (
    BadRecordError,
    ColophonError,
    EffectUnknownError,
    InvalidError,
    NotReadyError,
    NotTakenError,
    RefusedError,
    ServerError,
)
from colophon.http.jsontext import read_json
from colophon.systems.opentext_exstream import batches
from colophon.systems.opentext_exstream.client import ExstreamClient
from colophon.systems.opentext_exstream.operations import SUBMIT
from colophon.systems.opentext_exstream.records import LATER, Batch, BatchRef, Document, Letter, Recipient, Unfit
from colophon.systems.opentext_exstream.settings import SYSTEM

log = logging.getLogger(__name__)


class LetterPort:
    """A `deliver.Port`. The content of a delivery is a `Letter` as JSON; all deliveries of one call are one batch."""

    delivery_class = str(SUBMIT.writes)

    def __init__(self, client: ExstreamClient, document: Document, *, wait_s: float | None = None) -> None:
        """:param wait_s: how long an unexplained job is waited for, at most `job_deadline`; keep it below the lease."""
        extra = client.settings.extra
        self.client, self.document = client, document
        self.service = service_of(client, document.kind)
        self.batch = extra.batch_customers
        self.settle_s = client.settings.http.settle_s
        self.longest_s = client.settings.http.budget_s
        self._wait_s = min(extra.job_deadline, wait_s) if wait_s is not None else float(extra.job_deadline)
        self._posted: dict[str, tuple[Batch, datetime]] = {}
        self._told: dict[str, BatchRef | ColophonError | None] = {}
        self._waiting: Mapping[str, tuple[str, str]] | None = None
        self._seen: tuple[datetime, Mapping[str, tuple[str, str]], ColophonError | None] | None = None

    def send(self, deliveries: Sequence[Delivery]) -> list[Verdict]:
        """One verdict for each delivery. Raises what the client raises where nothing was taken; later trouble is a verdict."""
        self._seen = self._waiting = None
        refused, recipients = _recipients(deliveries)
        self._check(recipients)
        parts, unfit = self.client.build_batch(self.document, recipients)
        verdicts = {v.delivery_id: v for v in [*refused, *map(_unfit, unfit)]}
        by_id = {recipient.delivery_id: recipient for recipient in recipients}
        for number, part in enumerate(parts):
            try:
                found = self._send_part(part, by_id)
            except ColophonError as problem:
                if number == 0:
                    raise
                found = _verdicts_on(problem, part)
            verdicts.update({v.delivery_id: v for v in found})
        return [verdicts[delivery.id] for delivery in deliveries if delivery.id in verdicts]

    def _check(self, recipients: Sequence[Recipient]) -> None:
        """What is asked before anything is handed over: trouble here leaves no doubt that nothing left.

        :raises NotTakenError: the service was in trouble. Errors else as the client's.
        """
        try:
            self.client.guard()
            self.client.check_queues(self.document, recipients)
        except ServerError as problem:
            found = {"operation": problem.operation, "evidence": problem.evidence}
            raise NotTakenError("the system was in trouble before anything was handed over", system=SYSTEM, **found) from problem

    def read_back(self, delivery: Delivery) -> Verdict | None:
        """The job that has this delivery, None where none has. Waits for jobs that cannot be explained yet.

        :raises NotReadyError: a job still runs that may have it.
        :raises EffectUnknownError: a job stays unexplained, or may have been wiped.
        """
        if delivery.id in self._posted:
            batch, since = self._posted[delivery.id]
            ref = self._batch_found(batch, since)
            return next((v for v in _accepted(batch, ref) if v.delivery_id == delivery.id), None) if ref else None
        if delivery.tried_at is None:
            return None  # nobody has handed it over yet
        if lies := self._lying(delivery.id):
            return Verdict(delivery.id, "accepted", lies)
        # No job that is older than its first try can have it.
        since = delivery.tried_at
        if self._seen is None or self._seen[0] > since:
            self._seen = (since, *self.client.jobs.wait_for_deliveries(self.service, since, deadline_s=self._wait_s))
        _, found, problem = self._seen
        if place := found.get(delivery.id):
            return Verdict(delivery.id, "accepted", "/".join(place))
        if problem:
            raise problem
        self.client.jobs.check_kept(since, self.service)
        return None

    def _lying(self, delivery_id: str) -> str:
        """The remote id of a delivery whose batch waits in the input folder; nothing for any other."""
        if self._waiting is None:
            self._waiting = self.client.folder.customers() if self.client.folder else {}
        key, number = self._waiting.get(delivery_id, ("", ""))
        return f"{LATER}{key}/{number}" if key else ""

    def _send_part(self, batch: Batch, recipients: Mapping[str, Recipient]) -> list[Verdict]:
        ref = self._submit(batch)
        if not ref.is_too_large:
            return _accepted(batch, ref)
        ours = [recipients[delivery_id] for delivery_id in batch.customers.values()]
        middle = (len(ours) + 1) // 2
        verdicts: list[Verdict] = []
        for half in filter(None, (ours[:middle], ours[middle:] if middle < len(ours) else [])):
            part = batches.make(self.document, half)
            try:
                again = self._submit(part)
                if again.is_too_large:
                    raise InvalidError("half a batch is still larger than the service takes", system=SYSTEM, evidence="HTTP 413")
                verdicts += _accepted(part, again)
            except ColophonError as problem:
                verdicts += _verdicts_on(problem, part)
        return verdicts

    def _submit(self, batch: Batch) -> BatchRef:
        """Submit; where the answer was lost, look, and submit once more only if nothing was taken."""
        for is_last in (False, True):
            since = self.client.clock()
            self._posted.update(dict.fromkeys(batch.customers.values(), (batch, since)))
            self._told.pop(batch.key, None)
            try:
                return self.client.submit_batch(self.service, batch)
            except EffectUnknownError:
                self.client.sleep(self.settle_s)
                try:
                    ref = self._batch_found(batch, since)
                except ColophonError as problem:
                    problem.may_have_gone = True  # whatever kept us from looking, the batch may have been taken
                    raise
                if ref:
                    return ref
                if is_last:
                    self._told.pop(batch.key, None)
                    raise
        raise AssertionError("the loop above returns or raises")

    def _batch_found(self, batch: Batch, since: datetime) -> BatchRef | None:
        """What became of a batch whose answer was lost; waited for once, however many deliveries ask."""
        if batch.key not in self._told:
            try:
                self._told[batch.key] = self.client.jobs.wait_for_batch(batch.key, self.service, since, deadline_s=self._wait_s)
            except (EffectUnknownError, NotReadyError) as problem:
                self._told[batch.key] = problem
        told = self._told[batch.key]
        if isinstance(told, ColophonError):
            raise told
        return told


def service_of(client: ExstreamClient, kind: str) -> str:
    """The channel of a document kind: by `service_map`, else the kind with hyphens."""
    return client.settings.extra.service_map.get(kind, kind.replace("_", "-"))


def _recipients(deliveries: Sequence[Delivery]) -> tuple[list[Verdict], list[Recipient]]:
    refused: list[Verdict] = []
    recipients: list[Recipient] = []
    for delivery in deliveries:
        try:
            recipients.append(Recipient(delivery.id, _letter(delivery)))
        except RefusedError as problem:
            refused.append(Verdict(delivery.id, "refused", code=problem.code, detail=f"{problem.sentence} {problem.evidence}".strip()))
    return refused, recipients


def _letter(delivery: Delivery) -> Letter:
    """The letter in a delivery. The error names members, never values: they are personal."""
    try:
        return Letter.model_validate(read_json(delivery.content))
    except ValidationError as problem:
        places = sorted({".".join(map(str, error["loc"])) for error in problem.errors(include_input=False)})
    raise BadRecordError("the delivery's content is no letter", system=SYSTEM, subject=delivery.subject, evidence=", ".join(places)[:200])


def _unfit(unfit: Unfit) -> Verdict:
    return Verdict(unfit.delivery_id, "refused", code=InvalidError.code, detail=f"{unfit.why} {unfit.place}".strip())


def _accepted(batch: Batch, ref: BatchRef) -> list[Verdict]:
    """Two published flow models mean two mailings: that is told with every letter."""
    jobs, code, detail = "+".join(ref.job_ids) or f"{LATER}{batch.key}", "", ""
    if len(ref.job_ids) > 1:
        code, detail = "exstream.several_flows", f"{len(ref.job_ids)} flows are published on the channel: as many letters each"
        log.error("Batch %s was taken by %d flows: %s", batch.key[:12], len(ref.job_ids), ", ".join(ref.job_ids))
    return [Verdict(delivery_id, "accepted", f"{jobs}/{number}", code, detail) for number, delivery_id in batch.customers.items()]


def _verdicts_on(problem: ColophonError, batch: Batch) -> list[Verdict]:
    """Trouble of a later part: earlier ones were taken, so the call as a whole cannot fail."""
    result = "refused" if isinstance(problem, RefusedError) else "unknown" if isinstance(problem, EffectUnknownError) else "not_sent"
    gone = result == "not_sent" and problem.may_have_gone
    return [Verdict(d, result, code=problem.code, detail=problem.sentence, may_have_gone=gone) for d in batch.customers.values()]
