"""The decision of use cases that live on the inbox."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, cast

from airflow.sdk import TriggerRule

from colophon_airflow.operators.decide import DecideOperator, DecisionRun
from colophon_airflow.sources import being_told

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from colophon.blocks.decision import DecisionContext, Plan
    from colophon.blocks.inbound import Inbound, InboxDecision
    from colophon.domain.facts import Facts
    from colophon.ledger.inbox import InboxItem

log = logging.getLogger(__name__)

AT_ONCE = 500


class InboxDecideOperator(DecideOperator):
    """Decides about the events that wait, portion by portion; a dry run about the first portion alone, and it takes nothing.

    It runs whatever became of the poll before it: what came by webhook does not wait for a system that is away. Events are
    closed after what follows from them is in the ledger: a crash in between repeats them, which changes nothing.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"trigger_rule": TriggerRule.ALL_DONE, **kwargs})

    @contextmanager
    def read(self, run: DecisionRun, asked: "DecisionContext") -> "Iterator[tuple[DecisionContext, Iterable[Facts]]]":
        """A part is a portion of the events, oldest first."""
        yield asked, self._portions(run, asked)

    def entered(self, run: DecisionRun, plan: "Plan") -> None:
        """Close the events that are dealt with."""
        for item, note, parked in cast("InboxDecision", plan).closed:
            run.ledger.inbox.done(item.source, item.id, note=note, parked=parked)

    def conclude(self, run: DecisionRun) -> None:
        """Old events are forgotten."""
        log.info("Events of a month ago: %s", run.ledger.inbox.forget())
        super().conclude(run)

    def _portions(self, run: DecisionRun, asked: "DecisionContext") -> "Iterator[Facts]":
        case = cast("Inbound", run.case)
        items: Sequence[InboxItem] = run.ledger.inbox.pending(case.types, limit=AT_ONCE)
        while True:
            isbns = {said.isbn for item in items if (said := case.read(item)) is not None and said.isbn}
            # A case that asks nothing of Consonance says nothing of what Consonance tells.
            with being_told(run.context, case.id) if case.gains else nullcontext():
                facts = self.facts(run, asked, _known(run, items, isbns), isbns)
            yield facts
            if run.is_dry or len(items) < AT_ONCE:
                return
            items = run.ledger.inbox.pending(case.types, limit=AT_ONCE, after=items[-1])


def _known(run: DecisionRun, items: "Sequence[InboxItem]", isbns: set[str]) -> "Facts":
    """The events, and what the ledger has of each ISBN that they speak of, or that an exception is open about."""
    from colophon.blocks.inbound import CONSONANCE
    from colophon.domain.facts import Facts, Known
    from colophon.ledger import HistoryRow
    from colophon.ledger.inbox import InboxItem

    subjects = (row.subject for row in run.ledger.exceptions.open(use_case=run.case.id, destination=CONSONANCE))
    raised = {subject.removeprefix("isbn:") for subject in subjects if subject.startswith("isbn:")}
    rows = (row for isbn in sorted(isbns | raised) for row in run.ledger.history(isbn, destination=CONSONANCE))
    events = Known(records=tuple(items), source="inbox", as_of=run.as_of)
    return Facts({InboxItem: events, HistoryRow: Known(records=tuple(rows), source="ledger", as_of=run.as_of)})
