"""Operators of the rights and royalty exchange: what goes out is read whole, what comes back is dealt with part by part."""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

from colophon_airflow.operators.decide import DecideOperator, DecisionRun
from colophon_airflow.operators.inbox import InboxDecideOperator
from colophon_airflow.settings import publisher_config

if TYPE_CHECKING:
    from colophon.blocks.decision import DecisionContext
    from colophon.domain.facts import Facts


class ExchangeDecideOperator(DecideOperator):
    """Decides about all contracts there are, and about statements of all periods."""

    def staged(self, run: DecisionRun) -> "Facts":
        """Statements, but what was approved and never sent on its own; and what rights platforms have."""
        from colophon.domain.facts import Facts, Known
        from colophon.ledger.records import HistoryRow
        from colophon.royalty_run.approved import APPROVED
        from colophon.royalty_run.approved import USE_CASE as STATEMENTS
        from colophon.use_cases.xconnector.exchange_events import RIGHTS_TERMS

        recipients = publisher_config().exchange.recipients
        places = [(STATEMENTS, name) for name in run.ledger.counts(STATEMENTS) if not name.startswith(APPROVED)]
        places += [(run.case.id, name) for name, kind in recipients.items() if kind == RIGHTS_TERMS]
        rows = tuple(row for place in places for row in run.ledger.newest(*place))
        return Facts({HistoryRow: Known(records=rows, source="ledger", as_of=run.as_of)})

    def since(self, run: DecisionRun, asked: "DecisionContext") -> None:
        """All terms and rights: an event has all of its contract."""

    def conclude(self, run: DecisionRun) -> None:
        """As the base; exceptions that an earlier release kept as `inputs` were found anew, each where it belongs."""
        super().conclude(run)
        run.ledger.exceptions.close_unseen(run.case.id, "inputs", as_of=run.as_of)


class ExchangeInboxOperator(InboxDecideOperator):
    """Deals with what finance and the rights platform said."""

    def facts(self, run: DecisionRun, asked: "DecisionContext", staged: "Facts", isbns: "Collection[str] | None" = None) -> "Facts":  # noqa: ARG002 - the base's signature
        """Events with what we told of statements and payments, and what the rights engine says of the products that they name."""
        from colophon.blocks.inbound import CONSONANCE
        from colophon.domain.facts import Facts, Known
        from colophon.ledger.records import HistoryRow
        from colophon.rights import Atlas, Availability
        from colophon.use_cases.xconnector.exchange_events import STATEMENT
        from colophon_airflow.rights import judged_of
        from colophon_airflow.systems.consonance.hook import ConsonanceHook

        config, products = publisher_config(), {}
        if isbns:
            atlas = Atlas.load(config.publisher.code_lists)
            products = judged_of(ConsonanceHook(self.consonance_conn_id), isbns, config.embargoes.first_day_of_sale, atlas)
        names = [CONSONANCE, *(name for name, kind in config.exchange.recipients.items() if kind == STATEMENT)]
        rows = [row for name in names for row in run.ledger.all_of(run.case.id, name)]
        kinds: dict[type, Iterable[Any]] = {HistoryRow: rows, Availability: products.values()}
        return staged | Facts({kind: Known(records=tuple(found), source="ledger", as_of=run.as_of) for kind, found in kinds.items()})

    def conclude(self, run: DecisionRun) -> None:
        """Nothing: watermark and exceptions about facts are of what goes out."""
