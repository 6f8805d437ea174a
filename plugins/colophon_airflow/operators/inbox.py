"""The decision of use cases that live on the inbox."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, cast

from airflow.sdk import TriggerRule

from colophon_airflow.operators.decide import DecideOperator
from colophon_airflow.operators.decision_run import DecisionRun
from colophon_airflow.settings import publisher_config
from colophon_airflow.sources import being_told

if TYPE_CHECKING:
    from collections.abc import Iterable

    from colophon.blocks.decision import Plan
    from colophon.blocks.inbound import Inbound, InboxDecision
    from colophon.domain.facts import Facts
    from colophon.ledger import Ledger
    from colophon.rights import Availability

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
    def read(self, run: DecisionRun) -> "Iterator[Iterable[Facts]]":
        """A part is a portion of the events, oldest first."""
        yield self._portions(run)

    def entered(self, run: DecisionRun, plan: "Plan") -> None:
        """Close the events that are dealt with."""
        for item, note, parked in cast("InboxDecision", plan).closed:
            run.ledger.inbox.done(item.source, item.id, note=note, parked=parked)

    def conclude(self, run: DecisionRun) -> None:
        """Old events are forgotten. A case that asks nothing of Consonance says nothing of what Consonance tells."""
        old = run.ledger.inbox.forget(publisher_config().housekeeping.inbox_for)
        log.info("Old events: %d that were dealt with are forgotten, %d that waited too long are parked", old["done"], old["parked"])
        if _asks_consonance(run):
            super().conclude(run)

    def _portions(self, run: DecisionRun) -> "Iterator[Facts]":
        from colophon.blocks.inbound import isbns_of
        from colophon.domain.facts import Facts
        from colophon.domain.inbox_item import InboxItem
        from colophon.rights import Availability

        case, items = cast("Inbound", run.case), list[InboxItem]()
        while True:
            items = run.ledger.inbox.pending(case.types, limit=AT_ONCE, after=items[-1] if items else None)
            isbns = {isbn for item in items if (said := case.read(item)) is not None for isbn in isbns_of(said)}
            events = self.staged(run, isbns) | Facts.known({InboxItem: items}, source="inbox", as_of=run.as_of)
            if Availability in case.gains:
                events |= Facts.known({Availability: self._rights_of(run.ledger, isbns)}, source="rights", as_of=run.as_of)
            with being_told(run.context, case.id) if _asks_consonance(run) else nullcontext():
                facts = self.facts(run, events, isbns)
            yield facts
            if run.is_dry or len(items) < AT_ONCE:
                return

    def _rights_of(self, ledger: "Ledger", isbns: set[str]) -> "Iterable[Availability]":
        """What the rights engine says of products; those that a person stopped are closed."""
        from colophon.rights import Atlas
        from colophon.stopped import as_stopped
        from colophon_airflow.rights import judged_of
        from colophon_airflow.systems.consonance.hook import ConsonanceHook

        if not isbns:
            return ()
        config, hook = publisher_config(), ConsonanceHook(self.consonance_conn_id)
        found = judged_of(hook, isbns, config.embargoes.first_day_of_sale, Atlas.load(config.publisher.code_lists))
        return [as_stopped(ledger, isbn, judged) for isbn, judged in found.items()]


def _asks_consonance(run: DecisionRun) -> bool:
    from colophon.systems.consonance.kinds import KINDS

    return any(kind in KINDS for kind in run.case.gains)
