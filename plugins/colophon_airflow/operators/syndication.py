"""Operators of the nightly metadata syndication: which products to look at, each with what rights say of it."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from colophon_airflow.operators.base import UseCaseOperator, log, staged_lines, summary
from colophon_airflow.operators.plan import HandOverOperator
from colophon_airflow.run import run_times
from colophon_airflow.settings import open_ledger, publisher_config

if TYPE_CHECKING:
    from airflow.sdk import Context

    from colophon.domain.finding import Finding
    from colophon.domain.product import Product
    from colophon.ledger import Ledger
    from colophon.systems.consonance.client import ConsonanceClient

Reference = dict[str, Any]
RIGHTS = "rights"
"""Where rights stand that this run plans by (XCom key), and of records that may close any title (destination of exceptions)."""


class SyndicationExtractOperator(UseCaseOperator):
    """Stages the products that the run must look at, in batches; returns the batches' references, each with one to its `rights`.

    How far back it reads, and whether it reads all or some ISBNs, is the use case's decision (`reading`). A delta takes in the
    products that may be sold elsewhere than what was planned last said, though nobody edited them: a right began or ended.
    Memory stays at one batch of products, and a line of rights for each product of the catalogue.
    """

    template_fields: Sequence[str] = ("consonance_conn_id", "judged")

    def __init__(self, *, judged: Any, consonance_conn_id: str = "consonance_default", **kwargs: Any) -> None:
        """:param judged: results of all judge tasks. :param consonance_conn_id: Airflow connection of type `consonance`."""
        super().__init__(**kwargs)
        self.judged = judged
        self.consonance_conn_id = consonance_conn_id

    def execute(self, context: "Context") -> list[Reference]:
        """References (uri, count, sha256, size, rights) of the staged batches. Raises as the client, and as `_check_known`."""
        from colophon_airflow.hooks.consonance import ConsonanceHook

        times, config, params = run_times(context), publisher_config(), context["params"]
        judged = self.judged[:] if self.judged else []
        with open_ledger() as ledger:
            reading = self.decision().reading(params=params, config=config, watermark=ledger.watermark, window_start=times.start)
            self._check_known(ledger, judged, context)
            turned = self._turned(ledger, judged, context) if reading.since is not None else set()
        since, isbns = (reading.since, reading.isbns) if turned is not None else (None, None)
        log.info("Reading products %s, and %s whose rights turned", reading, "all" if turned is None else len(turned))
        with ConsonanceHook(self.consonance_conn_id, jitter=times.start is not None).client as client:
            records = _read(client, since, isbns, turned or set())
            batches = self._stage(context, records, _by_subject(judged))
        now = {"on": times.as_of.date().isoformat(), "standings": [entry["standings"] for entry in judged]}
        context["ti"].xcom_push(key=RIGHTS, value=now)
        counts = {"products": sum(b["count"] for b in batches), "batches": len(batches), "bytes": sum(b["size"] for b in batches)}
        summary("Extracted", counts)
        return batches

    def _check_known(self, ledger: "Ledger", judged: list[Reference], context: "Context") -> None:
        """Whether rights can be judged at all: what may close any title is an exception of its own, and not one for each title.

        :raises BadRecordError: they cannot; nothing new is offered, nothing is said to be closed, and no watermark moves.
        """
        from colophon.domain.finding import Finding
        from colophon.errors import BadRecordError

        found = [Finding.model_validate_json(line) for line in dict.fromkeys(line for entry in judged for line in entry["unknown"])]
        if not context["params"].get("dry_run"):
            ledger.record_findings(self.use_case_id, RIGHTS, None, found, as_of=run_times(context).as_of)
        if found:
            told = ", ".join(f"{finding.subject} ({finding.field})" for finding in found[:3])
            remedy = "Mend the records named, then clear the task; until then nothing goes to anybody."
            raise BadRecordError(f"what may close any title cannot be read: {told}", system="consonance", remedy=remedy)

    def _turned(self, ledger: "Ledger", judged: list[Reference], context: "Context") -> set[str] | None:
        """ISBNs whose rights are not what they were when each recipient was last planned for; None: unknown, so all."""
        from datetime import date

        from colophon.errors import StagingUnusableError

        decision, config, as_of = self.decision(), publisher_config(), run_times(context).as_of
        kept = [ledger.get(_memory(name)) for name, _ in decision.watermarks(context["params"], config, as_of)]
        channels = decision.channels(None, config.recipients)
        turned: set[str] = set()
        for before in {str(one and one[0]): one and one[0] for one in kept}.values():
            if before is None:
                return None
            now = staged_lines(entry["standings"] for entry in judged)
            try:
                turned |= decision.turned(staged_lines(before["standings"]), date.fromisoformat(before["on"]), now, as_of.date(), channels)
            except StagingUnusableError as gone:
                log.warning("What rights were cannot be had, so all products are read: %s", gone)
                return None
        return turned

    def _stage(self, context: "Context", records: "Iterator[Product | Finding]", standings: dict[str, str]) -> list[Reference]:
        from colophon.domain.lines import to_line

        subjects: list[list[str]] = []

        def parts() -> Iterator[list[str]]:
            while part := list(islice(records, publisher_config().limits.batch_size)):
                subjects.append([record.subject for record in part])
                yield [to_line(record) for record in part]

        batches = self.stage_batches(context, "products", parts())
        known = ([standings[subject] for subject in part if subject in standings] for part in subjects)
        rights = self.stage_batches(context, RIGHTS, known)
        return [{**batch.model_dump(), RIGHTS: of.model_dump()} for batch, of in zip(batches, rights, strict=True)]


class SyndicationHandOverOperator(HandOverOperator):
    """The same as its base; and remembers the rights that were planned by, for the next delta to compare with."""

    def execute(self, context: "Context") -> list[str]:
        """See the class."""
        destinations = super().execute(context)
        rights, as_of = context["ti"].xcom_pull(task_ids="extract", key=RIGHTS), run_times(context).as_of
        if destinations and rights:
            with open_ledger() as ledger:
                for name, moment in self.decision().watermarks(context["params"], publisher_config(), as_of):
                    kept = ledger.get(_memory(name))
                    if kept is None or kept[1] <= moment:
                        ledger.put(_memory(name), rights, moment)
        return destinations


def _memory(watermark: str) -> str:
    return f"rights_planned_by:{watermark}"


def _read(client: "ConsonanceClient", since: Any, isbns: Any, turned: set[str]) -> "Iterator[Product | Finding]":
    """What changed, or is named, and then those whose rights turned, each once."""
    seen: set[str] = set()
    for page in client.iter_products(since=since, isbns=isbns):
        for record in page.records:
            seen.add(record.subject)
            yield record
    left = sorted(isbn for isbn in turned if f"isbn:{isbn}" not in seen)
    for page in client.iter_products(isbns=left) if left else ():
        yield from page.records


def _by_subject(judged: list[Reference]) -> dict[str, str]:
    """Lines of standings by subject; of two products with one ISBN neither is known."""
    import json

    found: dict[str, str] = {}
    twice: set[str] = set()
    for line in staged_lines(entry["standings"] for entry in judged):
        subject = json.loads(line)[0]
        if found.setdefault(subject, line) is not line:
            twice.add(subject)
    return {subject: line for subject, line in found.items() if subject not in twice}
