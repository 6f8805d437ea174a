"""Operators of the rights and royalty exchange: what goes out is read whole, what comes back is dealt with part by part."""

from collections.abc import Collection, Iterable
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from colophon_airflow.operators.decide import DecideOperator, DecisionRun
from colophon_airflow.operators.inbox import InboxDecideOperator
from colophon_airflow.settings import config_folder, open_ledger, publisher_config
from colophon_airflow.sources import check_sources

if TYPE_CHECKING:
    from colophon.blocks.decision import DecisionContext
    from colophon.domain.facts import Facts
    from colophon.ledger import Ledger

STATEMENTS = "exstream__royalty_statements"


class ExchangeDecideOperator(DecideOperator):
    """Decides about all contracts there are, and about statements of all periods."""

    def staged(self, run: DecisionRun) -> "Facts":
        """Statements, but what was approved and never sent on its own; and what rights platforms have."""
        from colophon.domain.facts import Facts, Known
        from colophon.ledger.records import HistoryRow
        from colophon.use_cases.xconnector.exchange_events import RIGHTS_TERMS

        with open_ledger() as ledger:
            places = [(STATEMENTS, name) for name in ledger.counts(STATEMENTS) if not name.startswith("approved:")]
            places += [(run.case.id, name) for name, kind in publisher_config().exchange.recipients.items() if kind == RIGHTS_TERMS]
            rows = tuple(row for place in places for row in ledger.newest(*place))
        return Facts({HistoryRow: Known(records=rows, source="ledger", as_of=run.as_of)})

    def facts(self, run: DecisionRun, asked: "DecisionContext", staged: "Facts", isbns: object = None) -> "Facts":  # noqa: ARG002 - the base's signature
        """Terms and rights, whole: an event has all of its contract.

        :raises NotReadyError: terms, grants or licences are told nowhere, or a report is late.
        """
        from colophon.config.milestones import load_milestones
        from colophon.systems.consonance.facts import FactReader
        from colophon.systems.consonance.kinds import KINDS
        from colophon_airflow.systems.consonance.hook import ConsonanceHook

        hook = ConsonanceHook(self.consonance_conn_id, jitter=run.is_scheduled)
        with hook.client as client, hook.reports if hook.settings.reports_location else nullcontext() as place:
            facts = FactReader(client, place, load_milestones(config_folder())).read(run.case.reads)
        sources = {KINDS[kind].feature: facts.sources[kind.__name__] for kind in run.case.reads}
        check_sources(run.context, run.case, self.consonance_conn_id, sources)
        return staged | facts

    def conclude(self, run: DecisionRun, ledger: "Ledger") -> None:
        """As the base; exceptions that an earlier release kept as `inputs` were found anew, each where it belongs."""
        super().conclude(run, ledger)
        ledger.exceptions.close_unseen(run.case.id, "inputs", as_of=run.as_of)


class ExchangeInboxOperator(InboxDecideOperator):
    """Deals with what finance and the rights platform said."""

    def facts(self, run: DecisionRun, asked: "DecisionContext", staged: "Facts", isbns: "Collection[str] | None" = None) -> "Facts":  # noqa: ARG002 - the base's signature
        """Events with what we told of statements and payments, and what the rights engine says of the products that they name."""
        from colophon.blocks.inbound import CONSONANCE
        from colophon.domain.facts import Facts, Known
        from colophon.ledger.records import HistoryRow
        from colophon.onix.codelists import CodeLists
        from colophon.rights import Atlas, Availability
        from colophon_airflow.rights import judged_of
        from colophon_airflow.systems.consonance.hook import ConsonanceHook

        config, products = publisher_config(), {}
        if isbns:
            atlas = Atlas(CodeLists.load(config.publisher.code_lists))
            products = judged_of(ConsonanceHook(self.consonance_conn_id), isbns, config.embargoes.first_day_of_sale, atlas)
        names = [CONSONANCE, *(name for name, kind in config.exchange.recipients.items() if kind == "royalty.statement")]
        with open_ledger() as ledger:
            rows = [row for name in names for row in ledger.all_of(run.case.id, name)]
        kinds: dict[type, Iterable[Any]] = {HistoryRow: rows, Availability: products.values()}
        return staged | Facts({kind: Known(records=tuple(found), source="ledger", as_of=run.as_of) for kind, found in kinds.items()})

    def conclude(self, run: DecisionRun, ledger: "Ledger") -> None:
        """Nothing: watermark and exceptions about facts are of what goes out."""
