"""Where a write-back goes: by a mutation where the account has one, else into the tray (contract section 9).

Nothing is lost and nothing is done twice when an account changes overnight: what waits in the tray goes by a mutation that
appears, unless a sheet has it; what a mutation may have done stays out of every sheet until somebody knows.
"""

from collections.abc import Callable, Iterable, Sequence

from colophon.errors import (
    ColophonError,
    ConflictError,
    EffectUnknownError,
    RefusedError,
    SchemaDriftError,
    ServerError,
    UnexpectedAnswerError,
)
from colophon.http.operation import DeliveryClass
from colophon.ledger import Ledger
from colophon.ledger.write_backs import TrayRow, WriteBack
from colophon.systems.consonance.graphql.account import Account
from colophon.systems.consonance.writes.mutations import Mutations, Written
from colophon.systems.consonance.writes.operations import (
    FEATURE_MISSING,
    IN_WORDS,
    KINDS,
    REFUSED,
    WRITES_OFF,
    WriteOp,
    in_words,
    item_of,
    offers,
)
from colophon.systems.consonance.writes.results import Summary, WriteResult, count, edited, unfit

WRITTEN = "written:"
"""Under which name the ledger remembers the hash of what was written last."""
_MAYBE_DONE = (EffectUnknownError, ServerError, UnexpectedAnswerError)


class Writer:
    """Writes back to one account, with one ledger's tray."""

    def __init__(self, account: Account, ledger: Ledger, *, reveal: Callable[[str], str] = str) -> None:
        """:param reveal: as for `Mutations`."""
        self._account = account
        self._ledger = ledger
        self.mutations = Mutations(account, reveal=reveal)

    def write(self, op: WriteOp) -> WriteResult:
        """Write one thing, or put it into the tray.

        :raises InvalidError: the payload does not fit; names the fields. :raises ConflictError: the reference went out with
            other content and cannot take another. Others as `Mutations.send`; what may have been done is then in the tray.
        """
        item = op.checked()
        return self._known(item) or self._deliver([item])[0]

    def write_all(self, ops: Iterable[WriteOp]) -> Summary:
        """First what waited (`settle`), then `ops`. A faulty one is a finding, the others go on.

        An error that concerns all of them stops the run and stands in `stopped_by`; what was begun is in the tray.
        """
        summary = Summary()
        try:
            self.collect_loaded(summary)
            batch: list[WriteBack] = []
            for op in ops:
                item = self._accepted(op, summary)
                if item is None:
                    continue
                if batch and not self._fits(batch, item):
                    self._deliver_into(summary, batch)
                    batch = []
                batch.append(item)
            if batch:
                self._deliver_into(summary, batch)
        except ColophonError as problem:
            summary.stopped_by = problem
        return summary

    def _deliver_into(self, summary: Summary, batch: Sequence[WriteBack]) -> None:
        results = self._deliver(batch)
        count(summary, batch, results)
        for item, result in zip(batch, results, strict=True):
            if result.route == "mutation" and self._was_edited(item, result):
                summary.findings.append(edited(item, "deleted" if result.created else "changed"))

    def _was_edited(self, item: WriteBack, result: WriteResult) -> bool:
        """Whether what was written last changes something when it is written again: somebody was there meanwhile."""
        if KINDS[item.operation].appends or KINDS[item.operation].ordered_by:
            return False
        memory, name = self._ledger.memory, f"{WRITTEN}{item.operation}:{item.reference}"
        last = memory.get(name)
        if last and last[0]["hash"] == item.payload_hash:
            return result.changed
        memory.put(name, {"hash": item.payload_hash}, memory.clock())
        return False

    def collect_loaded(self, summary: Summary) -> None:
        """Verify what people loaded, where it can be read; send what waited and now has a mutation."""
        for row in self._ledger.tray.rows(("loaded",)):
            if self.mutations.find(item_of(row)) and self._ledger.tray.confirm(row.id):
                summary.counts["verified"] += 1
        for row in self._ledger.tray.rows(("pending",)):
            if row.is_free and row.reason in IN_WORDS and not self._why_not(item_of(row)):
                if self._ledger.tray.claim(row.id):
                    self._send_row(row, summary)
            elif row.is_held:
                self._collect_held(row, summary)

    def is_absent(self, row: TrayRow) -> bool:
        """Whether Consonance can be asked for a row, and does not have it."""
        return self.mutations.find(item_of(row)) is False

    def _collect_held(self, row: TrayRow, summary: Summary) -> None:
        """A mutation may have done it: look, else send again under the same key, else leave it to a person."""
        found = self.mutations.find(item_of(row))
        if found:
            self._ledger.tray.confirm(row.id, by="mutation")
            summary.counts["confirmed"] += 1
        elif not (reason := self._why_not(item_of(row))):
            self._send_row(row, summary)
        elif found is False:
            self._ledger.tray.release(row.id, reason)
        else:
            summary.counts["unknown"] += 1
            summary.note(f"{row.id} {row.operation} {row.subject}: it may be in Consonance already; look, then move it back or cancel it")

    def _send_row(self, row: TrayRow, summary: Summary) -> None:
        try:
            [written] = self._attempt([item_of(row)])
        except _MAYBE_DONE:
            raise
        except ColophonError:
            if row.is_free:
                self._ledger.tray.release(row.id, row.reason)
            raise
        if written.refusal:
            self._ledger.tray.release(row.id, written.refusal)
            summary.counts["held"] += 1
            summary.note(f"{row.operation} {row.subject}: {in_words(written.refusal)} {written.detail}".strip())
        else:
            self._ledger.tray.confirm(row.id, by="mutation")
            summary.counts["confirmed"] += 1

    def _accepted(self, op: WriteOp, summary: Summary) -> WriteBack | None:
        summary.judged.add(op.subject)
        try:
            item = op.checked()
            known = self._known(item)
        except RefusedError as problem:
            summary.counts["refused"] += 1
            summary.note(f"{op.operation} {op.subject}: {problem.sentence}")
            summary.findings.append(unfit(op, problem))
            return None
        if known is not None:
            count(summary, [item], [known])
        return None if known else item

    def _known(self, item: WriteBack) -> WriteResult | None:
        """What is already known of a content: it went out, is in, or a person cancelled it; None where it must go."""
        row = self._ledger.tray.newest(item.operation, item.reference)
        if row is None or row.is_free:
            return None
        if row.payload_hash == item.payload_hash:
            return WriteResult("tray", row.outcome, reason=row.reason)
        if KINDS[item.operation].appends and row.state != "cancelled":
            raise ConflictError(f"the reference went out with other content (row {row.id})", system="consonance", operation=item.operation)
        return None

    def _fits(self, batch: Sequence[WriteBack], item: WriteBack) -> bool:
        """Whether an item may go in one request with others: extensions that the account has, each reference once."""
        if len(batch) >= max(1, self._account.settings.mutation_batch) or self._why_not(batch[-1]) or self._why_not(item):
            return False
        is_keyed = all(KINDS[other.operation].writes is DeliveryClass.A for other in (batch[-1], item))
        return is_keyed and all((item.operation, item.reference) != (other.operation, other.reference) for other in batch)

    def _why_not(self, item: WriteBack) -> str:
        """Why no mutation can take it; empty where one can."""
        if self._account.settings.write_mode == "tray":
            return WRITES_OFF
        return "" if offers(self._account.capabilities(), item) else FEATURE_MISSING

    def _deliver(self, items: Sequence[WriteBack]) -> list[WriteResult]:
        """Items of one batch by mutation or into the tray. What may have been done is kept there, and the error is raised."""
        if reason := self._why_not(items[0]):
            return [self._into_tray(item, reason) for item in items]
        try:
            answers = self._attempt(items)
        except _MAYBE_DONE as problem:
            for item in items:
                self._ledger.tray.add(item, problem.code, is_claimed=True)
            raise
        return [self._result(item, written) for item, written in zip(items, answers, strict=True)]

    def _result(self, item: WriteBack, written: Written) -> WriteResult:
        if written.refusal:
            return self._into_tray(item, written.refusal)
        self._ledger.tray.replace(item)
        return WriteResult("mutation", "confirmed", written.record_id, written.created, written.changed)

    def _into_tray(self, item: WriteBack, reason: str) -> WriteResult:
        row = self._ledger.tray.add(item, reason).row
        return WriteResult("tray", row.outcome, reason=row.reason)

    def _attempt(self, items: Sequence[WriteBack]) -> list[Written]:
        """Send; a refusal of the whole request (nothing was done) becomes each item's own, found out one by one."""
        try:
            answers = self.mutations.send(items)
        except (SchemaDriftError, RefusedError) as problem:
            if len(items) > 1:
                return [written for item in items for written in self._attempt([item])]
            return [Written(refusal=FEATURE_MISSING if isinstance(problem, SchemaDriftError) else f"{REFUSED}{problem.code}")]
        return [written._replace(refusal=f"{REFUSED}{written.refusal}") if written.refusal else written for written in answers]
