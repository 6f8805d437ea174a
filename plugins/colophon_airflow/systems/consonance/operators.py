"""Operators of Consonance."""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from colophon import environment
from colophon_airflow.operators.base import DestinationOperator, UseCaseOperator
from colophon_airflow.operators.task_log import summary
from colophon_airflow.run import run_times
from colophon_airflow.settings import open_ledger, publisher_config

if TYPE_CHECKING:
    from airflow.sdk import Context

    from colophon.blocks.use_case import Needs
    from colophon.ledger import Ledger

log = logging.getLogger(__name__)


class ConsonanceWriteBackOperator(UseCaseOperator):
    """Tells Consonance what the use case found out: by mutation where the account has one, else through the tray.

    What waited from earlier runs goes first. With a `sheet_folder`, what waits is written as import sheets.
    Returns counts by outcome word.
    """

    system = "consonance"
    template_fields = ("consonance_conn_id", "sheet_folder")

    def __init__(
        self,
        *,
        case: "Callable[[], Needs]",
        consonance_conn_id: str = "consonance_default",
        sheet_folder: str = "",
        **kwargs: Any,
    ) -> None:
        """:param case: gives the use case; called when the task runs, so that parsing a DAG stays light.

        :param consonance_conn_id: Airflow connection. :param sheet_folder: folder for import sheets, empty for none.
        """
        super().__init__(**kwargs)
        self.case = case
        self.consonance_conn_id = consonance_conn_id
        self.sheet_folder = sheet_folder

    def execute(self, context: "Context") -> dict[str, int]:
        """Write; raises what stopped it after the summary, with everything that was begun safe in the tray."""
        from colophon.systems.consonance.writes.write_back import Writer
        from colophon_airflow.systems.consonance.hook import ConsonanceHook

        if context["params"].get("dry_run"):
            return {}
        times, config = run_times(context), publisher_config()
        with open_ledger() as ledger, ConsonanceHook(self.consonance_conn_id, jitter=times.start is not None).client as client:
            ops = self.case().write_backs(ledger=ledger, config=config, params=context["params"], as_of=times.as_of)
            done = Writer(client.account, ledger).write_all(ops)
            ledger.exceptions.record(self.use_case_id, "consonance", sorted(done.judged), done.findings, as_of=times.as_of)
            details = done.refusals + self._export(ledger)
            states = ledger.tray.counts()
        summary("Written back", {**done.counts, "tray": states}, details)
        if done.stopped_by is not None:
            raise done.stopped_by
        return dict(done.counts)

    def _export(self, ledger: "Ledger") -> list[str]:
        """Sentences about sheets that were written and rows that no sheet can carry."""
        if not self.sheet_folder:
            return []
        from pathlib import Path

        from colophon.systems.consonance.writes import sheets

        found = sheets.export(ledger, Path(self.sheet_folder), now=environment.now())
        stays = [f"{left.row_id} {left.operation} {left.subject} stays: {left.fault}" for left in found.left_out]
        return [f"{path}: {count} write-backs to load" for path, count in found.sheets.items()] + stays


class ConsonanceDeliverOperator(DestinationOperator):
    """Sends the write-backs that the ledger has waiting, by mutation where the account has one, else through the tray. Counts by result.

    Before that it looks what became of those that a person was to load. A dry run sends nothing.
    """

    system = "consonance"
    template_fields = (*DestinationOperator.template_fields, "consonance_conn_id")

    def __init__(self, *, destination: str = "consonance", consonance_conn_id: str = "consonance_default", **kwargs: Any) -> None:
        """:param consonance_conn_id: Airflow connection of type `consonance`."""
        super().__init__(destination=destination, **kwargs)
        self.consonance_conn_id = consonance_conn_id

    def execute(self, context: "Context") -> dict[str, int]:
        """Settle, then send."""
        from colophon.systems.consonance.writes.port import WriteBackPort, collect_outcomes
        from colophon.systems.consonance.writes.results import Summary
        from colophon.systems.consonance.writes.write_back import Writer
        from colophon_airflow.systems.consonance.hook import ConsonanceHook

        if context["params"].get("dry_run"):
            return {}
        jitter = run_times(context).start is not None
        with open_ledger() as ledger, ConsonanceHook(self.consonance_conn_id, jitter=jitter).client as client:
            writer = Writer(client.account, ledger, reveal=self.reveal() or str)
            writer.collect_loaded(Summary())
            log.info(
                "%d write-backs have moved since the last run",
                collect_outcomes(ledger, use_case=self.use_case_id, destination=self.destination),
            )
            return self.deliver(context, ledger, WriteBackPort(writer))

    def reveal(self) -> "Callable[[str], str] | None":
        """What opens values that are sealed until they leave; None: there are none."""
        return None
