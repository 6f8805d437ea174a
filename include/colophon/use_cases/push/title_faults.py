"""PN-3: the titles that the nightly feed would look at, what is wrong with each, and since when somebody has to hear of it. Pure."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from colophon.blocks.decision import DecisionContext
from colophon.blocks.staged_rows import StagedRows
from colophon.config.monitoring import MetadataExceptions
from colophon.domain.facts import Facts
from colophon.domain.finding import Finding, Severity
from colophon.domain.product import Product
from colophon.ledger.findings import OpenException
from colophon.quality.catalogue import catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """A title as the nightly feed would judge it now, with all that is wrong; `published` is its day."""

    subject: str
    isbn13: str
    title: str
    work_id: int
    imprint: str
    published: date | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class KeptBack:
    """What the nightly feed keeps back by what it has decided so far."""

    rows: tuple[OpenException, ...]


def titles_of(products: Iterable[Product], findings: Iterable[Finding], judged: Collection[str]) -> list[Title]:
    """What was judged, with what is wrong with each; of records that cannot be read nothing but that is known."""
    by_subject, known = defaultdict[str, list[Finding]](list), {product.subject: product for product in products}
    for finding in findings:
        by_subject[finding.subject].append(finding)
    return [_title(subject, known.get(subject), by_subject[subject]) for subject in sorted({*known, *judged, *by_subject})]


def _title(subject: str, product: Product | None, findings: Sequence[Finding]) -> Title:
    about = next((finding.about for finding in findings if finding.about), "")
    return Title(
        subject=subject,
        isbn13=(product.isbn13 or "") if product else subject.partition("isbn:")[2],
        title=product.title if product else subject,
        work_id=product.work_id if product else int(about.removeprefix("work:") or 0),
        imprint=(product.imprint or "") if product else "",
        published=(product.publication_on or product.planned_publication_on) if product else None,
        findings=tuple(findings),
    )


def remembered(facts: Facts, context: DecisionContext) -> dict[str, Any]:
    """Every title with a fault: what was remembered, with what is so now. `since`: when a fault was first worth telling; None: it is not."""
    rules, now, today = context.config.metadata_exceptions, context.as_of.isoformat(), context.as_of.date()
    titles = {title.subject: title for title in facts.records(Title)}
    kept = _faults_of_ledger(facts.records(KeptBack), context.config.recipients)
    memory = dict[str, Any]()
    for subject in sorted({*context.memory, *titles, *kept}):
        before, title = context.memory.get(subject, {}), titles.get(subject)
        row = {**_about(subject, title, before), "faults": {}, "mended": before.get("mended", {})}
        known = before.get("faults", {})
        faults = _faults(title, rules) if title else {**_completeness(known), **kept.get(subject, {})}
        for key, fault in faults.items():
            since = known.get(key, {}).get("since") or now
            row["faults"][key] = {**fault, "since": since if _is_worth_telling(fault, row, rules, today) else None}
        gone = {fault["since"] for fault in known.values() if fault["since"]} - {fault["since"] for fault in row["faults"].values()}
        row["mended"] = {since: at for since, at in {**dict.fromkeys(gone, now), **row["mended"]}.items() if at[:10] == now[:10]}
        if row["faults"] or row["mended"]:
            memory[subject] = row
    return memory


def _about(subject: str, title: Title | None, before: Mapping[str, Any]) -> dict[str, Any]:
    if title is None:
        names = ("isbn13", "title", "work_id", "imprint", "published")
        return {name: before.get(name) for name in names} if before else _about(subject, _title(subject, None, ()), {})
    published = title.published.isoformat() if title.published else None
    about = {"isbn13": title.isbn13, "title": title.title, "work_id": title.work_id}
    return {**about, "imprint": title.imprint, "published": published}


def _faults(title: Title, rules: MetadataExceptions) -> dict[str, dict[str, Any]]:
    """Faults of a title by rule and field, each with the recipients that it is kept from."""
    faults = dict[str, dict[str, Any]]()
    for finding in title.findings:
        if finding.severity is Severity.ERROR or (finding.severity is Severity.COMPLETENESS and rules.from_days(finding.rule)):
            fault = faults.setdefault(f"{finding.rule}/{finding.field}", _fault(finding))
            fault["blocks"] = sorted({*fault["blocks"], *([finding.blocks] if finding.severity is Severity.ERROR else [])} - {""})
    return faults


def _faults_of_ledger(kept: Iterable[KeptBack], recipients: Collection[str]) -> dict[str, dict[str, dict[str, Any]]]:
    """The same of what the nightly feed has kept back, by subject."""
    known, faults = {rule.id for rule in catalogue()}, defaultdict[str, dict[str, dict[str, Any]]](dict)
    for row in (row for each in kept for row in each.rows):
        if row.rule in known and row.destination in recipients:
            fault = faults[row.subject].setdefault(f"{row.rule}/{row.field}", _fault(row))
            fault["blocks"] = sorted({*fault["blocks"], row.destination})
    return faults


def _fault(told: Finding | OpenException) -> dict[str, Any]:
    return {"rule": told.rule, "field": told.field, "found": told.found, "expected": told.expected, "blocks": []}


def _completeness(known: Mapping[str, Any]) -> dict[str, Any]:
    """Faults that keep nothing back: no ledger has them, and they stand until the title is judged again."""
    return {key: fault for key, fault in known.items() if not fault["blocks"]}


def _is_worth_telling(fault: Mapping[str, Any], row: Mapping[str, Any], rules: MetadataExceptions, today: date) -> bool:
    """Whatever keeps a title back; what is incomplete from so many days before publication on."""
    if fault["blocks"]:
        return True
    days = rules.from_days(fault["rule"])
    return days is not None and bool(row["published"]) and 0 <= (date.fromisoformat(row["published"]) - today).days <= days


TITLES = StagedRows(Title, source="rehearsal")
