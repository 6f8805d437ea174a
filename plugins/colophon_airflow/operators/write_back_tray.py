"""Operators of the write-back tray: what was loaded, what can be seen of it, new sheets, reminders."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from colophon import environment
from colophon_airflow.links import desk_page
from colophon_airflow.operators.base import UseCaseOperator
from colophon_airflow.operators.task_log import summary
from colophon_airflow.run import run_times
from colophon_airflow.settings import open_ledger, publisher_config

if TYPE_CHECKING:
    from airflow.sdk import Context


class MarkLoadedOperator(UseCaseOperator):
    """Marks the sheets that the run's form names as loaded; returns how many write-backs they carry."""

    def execute(self, context: "Context") -> int:
        """Mark them in order; the first that cannot be ends it.

        :raises InvalidError: nobody says who loaded them. :raises NotFoundError, ConflictError: as `Tray.loaded`.
        """
        from colophon.errors import InvalidError

        names = [name for each in context["params"].get("loaded") or () if (name := Path(str(each)).name.strip())]
        by = str(context["params"].get("loaded_by") or "").strip()
        if not names or context["params"].get("dry_run"):
            return 0
        if not by:
            raise InvalidError("nobody says who loaded the sheets", remedy="Fill in *Loaded by*, and start it again.")
        with open_ledger() as ledger:
            counts = {name: ledger.tray.loaded(name, by=by[:120]) for name in names}
            for name, count in counts.items():
                ledger.people.noted("mark loaded", name, by=by, why=f"{count} write-backs")
        summary("Marked as loaded", counts)
        return sum(counts.values())


class SeeLoadedOperator(UseCaseOperator):
    """Looks in Consonance for what people loaded; what is there is verified, what is not there in time is an exception. Counts."""

    system = "consonance"

    def execute(self, context: "Context") -> dict[str, int]:
        """Look."""
        from colophon.systems.consonance.writes.results import Summary
        from colophon.systems.consonance.writes.write_back import Writer
        from colophon.use_cases.ops.write_back_tray import unseen
        from colophon_airflow.systems.consonance.hook import ConsonanceHook

        if context["params"].get("dry_run"):
            return {}
        times, seen = run_times(context), Summary()
        with open_ledger() as ledger, ConsonanceHook(jitter=times.start is not None).client as client:
            writer = Writer(client.account, ledger)
            writer.collect_loaded(seen)
            rows = ledger.tray.rows(("loaded",))
            absent = {row.id for row in rows if writer.is_absent(row)}
            findings = unseen(rows, absent, environment.now(), publisher_config())
            ledger.exceptions.record(self.use_case_id, "consonance", None, findings, as_of=times.as_of)
        summary("Looked for what was loaded", {**seen.counts, "loaded and not seen": len(rows)}, seen.refusals)
        return {**seen.counts, "not_seen": len(rows)}


class MakeSheetsOperator(UseCaseOperator):
    """Puts what waits into import sheets; what waits for too long is an exception, and somebody is reminded. Sheets with their rows."""

    def execute(self, context: "Context") -> dict[str, int]:
        """Make them."""
        from colophon.systems.consonance.writes import sheets
        from colophon.use_cases.ops.write_back_tray import waiting

        config, now = publisher_config(), environment.now()
        with open_ledger() as ledger:
            if context["params"].get("dry_run"):
                free = [row for row in ledger.tray.rows(("pending",)) if row.is_free]
                summary("Dry run: no sheet is made", {"would go into sheets": len(free), "sheets to load": len(ledger.tray.sheets())})
                return {}
            with TemporaryDirectory() as passing:
                made = sheets.export(ledger, Path(config.write_back_tray.sheet_folder or passing), now=now)
            findings = waiting(ledger.tray.rows(("pending", "exported")), made.left_out, now, config)
            ledger.exceptions.record(self.use_case_id, "tray", None, findings, as_of=run_times(context).as_of)
            counts = {path.name: count for path, count in made.sheets.items()}
            to_load = ledger.tray.sheets()
            self._remind([finding.sentence for finding in findings])
        lines = [f"{name}: {count} write-backs to load" for name, count in to_load.items()] + [finding.sentence for finding in findings]
        summary("Sheets", {"new": len(counts), "to load": len(to_load), "exceptions": len(findings)}, lines)
        return counts

    def _remind(self, sentences: list[str]) -> None:
        from colophon_airflow.notices import Notice
        from colophon_airflow.standing import tell

        why = f"{len(sentences)} wait or cannot be carried; the first: {sentences[0]}" if sentences else ""
        what, do = (
            "Write-backs wait for a person to load them",
            "Load each sheet once and mark it as loaded; enter by hand what no sheet carries.",
        )
        notice = Notice(what, why, do, desk_page("tray")) if sentences else None
        with open_ledger() as ledger:
            tell(ledger, "write-backs", notice, now=environment.now(), again_after=publisher_config().write_back_tray.patience)
