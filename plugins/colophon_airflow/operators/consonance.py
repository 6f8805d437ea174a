"""Operators of Consonance."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from colophon import environment
from colophon_airflow.operators.base import DestinationOperator, UseCaseOperator, summary
from colophon_airflow.run import run_times
from colophon_airflow.settings import open_ledger, publisher_config

if TYPE_CHECKING:
    from airflow.sdk import Context

    from colophon.errors import NotReadyError
    from colophon.ledger import Ledger
    from colophon.staging import Batch
    from colophon.systems.consonance.report_place import ReportPlace

log = logging.getLogger(__name__)

MOST_FINDINGS = 10_000
MOST_KNOWN_FILES = 1000


class ConsonanceReportsExtractOperator(UseCaseOperator):
    """Stages the rows of report files, in batches; returns what became of each report, with the batches' references.

    Each entry has `report`, `state` (`staged`; `seen`: another run took a file with the same content, so it is skipped),
    `file`, `sha256`, `as_of` and `batches`. A row that cannot be read is an exception in the ledger, and closes when a later
    file has it right. Clear a run to have it read its files again. Memory stays at one batch (royalty terms: one file).
    """

    template_fields = ("consonance_conn_id",)

    def __init__(self, *, reports: Sequence[str], consonance_conn_id: str = "consonance_default", **kwargs: Any) -> None:
        """:param reports: some of `report_place.NAMES`. :param consonance_conn_id:
        Airflow connection of type `consonance`, whose extra says where reports are.
        """
        super().__init__(**kwargs)
        self.reports = list(reports)
        self.consonance_conn_id = consonance_conn_id

    def execute(self, context: "Context") -> list[dict[str, Any]]:
        """Read all that are ready.

        :raises NotReadyError: one is not there, not whole or too old; then the run hands over nothing, and looks again.
        :raises TooManyRefusedError: a file has so many faulty rows that it is no such report; those found are kept.
        """
        from colophon.errors import NotReadyError
        from colophon_airflow.hooks.consonance import ConsonanceHook

        times, taken, late = run_times(context), [], []
        with open_ledger() as ledger:
            with ConsonanceHook(self.consonance_conn_id, jitter=times.start is not None).reports as place:
                for name in self.reports:
                    try:
                        taken.append(self._take(name, place, ledger, context, times.as_of))
                    except NotReadyError as problem:
                        late.append(problem)
            if not late:
                self._remember(ledger, taken, context, times.as_of)
        lines = [f"{entry['report']}: {entry['file']} was taken by an earlier run; skipped" for entry in taken if entry["state"] == "seen"]
        counts = {entry["report"]: sum(batch["count"] for batch in entry["batches"]) for entry in taken}
        summary("Reports", counts, lines + [problem.sentence for problem in late])
        if late:
            raise _all_late(late)
        return taken

    def _take(self, name: str, place: "ReportPlace", ledger: "Ledger", context: "Context", as_of: datetime) -> dict[str, Any]:
        """One report: staged, or known from another run. Raises NotReadyError where there is none."""
        from colophon.errors import NotReadyError
        from colophon.systems.consonance.report_source import LOOK_AGAIN

        run_id = context["ti"].run_id
        report = place.read(name, [sha256 for sha256, run in self._known(ledger, name).items() if run != run_id])
        if report is None:
            later = environment.now() + LOOK_AGAIN
            raise NotReadyError(f"there is no {name} report: what it would tell is unknown", not_before=later, system="consonance")
        entry = {"report": name, "file": report.name, "sha256": report.sha256, "as_of": report.as_of.isoformat()}
        with report:
            if report.is_repeat:
                return {**entry, "state": "seen", "batches": []}
            batches = self._staged(name, report, ledger, context, as_of)
        return {**entry, "state": "staged", "batches": [batch.model_dump() for batch in batches]}

    def _staged(self, name: str, records: "Iterable[Any]", ledger: "Ledger", context: "Context", as_of: datetime) -> "list[Batch]":
        """Good rows as batches; the ledger hears of the others, and that those of the file before are no more."""
        from colophon.domain.fact_lines import to_line
        from colophon.domain.finding import Finding
        from colophon.errors import TooManyRefusedError

        findings: list[Finding] = []

        def lines() -> "Iterator[str]":
            for record in records:
                if not isinstance(record, Finding):
                    yield to_line(record)
                elif len(findings) < MOST_FINDINGS:
                    findings.append(record)
                else:
                    return

        batches = self.stage(context, name, lines())
        source, is_too_bad = f"report:{name}", len(findings) >= MOST_FINDINGS
        # A file that was not read to its end says nothing of what was wrong before.
        judged = sorted({finding.subject for finding in findings}) if is_too_bad else None
        ledger.record_findings(self.use_case_id, source, judged, findings, as_of=as_of)
        if is_too_bad:
            raise TooManyRefusedError(f"{MOST_FINDINGS} rows of the {name} report cannot be read", system="consonance", subject=source)
        return batches

    def _known(self, ledger: "Ledger", name: str) -> dict[str, str]:
        """Files taken before: SHA-256 -> the run that took it."""
        found = ledger.get(self._memory(name))
        return dict(found[0]["files"]) if found else {}

    def _remember(self, ledger: "Ledger", taken: "list[dict[str, Any]]", context: "Context", as_of: datetime) -> None:
        for entry in taken:
            if entry["state"] == "staged":
                files = {**self._known(ledger, entry["report"]), entry["sha256"]: context["ti"].run_id}
                latest = dict(list(files.items())[-MOST_KNOWN_FILES:])
                ledger.put(self._memory(entry["report"]), {"files": latest}, as_of)

    def _memory(self, name: str) -> str:
        return f"{self.consonance_conn_id}:{self.use_case_id}:{name}"


def _all_late(late: "list[NotReadyError]") -> "NotReadyError":
    """One error for all reports that are not ready, at the earliest moment at which another look makes sense."""
    from colophon.errors import NotReadyError

    moments = [problem.not_before for problem in late if problem.not_before]
    said = "; ".join(problem.sentence for problem in late)
    return NotReadyError(said, not_before=min(moments, default=None), system="consonance", operation="reports")


class ConsonanceWriteBackOperator(UseCaseOperator):
    """Tells Consonance what the use case found out: by mutation where the account has one, else through the tray.

    The use case decides what (`write_backs`: it gets the ledger, the configuration, `params` and `as_of`, and yields
    `WriteOp`s). What waited from earlier runs goes first. With a `sheet_folder`, what waits is written as import sheets.
    Returns counts by outcome word.
    """

    template_fields = ("consonance_conn_id", "sheet_folder")

    def __init__(self, *, consonance_conn_id: str = "consonance_default", sheet_folder: str = "", **kwargs: Any) -> None:
        """:param consonance_conn_id: Airflow connection. :param sheet_folder: folder for import sheets, empty for none."""
        super().__init__(**kwargs)
        self.consonance_conn_id = consonance_conn_id
        self.sheet_folder = sheet_folder

    def execute(self, context: "Context") -> dict[str, int]:
        """Write; raises what stopped it after the summary, with everything that was begun safe in the tray."""
        from colophon.systems.consonance.write_back import Writer
        from colophon_airflow.hooks.consonance import ConsonanceHook

        times, config = run_times(context), publisher_config()
        with open_ledger() as ledger, ConsonanceHook(self.consonance_conn_id, jitter=times.start is not None).client as client:
            ops = self.decision().write_backs(ledger=ledger, config=config, params=context["params"], as_of=times.as_of)
            done = Writer(client, ledger).write_all(ops)
            ledger.record_findings(self.use_case_id, "consonance", sorted(done.judged), done.findings, as_of=times.as_of)
            details = done.refusals + self._export(ledger)
            states = ledger.tray_counts()
        summary("Written back", {**done.counts, "tray": states}, details)
        if done.stopped_by is not None:
            raise done.stopped_by
        return dict(done.counts)

    def _export(self, ledger: "Ledger") -> list[str]:
        """Sentences about sheets that were written and rows that no sheet can carry."""
        if not self.sheet_folder:
            return []
        from pathlib import Path

        from colophon.systems.consonance import sheets

        found = sheets.export(ledger, Path(self.sheet_folder), now=environment.now())
        stays = [f"{left.row_id} {left.operation} {left.subject} stays: {left.fault}" for left in found.left_out]
        return [f"{path}: {count} write-backs to load" for path, count in found.sheets.items()] + stays


class ConsonanceDeliverOperator(DestinationOperator):
    """Sends the write-backs that the ledger has waiting, by mutation where the account has one, else through the tray. Counts by result.

    Before that it looks what became of those that a person was to load. A dry run sends nothing.
    """

    template_fields = (*DestinationOperator.template_fields, "consonance_conn_id")

    def __init__(self, *, destination: str = "consonance", consonance_conn_id: str = "consonance_default", **kwargs: Any) -> None:
        """:param consonance_conn_id: Airflow connection of type `consonance`."""
        super().__init__(destination=destination, **kwargs)
        self.consonance_conn_id = consonance_conn_id

    def execute(self, context: "Context") -> dict[str, int]:
        """Settle, then send."""
        from colophon.systems.consonance.port import WriteBackPort, settle
        from colophon.systems.consonance.write_back import Summary, Writer
        from colophon_airflow.hooks.consonance import ConsonanceHook

        if context["params"].get("dry_run"):
            return {}
        jitter = run_times(context).start is not None
        with open_ledger() as ledger, ConsonanceHook(self.consonance_conn_id, jitter=jitter).client as client:
            writer = Writer(client, ledger)
            writer.settle(Summary())
            log.info(
                "%d write-backs have moved since the last run", settle(ledger, use_case=self.use_case_id, destination=self.destination)
            )
            return self.deliver(context, ledger, WriteBackPort(writer))
