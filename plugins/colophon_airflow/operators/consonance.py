"""Operators of Consonance."""

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from colophon_airflow.operators.base import UseCaseOperator, summary
from colophon_airflow.run import run_times
from colophon_airflow.settings import open_ledger, open_staging, publisher_config

if TYPE_CHECKING:
    from airflow.sdk import Context

    from colophon.domain.finding import Finding
    from colophon.domain.product import Product
    from colophon.ledger import Ledger
    from colophon.staging import Batch

log = logging.getLogger(__name__)


class ConsonanceExtractOperator(UseCaseOperator):
    """Stages the products that the run must look at, in batches; returns the batches' references.

    How far back it reads, and whether it reads all or some ISBNs, is the use case's decision (`reading`). Memory stays at
    one batch, whatever the size of the catalogue.
    """

    template_fields = ("consonance_conn_id",)

    def __init__(self, *, consonance_conn_id: str = "consonance_default", **kwargs: Any) -> None:
        """:param consonance_conn_id: Airflow connection of type `consonance`."""
        super().__init__(**kwargs)
        self.consonance_conn_id = consonance_conn_id

    def execute(self, context: "Context") -> list[dict[str, Any]]:
        """References (uri, count, sha256, size) of the staged batches."""
        from colophon_airflow.hooks.consonance import ConsonanceHook

        times, config = run_times(context), publisher_config()
        with open_ledger() as ledger:
            reading = self.decision().reading(params=context["params"], config=config, watermark=ledger.watermark, window_start=times.start)
        log.info("Reading products %s", reading)
        is_scheduled = times.start is not None
        with ConsonanceHook(self.consonance_conn_id, jitter=is_scheduled).client as client:
            pages = client.iter_products(since=reading.since, isbns=reading.isbns)
            records = (record for page in pages for record in page.records)
            batches = list(self._stage(records, config.limits.batch_size, context, times.as_of))
        summary("Extracted", {"products": sum(b.count for b in batches), "batches": len(batches), "bytes": sum(b.size for b in batches)})
        return [batch.model_dump() for batch in batches]

    def _stage(self, records: "Iterable[Product | Finding]", size: int, context: "Context", as_of: datetime) -> "Iterator[Batch]":
        from colophon.domain.lines import to_line

        staging, ti = open_staging(), context["ti"]
        folder = f"{self.use_case_id}/{as_of:%Y-%m-%d}/{_file_safe(ti.run_id)}/{ti.try_number}"
        lines = map(to_line, records)
        for number, chunk in enumerate(iter(lambda: list(islice(lines, size)), []), start=1):
            yield staging.write_lines(f"{folder}/products-{number:05d}.jsonl", chunk)


def _file_safe(run_id: str) -> str:
    return "".join(c if c.isalnum() or c in "-_." else "_" for c in run_id)


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
        from datetime import UTC
        from pathlib import Path

        from colophon.systems.consonance import sheets

        found = sheets.export(ledger, Path(self.sheet_folder), now=datetime.now(UTC))
        stays = [f"{left.row_id} {left.operation} {left.subject} stays: {left.fault}" for left in found.left_out]
        return [f"{path}: {count} write-backs to load" for path, count in found.sheets.items()] + stays
