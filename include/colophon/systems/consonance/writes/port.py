"""Write-backs as deliveries: by a mutation where the account has one, else through the tray, where they are `held`."""

from collections.abc import Sequence

from colophon.domain.delivery import Delivery, OutcomeEvent, Verdict
from colophon.errors import RefusedError
from colophon.ledger import Ledger
from colophon.systems.consonance.writes.operations import WriteOp, op_of
from colophon.systems.consonance.writes.write_back import Writer

SYSTEM = "consonance"
UNDER_WAY = ("accepted", "held", "sent")


class WriteBackPort:
    """Sends what `use_cases.inbox.intent` made: operation, reference, subject and members as JSON."""

    # Every operation has our own reference, and what has no mutation waits in the tray under it.
    delivery_class = "A"
    batch = 20
    settle_s = 0.0

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def send(self, deliveries: Sequence[Delivery]) -> list[Verdict]:
        """See `Port.send`. One by one: what stops the second does not unsay the first."""
        verdicts: list[Verdict] = []
        for delivery in deliveries:
            op = op_of(delivery.content, delivery.use_case)
            remote_id = remote_id_of(op)
            try:
                done = self._writer.write(op)
            except RefusedError as problem:
                verdicts.append(Verdict(delivery.id, "refused", remote_id, problem.code, problem.sentence))
            else:
                verdicts.append(
                    Verdict(delivery.id, done.outcome, remote_id, done.reason, "cancelled by hand" * (done.outcome == "failed"))
                )
        return verdicts

    def read_back(self, delivery: Delivery) -> Verdict | None:
        """Not needed: a repeat carries the same reference."""


def collect_outcomes(ledger: Ledger, *, use_case: str, destination: str) -> int:
    """What became of write-backs that waited for a person; returns how many deliveries moved."""
    events = []
    for delivery_id, remote_id in ledger.sent_as(use_case, destination, UNDER_WAY).items():
        content = ledger.content_of(delivery_id)
        if content is None:
            continue
        item = op_of(content, use_case).checked()
        rows = [
            row for row in ledger.tray.rows(operation=item.operation, reference=item.reference) if row.payload_hash == item.payload_hash
        ]
        if rows:
            newest = rows[-1]
            code = newest.state if newest.outcome == "failed" else ""
            at = newest.loaded_at or newest.created_at
            events.append(OutcomeEvent(delivery_id, newest.outcome, at, SYSTEM, remote_id, raw_state=newest.state, code=code))
    return ledger.record_outcomes(events)


def remote_id_of(op: WriteOp) -> str:
    """What Consonance and the tray know it by."""
    return f"{op.operation}/{op.reference}"
