"""The first task of the nightly metadata syndication: which products to look at, staged batch by batch, each with what rights say of it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from colophon_airflow.operators.base import UseCaseOperator, staged_lines
from colophon_airflow.operators.departures import Read, departed
from colophon_airflow.operators.supplement import SUPPLEMENT, read_supplement
from colophon_airflow.operators.task_log import log, summary
from colophon_airflow.run import run_times
from colophon_airflow.settings import open_ledger, publisher_config

if TYPE_CHECKING:
    from datetime import date

    from airflow.sdk import Context

    from colophon.domain.departed import Departed
    from colophon.domain.finding import Finding
    from colophon.domain.product import Product
    from colophon.ledger import Ledger
    from colophon.systems.consonance.client import ConsonanceClient
    from colophon.use_cases.xconnector.nights import Reading

Reference = dict[str, Any]
RIGHTS = "rights"
"""Where rights stand that this run plans by (XCom key), and of records that may close any title (destination of exceptions)."""
LACKING = "lacking"
"""Which ISBNs were asked for and not found, in words (XCom key)."""
READ = "read_by:xconnector__metadata_syndication"
"""Under which name the ledger remembers what the last run read that read everything: its batches, for rehearsals."""


def check_form(params: Mapping[str, Any]) -> None:
    """Before anything is read. Raises as the use case's `check_form`."""
    from colophon.use_cases.xconnector import nights

    nights.check_form(params, publisher_config())


class SyndicationExtractOperator(UseCaseOperator):
    """Stages the products that the run must look at, in batches; returns the batches' references, each with one to its `rights`.

    How far back it reads, and whether it reads all or some ISBNs, is the use case's decision (`reading`). A delta takes in the
    products that may be sold elsewhere than what was planned last said, though nobody edited them: a right began or ended. Where a
    recipient's profile was edited, which changes no product, all are read.
    Memory stays at one batch of products, and a line of rights for each product of the catalogue.
    """

    system = "consonance"
    template_fields: Sequence[str] = ("consonance_conn_id", "judged")

    def __init__(self, *, judged: Any, consonance_conn_id: str = "consonance_default", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.judged = judged
        self.consonance_conn_id = consonance_conn_id

    def execute(self, context: "Context") -> list[Reference]:
        """References (uri, count, sha256, size, rights) of the staged batches. Raises as the client, and as `_check_known`.

        :raises BadRecordError: all products were to be read, and there is none.
        """
        from colophon.errors import BadRecordError
        from colophon.use_cases.xconnector import nights
        from colophon.use_cases.xconnector.nights import not_found
        from colophon.use_cases.xconnector.turned import built_by
        from colophon_airflow.systems.consonance.hook import ConsonanceHook

        times, config, params = run_times(context), publisher_config(), context["params"]
        today = config.publisher.here(times.as_of).date()
        judged, products = self.judged[:] if self.judged else [], Read(today)
        with ConsonanceHook(self.consonance_conn_id, jitter=times.start is not None).sources() as (client, place), open_ledger() as ledger:
            marks = ledger.memory.watermark
            reading = nights.reading(params=params, config=config, watermark=marks, window_start=times.start, as_of=times.as_of)
            self._check_known(ledger, judged, context)
            names = [nights.mark(profile) for profile, _ in nights.watermarks(params, config, times.as_of)]
            beside, changed, supplement = read_supplement(self, context, ledger, client, place, [memory_of(name) for name in names])
            before = self._memories(ledger, context) if reading.since is not None else []
            turned = self._turned(before, judged, today) if before is not None else None
            if turned is None:
                reading, turned, before = nights.EVERYTHING, set(), []
            elif reading.since is not None:
                turned |= changed
            named = f"{len(reading.isbns)} ISBNs" if reading.isbns else f"what changed since {reading.since or 'ever'}"
            log.info("Reading %s, and %d products that change by themselves", named, len(turned))
            statuses = _by_subject(judged)
            records = chain(
                products.noting(beside(_read(client, reading, turned))), departed(ledger, client, judged, statuses, products, params)
            )
            batches, subjects = self._stage(context, records, statuses)
        if not batches and reading == nights.EVERYTHING:
            raise BadRecordError("no product was read", system="consonance", remedy="See why Consonance gives none; nothing was sent.")
        known = before or []
        kept = self._days_kept(known, products)
        now = {
            "on": today.isoformat(),
            "statuses": [entry["statuses"] for entry in judged],
            "days": [batch.model_dump() for batch in self.stage_batches(context, "days", [[*kept, *products.days]])],
            "whole": min([today.isoformat(), *(memory["whole"] for memory in known if reading != nights.EVERYTHING)]),
            "built_by": built_by(config),
            SUPPLEMENT: supplement,
        }
        context["ti"].xcom_push(key=RIGHTS, value=now)
        context["ti"].xcom_push(key=LACKING, value=not_found(reading.isbns, set(subjects)))
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
            ledger.exceptions.record(self.use_case_id, RIGHTS, None, found, as_of=run_times(context).as_of)
        if found:
            told = ", ".join(f"{finding.subject} ({finding.field})" for finding in found[:3])
            remedy = "Mend the records named, then clear the task; until then nothing goes to anybody."
            raise BadRecordError(f"what may close any title cannot be read: {told}", system="consonance", remedy=remedy)

    def _memories(self, ledger: "Ledger", context: "Context") -> list[Mapping[str, Any]] | None:
        """What was remembered when each recipient was last planned for; None: something is not known, so all is read."""
        from colophon.use_cases.xconnector import nights
        from colophon.use_cases.xconnector.turned import is_comparable

        config, as_of = publisher_config(), run_times(context).as_of
        today = config.publisher.here(as_of).date()
        names = [nights.mark(profile) for profile, _ in nights.watermarks(context["params"], config, as_of)]
        kept = {name: ledger.memory.get(memory_of(name)) for name in names}
        if any(found is None or not is_comparable(found[0], name, config, today) for name, found in kept.items()):
            return None
        return list({str(found[0]): found[0] for found in kept.values() if found}.values())

    def _turned(self, before: list[Mapping[str, Any]], judged: list[Reference], today: "date") -> set[str] | None:
        """ISBNs whose rights are not what they were when each recipient was last planned for, or whose day has come; None: all."""
        from datetime import date

        from colophon.blocks.use_case import channels
        from colophon.errors import StagingUnusableError
        from colophon.use_cases.xconnector.turned import turned_by_day, turned_by_rights

        config, turned = publisher_config(), set[str]()
        try:
            for memory in before:
                then = date.fromisoformat(memory["on"])
                now = staged_lines(entry["statuses"] for entry in judged)
                embargoes = config.embargoes.first_day_of_sale
                turned |= turned_by_rights(staged_lines(memory["statuses"]), then, now, today, channels(config), embargoes)
                due = turned_by_day(staged_lines(memory["days"]), then, today, config)
                if due is None:
                    return None
                turned |= due
        except StagingUnusableError as gone:
            log.warning("What was planned by cannot be had, so all products are read: %s", gone)
            return None
        return turned

    def _days_kept(self, before: list[Mapping[str, Any]], products: "Read") -> "Iterator[str]":
        """Days of products that this run does not read."""
        from colophon.use_cases.xconnector.change_days import without

        return without(staged_lines(before[0]["days"]), products.isbns) if before else iter(())

    def _stage(
        self, context: "Context", records: "Iterator[Product | Finding | Departed]", statuses: Mapping[str, str]
    ) -> tuple[list[Reference], list[str]]:
        """References to batches of products with their rights, and the products' subjects."""
        from colophon.domain.jsonl import to_line

        subjects: list[str] = []

        def lines() -> Iterator[str]:
            for record in records:
                subjects.append(record.subject)
                yield to_line(record)

        batches, left = self.stage(context, "products", lines()), iter(subjects)
        known = ([statuses[subject] for subject in islice(left, batch.count) if statuses.get(subject)] for batch in batches)
        rights = self.stage_batches(context, RIGHTS, known)
        return [{**batch.model_dump(), RIGHTS: of.model_dump()} for batch, of in zip(batches, rights, strict=True)], subjects


def memory_of(watermark: str) -> str:
    """Under which name the ledger remembers what was planned by, for a recipient's next night."""
    return f"rights_planned_by:{watermark}"


def _read(client: "ConsonanceClient", reading: "Reading", turned: set[str]) -> "Iterator[Product | Finding]":
    """What changed, or is named, and then those whose rights turned, each once."""
    seen: set[str] = set()
    for page in client.iter_products(since=reading.since, isbns=reading.isbns):
        for record in page.records:
            seen.add(record.subject)
            yield record
    left = sorted(isbn for isbn in turned if f"isbn:{isbn}" not in seen)
    for page in client.iter_products(isbns=left) if left else ():
        yield from page.records


def _by_subject(judged: list[Reference]) -> dict[str, str]:
    """Lines of statuses by subject; of two products with one ISBN neither is known, and its line is empty."""
    lines, first_value = dict[str, str](), json.JSONDecoder().raw_decode  # a line is an array: what stands behind its subject is long
    for line in staged_lines(entry["statuses"] for entry in judged):
        subject, _ = first_value(line, 1)
        lines[subject] = "" if subject in lines else line
    return lines
