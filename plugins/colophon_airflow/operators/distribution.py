"""The decision about what became of titles at their recipients: the ledger says of which, and Consonance whose they are."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from colophon_airflow.operators.decide import DecideOperator
from colophon_airflow.operators.decision_run import DecisionRun

if TYPE_CHECKING:
    from colophon.domain.facts import Facts


class DistributionDecideOperator(DecideOperator):
    """Reads what the ledger has of the titles that changed at recipients, and beside it the to-dos and launches that changed in Consonance."""

    def facts(self, run: DecisionRun, staged: "Facts", isbns: Collection[str] | None = None) -> "Facts":
        """See the base class: the works of changed to-dos, those of changed launches, and those of the ledger's titles."""
        from colophon.domain.facts import Facts, Known, Unknown
        from colophon.domain.launch import Launch
        from colophon.domain.todo import Todo
        from colophon.use_cases.push.distribution_facts import isbns_of

        def without(*kinds: type) -> Facts:
            return staged | Facts.known(dict.fromkeys(kinds, ()), source="ledger", as_of=run.as_of)

        parts = [super().facts(run, staged, isbns), super().facts(run, without(Todo), isbns)]
        if named := isbns_of(staged, run.asked):
            parts.append(super().facts(run, without(Todo, Launch), named))
        both: dict[type, Known[Any] | Unknown] = {}
        for kind in run.case.gains:
            states: list[Known[Any] | Unknown] = [part.of(kind) for part in parts]
            told = [state for state in states if isinstance(state, Known) and state.source != "ledger"]
            records = {getattr(record, "id", None) or record: record for state in told for record in state.records}
            unreadable = dict.fromkeys(finding for state in told for finding in state.unreadable)
            if told:
                both[kind] = Known(
                    records=tuple(records.values()), source=told[0].source, as_of=told[0].as_of, unreadable=tuple(unreadable)
                )
        return parts[0] | Facts(both)
