"""PN-3, metadata exceptions: the metadata specialist hears of faults in titles that are about to go out, before and as the nightly feed finds them.

The nightly feed's own decision says what is wrong (XC-1, asked and not acted on), under its ids; of titles that have not changed since,
what it keeps back stands in the ledger. A fault is told when it is new; from the next day on it stands in its person's daily digest.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from pydantic import TypeAdapter

from colophon import environment
from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.notices import Audience, Notice, address
from colophon.blocks.use_case import RIGHTS, UseCase
from colophon.config.monitoring import MetadataExceptions
from colophon.domain.facts import Facts
from colophon.domain.finding import Finding, Severity
from colophon.domain.product import Product
from colophon.domain.team import TeamMember, TeamRole
from colophon.ledger.findings import OpenException
from colophon.quality.catalogue import catalogue

MOST_FAULTS = 6


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


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """New faults of each title as one notice, those of earlier days in one digest for each person; what is mended is forgotten."""
    rules, today = context.config.metadata_exceptions, context.as_of.date()
    memory = _remembered(facts, context)
    team = [*facts.records(TeamMember, ()), *_imprint_desks(memory, facts.records(TeamMember, ()), rules, today)]
    records = {f"{subject}/{what}" for subject in {*memory, *context.memory} for what in ("faults", "open")}
    news, still_open = Audience(rules.roles, rules.desk, rules.digest_above, digest_kind="faults_digest"), list[tuple[str, Notice]]()
    notices = list[Notice]()
    for subject, row in memory.items():
        for since, faults in _by_since(row).items():
            if datetime.fromisoformat(since).date() == today:
                notices.append(_notice(subject, row, faults, f"faults/{since}", "metadata_faults", 0))
            else:
                days = (today - datetime.fromisoformat(since).date()).days
                still_open.append((since, _notice(subject, row, faults, f"open/{today}/{since}", "open_faults", days)))
        notices += _mended(subject, row) if rules.all_clear else ()
    plan = address(notices, team, news, context, use_case=CASE.id, records=records)
    daily = news._replace(digest_above=0, digest_kind="open_faults_digest")
    oldest_first = [notice for _, notice in sorted(still_open, key=lambda pair: (pair[0], pair[1].subject))]
    plan |= address(oldest_first, team, daily, context, use_case=CASE.id, records=records)
    return replace(plan, memory=memory)


def _remembered(facts: Facts, context: DecisionContext) -> dict[str, Any]:
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


def _by_since(row: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Faults that are worth telling, by when they began to be."""
    groups = defaultdict[str, list[dict[str, Any]]](list)
    for _, fault in sorted(row["faults"].items()):
        if fault["since"]:
            groups[fault["since"]].append(fault)
    return groups


def _notice(subject: str, row: Mapping[str, Any], faults: Sequence[Mapping[str, Any]], what: str, kind: str, days: int) -> Notice:
    blocks = sorted({name for fault in faults for name in fault["blocks"]})
    return Notice(
        subject=f"{subject}/{what}",
        occurrence="once",
        work_id=row["work_id"] or 0,
        kind=kind,
        fields={
            "title": row["title"],
            "isbn": row["isbn13"],
            "count": len(faults),
            "faults": [{name: fault[name] for name in ("rule", "field", "found", "expected")} for fault in faults[:MOST_FAULTS]],
            "blocks": ", ".join(blocks),
            "days": days,
        },
        data={"kind": kind, "isbn": row["isbn13"], "rules": " ".join(fault["rule"] for fault in faults[:40])},
        labels={"isbn": row["isbn13"], "cause": ", ".join(f"{fault['field']} ({fault['rule']})" for fault in faults[:MOST_FAULTS])},
    )


def _mended(subject: str, row: Mapping[str, Any]) -> Iterator[Notice]:
    """All that was told of at one time is mended."""
    for since in row["mended"]:
        yield Notice(
            subject=f"{subject}/faults/{since}",
            occurrence="mended",
            work_id=row["work_id"] or 0,
            kind="all_clear",
            fields={"title": row["title"], "stage": "", "trouble": "metadata_faults"},
            data={"kind": "all_clear", "isbn": row["isbn13"]},
            is_all_clear=True,
        )


def _imprint_desks(memory: Mapping[str, Any], team: Iterable[TeamMember], rules: MetadataExceptions, today: date) -> Iterator[TeamMember]:
    """Who stands for a role at the imprint's desk, for titles of which nobody has it."""
    named = {(member.work_id, member.role) for member in team if member.is_on(today)}
    for work_id, imprint in {(row["work_id"], row["imprint"]) for row in memory.values() if row["work_id"]}:
        for role in rules.roles:
            if (work_id, role) not in named:
                yield from (_at_desk(work_id, role, contact_id) for contact_id in rules.imprint_desks.get(imprint or "", ()))


def _at_desk(work_id: int, role: TeamRole, contact_id: int) -> TeamMember:
    return TeamMember(id=None, revision=None, updated_at=None, work_id=work_id, role=role, contact_id=contact_id)


def to_lines(titles: Iterable[Title]) -> Iterator[str]:
    """Titles as lines of a staged batch."""
    return (_TITLE.dump_json(title).decode() for title in titles)


def staged(lines: Iterable[str]) -> Facts:
    """The titles of all batches."""
    return Facts.known({Title: [_TITLE.validate_json(line) for line in lines]}, source="rehearsal", as_of=environment.now())


_TITLE: TypeAdapter[Title] = TypeAdapter(Title)

CASE = UseCase(
    id="push__metadata_exceptions",
    reads=(Title, KeptBack),
    gains=(TeamMember,),
    upstream=(Product, *RIGHTS[1:]),
    staged=staged,
    decide=decide,
    backfill="silent",
    tells_people=True,
    systems=("opentext_push", "people", "recipients"),
)
