"""The decision about what became of titles at their recipients: the ledger says of which, and Consonance whose they are."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from colophon_airflow.operators.decide import DecideOperator, DecisionRun

if TYPE_CHECKING:
    from colophon.domain.facts import Facts


class DistributionDecideOperator(DecideOperator):
    """Reads what the ledger has of the titles that changed at recipients, and beside it the to-dos that changed in Consonance."""

    def facts(self, run: DecisionRun, staged: "Facts", isbns: Collection[str] | None = None) -> "Facts":
        """See the base class: the works of changed to-dos, and those of the ledger's titles."""
        from colophon.domain.facts import Facts, Known, Unknown
        from colophon.domain.todo import Todo
        from colophon.use_cases.push.distribution_status import isbns_of

        changed = super().facts(run, staged, isbns)
        named = isbns_of(staged, run.asked)
        if not named:
            return changed
        of_titles = super().facts(run, staged | Facts.known({Todo: ()}, source="ledger", as_of=run.as_of), named)
        both = {}
        for kind in (kind for kind in run.case.gains if kind is not Todo):
            first: Known[Any] | Unknown = changed.of(kind)
            second: Known[Any] | Unknown = of_titles.of(kind)
            if isinstance(first, Known) and isinstance(second, Known):
                records = {getattr(record, "id", None) or record: record for record in (*first.records, *second.records)}
                both[kind] = Known(records=tuple(records.values()), source=second.source, as_of=first.as_of, unreadable=second.unreadable)
        return changed | Facts(both)
