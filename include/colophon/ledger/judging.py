"""Entering a judgement: deliveries, withdrawals and exceptions of one run in one transaction, and nothing lost between them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection

from colophon.domain.delivery import Entered, Judgement, PlanResult
from colophon.domain.finding import Severity
from colophon.errors import BadRecordError
from colophon.ledger.findings import record_findings
from colophon.ledger.foreign_text import without_unstorable
from colophon.ledger.planning import Planning
from colophon.ledger.withdrawing import Withdrawal

_MOST_NAMED = 5


class Judging(Planning):
    """The part of the ledger that a decision talks to."""

    def enter(
        self, use_case: str, judgements: Mapping[str, Judgement], *, as_of: datetime, run: str, is_rehearsal: bool = False
    ) -> dict[str, Entered]:
        """Enter what a run decided, by destination, in one transaction: deliveries, withdrawals, exceptions. Again changes nothing.

        What was planned before, has not left and is not wanted by this judgement is withdrawn; exceptions that a judged subject
        no longer has are closed. A run judged at an earlier moment than what is known changes nothing
        of that. An intent with text that no database keeps becomes an exception (G7); the others are entered.

        :param run: who judged, for people. :param is_rehearsal: count what would be entered, and leave everything as it is.
        :raises BadRecordError: a judged subject has neither intent nor finding, and is neither settled nor out of scope: it would be lost.
        """
        judgements = without_unstorable(judgements)

        def work(connection: Connection) -> dict[str, Entered]:
            with _kept_unless(connection, is_rehearsal):
                intents = [intent for judgement in judgements.values() for intent in judgement.intents]
                withdrawals = {
                    name: Withdrawal(
                        use_case=use_case,
                        destination=name,
                        subjects=frozenset(judgement.subjects),
                        settled=frozenset(judgement.settled),
                        is_everything=judgement.is_everything,
                        as_of=as_of,
                        who=f"judged by {run}",
                        reasons=_reasons(judgement),
                    )
                    for name, judgement in judgements.items()
                }
                results, withdrawn = self.plan_within(connection, intents, withdrawals)
                return {
                    name: self._conclude(connection, use_case, name, judgement, results[name], withdrawn[name], as_of)
                    for name, judgement in judgements.items()
                }

        return self.changing(work)

    def _conclude(
        self,
        connection: Connection,
        use_case: str,
        destination: str,
        judgement: Judgement,
        result: PlanResult,
        withdrawn: set[str],
        as_of: datetime,
    ) -> Entered:
        """Record the exceptions, and check that nothing was lost."""
        at_fault = {finding.subject for finding in judgement.findings if finding.severity is Severity.ERROR}  # a warning keeps nothing back
        refused = at_fault | {subject for subject in judgement.subjects if judgement.name(subject) in at_fault}
        looked_at = {*map(judgement.name, judgement.subjects), *(finding.subject for finding in judgement.findings)}
        judged = None if judgement.is_everything else sorted(looked_at)
        record_findings(connection, use_case, destination, judged, judgement.findings, as_of=as_of, now=self.clock())
        wanted = {intent.subject for intent in judgement.intents}
        settled = set(judgement.settled) - wanted - refused
        apart = (set(judgement.out_of_scope) & set(judgement.subjects)) - wanted - refused - settled - withdrawn
        lost = set(judgement.subjects) - wanted - refused - settled - withdrawn - apart
        if lost:
            named = ", ".join(sorted(lost)[:_MOST_NAMED])
            raise BadRecordError(
                f"{destination}: {len(lost)} of {len(judgement.subjects)} subjects that were judged have no outcome: {named}",
                subject=destination,
                remedy="Do not clear; keep the log and call a developer: these subjects would be lost.",
            )
        return Entered(
            new=result.new,
            unchanged=result.unchanged + len(settled - withdrawn),
            stale=result.stale,
            refused=len((refused & set(judgement.subjects)) - wanted),
            withdrawn=len(withdrawn - refused),
            out_of_scope=len(apart),
        )


def _reasons(judgement: Judgement) -> dict[str, str]:
    """Why a subject may no longer be wanted: what was found wrong with it."""
    reasons = {finding.subject: f"{finding.rule} {finding.field}: {finding.found}" for finding in judgement.findings}
    reasons |= judgement.out_of_scope
    return reasons | {subject: reasons[name] for subject, name in judgement.names.items() if name in reasons}


@contextmanager
def _kept_unless(connection: Connection, is_rehearsal: bool) -> Iterator[None]:  # noqa: FBT001 - the one thing it is asked
    """What is done in the block is undone at its end where it is a rehearsal."""
    if not is_rehearsal:
        yield
        return
    savepoint = connection.begin_nested()
    yield
    savepoint.rollback()
