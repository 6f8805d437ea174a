"""Operators of housekeeping: what is over its time goes, and who was erased stays erased."""

from typing import TYPE_CHECKING

from colophon import environment
from colophon_airflow.operators.base import UseCaseOperator
from colophon_airflow.operators.task_log import summary
from colophon_airflow.settings import open_ledger, open_staging, publisher_config

if TYPE_CHECKING:
    from airflow.sdk import Context

    from colophon.ledger import Ledger
    from colophon.ledger.persons import Erased
    from colophon.staging import Staging


class EraseAgainOperator(UseCaseOperator):
    """Erases once more whoever was erased: what was interrupted ends, what was just being sent, and what a restored backup brought back."""

    def execute(self, context: "Context") -> int:
        """Erase; returns how many contents, payloads and events it was."""
        if context["params"].get("dry_run"):
            return 0
        with open_ledger() as ledger:
            done = erase_marked(ledger, open_staging(), publisher_config().housekeeping.by_law)
        summary("Erased before, and looked for again", {"people": len(done), "found again": sum(map(_size, done))})
        return sum(map(_size, done))


class LetGoOperator(UseCaseOperator):
    """Drops what is over its time, in the ledger and in the staging location; a dry run only counts. Rows and bytes by kind."""

    def execute(self, context: "Context") -> dict[str, list[int]]:
        """Drop. Raises BadConfigError where `housekeeping.yaml` names no use case."""
        from colophon.readiness import needs_of_all
        from colophon.use_cases.ops.housekeeping import check, limits

        config, now, dry = publisher_config(), environment.now(), bool(context["params"].get("dry_run"))
        check(config, needs_of_all())
        with open_ledger() as ledger:
            retention, until = ledger.retention, limits(config, now)
            found = retention.due(until) if dry else retention.drop(until)
            files, size = self._staged(ledger, open_staging(), dry=dry)
        counts = {**{kind: list(each) for kind, each in found.items()}, "staged": [files, size]}
        rows = {kind.replace("_", " "): f"{number} of {bytes_of / 1e6:.1f} MB" for kind, (number, bytes_of) in counts.items()}
        summary("Would go (dry run: nothing does)" if dry else "Gone, for its time is over", rows)
        return counts

    def _staged(self, ledger: "Ledger", staging: "Staging", *, dry: bool) -> tuple[int, int]:
        """Files of runs that are over. What the ledger still names, such as what rights go by when Consonance is away, stays."""
        from colophon.use_cases.ops.housekeeping import staged_before

        config, now, named = publisher_config(), environment.now(), ledger.memory.staged()
        goes = staging.old(lambda folder: staged_before(config, folder, now))
        goes = {path: told for path, told in goes.items() if staging.uri(path) not in named}
        for path in () if dry else goes:
            staging.remove(path)
        return len(goes), sum(size for _, size in goes.values())


def erase_marked(ledger: "Ledger", staging: "Staging", by_law: tuple[str, ...]) -> "list[Erased]":
    """Erase everybody of whom the staging location says so."""
    from colophon.ledger.persons import Subject
    from colophon.use_cases.ops.housekeeping import MARK

    marks = [mark for name in staging.names(MARK) if (mark := staging.kept(name))]
    return [ledger.persons.erase(Subject.of(mark), by_law=by_law) for mark in marks]


def _size(erased: "Erased") -> int:
    return erased.contents + erased.write_backs + erased.events + erased.words
