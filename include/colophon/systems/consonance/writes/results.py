"""What becomes of write-backs: results, the summary of a run, and what was found wrong."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from colophon.domain.finding import Finding, Severity
from colophon.errors import ColophonError, RefusedError
from colophon.ledger.write_backs import WriteBack
from colophon.systems.consonance.writes.operations import REFUSED, WriteOp, in_words

RULE, EDITED = "W1", "W2"
SHOWN = 20


@dataclass(frozen=True, slots=True)
class WriteResult:
    """What became of one write-back. `outcome` is an outcome word: confirmed, held, sent or failed."""

    route: Literal["mutation", "tray"]
    outcome: str
    record_id: int | None = None
    created: bool = False
    changed: bool = False
    reason: str = ""


@dataclass(slots=True)
class Summary:
    """What a run did: outcomes counted, the first refusals in words, the payloads at fault, and the error that stopped it."""

    counts: Counter[str] = field(default_factory=Counter)
    refusals: list[str] = field(default_factory=list)
    judged: set[str] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)
    stopped_by: ColophonError | None = None

    def note(self, sentence: str) -> None:
        """Keep one of the first refusals."""
        if len(self.refusals) < SHOWN:
            self.refusals.append(sentence)


def count(summary: Summary, items: Sequence[WriteBack], results: Sequence[WriteResult]) -> None:
    """Take outcomes into a summary."""
    for item, result in zip(items, results, strict=True):
        summary.counts[result.outcome] += 1
        if result.reason.startswith(REFUSED):
            summary.note(f"{item.operation} {item.subject}: {in_words(result.reason)}")


def unfit(op: WriteOp, problem: RefusedError) -> Finding:
    """The exception about a payload that does not fit."""
    return Finding(
        subject=op.subject,
        rule=RULE,
        severity=Severity.ERROR,
        field=op.operation,
        found=problem.sentence,
        expected="a payload that Consonance can take",
        remedy=problem.advice,
        owner="operations",
    )


def edited(item: WriteBack, how: str) -> Finding:
    """The exception about something of ours that somebody else changed."""
    return Finding(
        subject=item.subject,
        rule=EDITED,
        severity=Severity.ERROR,
        field=item.operation,
        found=f"{how} in Consonance by somebody else: {item.reference}",
        expected="what we wrote; it was put back",
        remedy="Ask who did it and why; what shall be otherwise is changed where it comes from, or the next run puts it back again.",
        owner="metadata_specialist",
    )
