"""Operators of the rights and royalty exchange: terms and obligations out as events, payments and availability back."""

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow.sdk import TriggerRule

from colophon_airflow.operators.base import TakenIn, UseCaseOperator, summary
from colophon_airflow.operators.xconnector import XConnectorAwaitOperator, XConnectorDeliverOperator
from colophon_airflow.run import run_times
from colophon_airflow.settings import config_folder, open_ledger, publisher_config
from colophon_airflow.sources import being_told, check_sources

if TYPE_CHECKING:
    from airflow.sdk import Context

    from colophon.ledger import Ledger
    from colophon.ledger.inbox import InboxItem
    from colophon.rights import Availability
    from colophon.use_cases.xconnector.exchange_payments import Owed
    from colophon.use_cases.xconnector.rights_royalty_exchange import ExchangeConfig

STATEMENTS = "exstream__royalty_statements"
AT_ONCE = 500


class ExchangeOperator(UseCaseOperator):
    """What both directions share: Consonance's connection and exchange.yaml."""

    template_fields = ("consonance_conn_id",)

    def __init__(self, *, consonance_conn_id: str = "consonance_default", **kwargs: Any) -> None:
        """:param consonance_conn_id: Airflow connection of type `consonance`."""
        super().__init__(**kwargs)
        self.consonance_conn_id = consonance_conn_id

    def exchange(self) -> "ExchangeConfig":
        """exchange.yaml. Raises BadConfigError."""
        from colophon.config.load import load_part

        found: ExchangeConfig = load_part(self.decision().ExchangeConfig, "exchange.yaml", config_folder())
        return found


class ExchangePlanOperator(ExchangeOperator):
    """Reads terms and rights, takes the statements that have left, enters what recipients do not have yet. Returns the recipients."""

    def execute(self, context: "Context") -> list[str]:
        """Plan; what has not changed since it was last delivered gives nothing.

        :raises NotReadyError: terms, grants or licences are told nowhere, or a report is late.
        """
        from colophon.use_cases.royalties.reading import read_terms
        from colophon_airflow.hooks.consonance import ConsonanceHook

        times, config = run_times(context), self.exchange()
        hook = ConsonanceHook(self.consonance_conn_id, jitter=times.start is not None)
        with being_told(context, self.use_case_id):
            with hook.client as client:
                found = read_terms(client, lambda: hook.reports)
            check_sources(context, self.use_case_id, self.consonance_conn_id, found.routes)
        with open_ledger() as ledger:
            intents = self.decision().outgoing(found, _statements(ledger), config, times.as_of, partial(ledger.latest, self.use_case_id))
            planned = ledger.plan(intents)
            findings = [*found.findings, *self.decision().untold(found.deals, config)]
            ledger.record_findings(self.use_case_id, "inputs", None, findings, as_of=times.as_of)
        words = {name: ", ".join(f"{n} {word}" for word, n in result._asdict().items() if n) for name, result in planned.items()}
        summary("Planned", {**words, **found.routes, "exceptions": len(findings)})
        return sorted(config.recipients)


class ExchangeDeliverOperator(XConnectorDeliverOperator):
    """Sends the events that the ledger has waiting for a recipient. Returns counts by result."""

    def execute(self, context: "Context") -> dict[str, int]:
        """See `deliver`."""
        from colophon.systems.xconnector.port import EventPort

        ti = context["ti"]
        with open_ledger() as ledger, self.client() as client:
            self._ensure_routes(context, ledger, client)
            return self.deliver(context, ledger, EventPort(client, correlation=f"{ti.dag_id}/{ti.run_id}"[:120]))


class ExchangeAwaitOperator(XConnectorAwaitOperator):
    """Waits until the recipient's events have an outcome."""

    def take_outcomes(self, context: "Context", ledger: "Ledger") -> TakenIn:  # noqa: ARG002 - the base's signature
        """By statuses of messages alone: these recipients acknowledge no feeds."""
        from colophon.systems.xconnector.settle import take_statuses

        with self.client() as client:
            return TakenIn({"moved": take_statuses(ledger, client, use_case=self.use_case_id, destination=self.destination)})


class ExchangeTakeOperator(ExchangeOperator):
    """Deals with what finance and the rights platform said: write-backs into the ledger, differences as exceptions. Returns counts."""

    def __init__(self, **kwargs: Any) -> None:
        # What came by webhook does not wait for a middleware that is away.
        super().__init__(trigger_rule=TriggerRule.ALL_DONE, **kwargs)

    def execute(self, context: "Context") -> dict[str, int]:
        """Until nothing waits; a crash repeats events whose consequences are known already, which changes nothing."""
        config, as_of, counts = self.exchange(), run_times(context).as_of, Counter[str]()
        with open_ledger() as ledger:
            debts = self._debts(ledger, config)
            past: list[Any] = ledger.newest(self.use_case_id, "consonance")
            while items := ledger.inbox_pending(self.decision().TYPES, limit=AT_ONCE):
                answer = self.decision().incoming(items, debts, self._judged(items), config, as_of, past)
                # Differences first: a payment that is known is not compared again.
                subjects = sorted({one.subject for one in answer.findings} | answer.judged)
                ledger.record_findings(self.use_case_id, "differences", subjects, answer.findings, as_of=as_of)
                ledger.plan(answer.intents)
                past += answer.intents
                for closed in answer.closed:
                    ledger.inbox_done(closed.item.source, closed.item.id, note=closed.note, parked=closed.parked)
                counts.update({"events": len(items), "payments": len(answer.intents), "differences": len(answer.findings)})
            counts["overdue"] = self._overdue(ledger, debts, config, context)
        summary("Came back", counts)
        return dict(counts)

    def _overdue(self, ledger: "Ledger", debts: "list[Owed]", config: "ExchangeConfig", context: "Context") -> int:
        rows = ledger.newest(self.use_case_id, "consonance")
        paid = [(int(row.labels["contract"]), int(row.labels["payee"]), row.labels["period"]) for row in rows]
        as_of = run_times(context).as_of
        findings = self.decision().overdue(debts, paid, config, as_of)
        ledger.record_findings(self.use_case_id, "overdue", None, findings, as_of=as_of)
        return len(findings)

    def _debts(self, ledger: "Ledger", config: "ExchangeConfig") -> "list[Owed]":
        """What we told recipients of statements, all of it: each is an event of its own."""
        told = [name for name, kind in config.recipients.items() if kind == "royalty.statement"]
        contents = [
            (ledger.content(row.content_hash) or b"{}", row.as_of) for name in told for row in ledger.all_of(self.use_case_id, name)
        ]
        found: list[Owed] = self.decision().owed(contents)
        return found

    def _judged(self, items: "list[InboxItem]") -> "dict[str, Availability]":
        """What the rights engine says of the products that the events name."""
        from colophon.http.jsontext import read_json
        from colophon.onix.codelists import CodeLists
        from colophon.rights import Atlas
        from colophon_airflow.hooks.consonance import ConsonanceHook
        from colophon_airflow.rights import judged_of

        bodies: list[Any] = [read_json(item.body) for item in items]
        isbns = {isbn for body in bodies if isinstance(isbn := body.get("data", {}).get("isbn"), str)}
        if not isbns:
            return {}
        config = publisher_config()
        atlas = Atlas(CodeLists.load(config.publisher.code_lists))
        return judged_of(ConsonanceHook(self.consonance_conn_id), isbns, config.embargoes.first_day_of_sale, atlas)


class ExchangeReportOperator(UseCaseOperator):
    """What each recipient has, and what is open. Returns `{destinations, exceptions}`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trigger_rule=TriggerRule.NONE_FAILED, **kwargs)

    def execute(self, context: "Context") -> dict[str, Any]:  # noqa: ARG002 - Airflow's signature
        """Read the ledger."""
        with open_ledger() as ledger:
            states = ledger.counts(self.use_case_id)
            exceptions = ledger.open_exceptions(use_case=self.use_case_id, limit=10_000)
        by_rule = Counter(f"{one.rule} {one.found}" for one in exceptions)
        summary("Exchange", states, [f"{n} x {what}" for what, n in by_rule.most_common(20)])
        return {"destinations": states, "exceptions": dict(Counter(one.rule for one in exceptions))}


def _statements(ledger: "Ledger") -> list[tuple[Any, bytes]]:
    """Statements of all periods with their letters; what was approved and never sent on its own is left out."""
    names = [name for name in ledger.counts(STATEMENTS) if not name.startswith("approved:")]
    return [(row, ledger.content(row.content_hash) or b"") for name in names for row in ledger.newest(STATEMENTS, name)]
