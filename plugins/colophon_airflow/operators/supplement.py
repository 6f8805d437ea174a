"""The supplement in the nightly metadata syndication: read, compared with what it said last, and kept for the next comparison."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from colophon_airflow.operators.base import UseCaseOperator, staged_lines
from colophon_airflow.operators.task_log import log
from colophon_airflow.run import run_times

if TYPE_CHECKING:
    from airflow.sdk import Context

    from colophon.domain.finding import Finding
    from colophon.domain.product import Product
    from colophon.domain.supplement import Supplement
    from colophon.ledger import Ledger
    from colophon.systems.consonance.client import ConsonanceClient
    from colophon.systems.consonance.reports.store import ReportStore

    Beside = Callable[[Iterable[Product | Finding]], Iterator[Product | Finding]]

Reference = dict[str, Any]
SUPPLEMENT = "supplement"
"""Name of its staged rows, and destination of exceptions about them."""
WORDS = "portal_words"
"""Name of the staged words of the portal, which stand over its rows."""


def read_supplement(
    operator: UseCaseOperator,
    context: "Context",
    ledger: "Ledger",
    client: "ConsonanceClient",
    place: "ReportStore | None",
    memories: Sequence[str],
) -> "tuple[Beside, set[str], list[Reference]]":
    """What puts the supplement beside products, the ISBNs of which it says something else than last, and where it is kept.

    A supplement that was there and is gone, or cannot be read, holds as it was last: nothing falls out of a record by that.

    Words of the portal stand over the supplement's, for the portal owns them.

    :param memories: names of what the ledger remembers of earlier runs.
    """
    from colophon.domain.finding import Finding
    from colophon.systems.fourallportal.words import words_of
    from colophon.use_cases.xconnector import supplements

    both = [found[0].get(SUPPLEMENT) or [] for name in memories if (found := ledger.memory.get(name))]
    remembered = [[each for each in references if WORDS not in each["uri"]] for references in both]
    rows, trouble = _rows(place)
    if rows is None and any(remembered):
        trouble = trouble or "it is gone; what it said last holds"
    findings = [row for row in rows or () if isinstance(row, Finding)] + ([supplements.missing(trouble)] if trouble else [])
    if not context["params"].get("dry_run"):
        ledger.exceptions.record(operator.use_case_id, SUPPLEMENT, None, findings, as_of=run_times(context).as_of)
    before = [_kept(references) for references in remembered]
    if rows is None:
        lines, kept = next((pair for pair in zip(before, remembered, strict=True) if pair[0]), ({}, []))
    else:
        told = [supplements.to_line(row) for row in rows if not isinstance(row, Finding)]
        lines = supplements.by_subject(told)
        kept = [batch.model_dump() for batch in operator.stage_batches(context, SUPPLEMENT, [told])] if told else []
    changed: set[str] = set().union(*(supplements.changed(earlier, lines) for earlier in before))
    words = supplements.by_subject(supplements.to_line(row) for row in words_of(ledger.memory).values() if row.isbn13)
    for references in both:
        changed |= supplements.changed(_kept([each for each in references if WORDS in each["uri"]]), words)
    kept = [*kept, *(batch.model_dump() for batch in operator.stage_batches(context, WORDS, [words.values()]) if words)]
    lines = supplements.with_words(lines, words)
    others = sorted(supplements.named(lines.values()))
    ours = (record for page in client.iter_products(isbns=others) for record in page.records) if others else ()
    return supplements.beside(lines, supplements.unannounced(ours)), changed, kept


def _rows(place: "ReportStore | None") -> "tuple[list[Supplement | Finding] | None, str]":
    """Rows, and why there are none; None where there is no supplement now."""
    from colophon.errors import BadReportError, NotReadyError

    if place is None or not place.has_files:
        return None, ""
    try:
        report = place.reports.supplement()
        if report is None:
            return None, ""
        with report:
            return list(report), ""
    except (BadReportError, NotReadyError) as problem:
        log.warning("The supplement cannot be read, and what it said last holds: %s", problem)
        return None, problem.sentence


def _kept(references: list[Reference]) -> dict[str, str]:
    """Rows as they were kept; none where they cannot be had any more."""
    from colophon.errors import StagingUnusableError
    from colophon.use_cases.xconnector import supplements

    try:
        return supplements.by_subject(staged_lines(references))
    except StagingUnusableError as gone:
        log.warning("What the supplement was cannot be had: %s", gone)
        return {}
