"""PN-8, pipeline monitor: managers hear when a title will miss its day, when titles pile up, and when rights are late; and when it is over.

What is wrong now is found anew in each run; the alarms remember what was said of it (`alarms`).
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.notices import Audience, address
from colophon.blocks.use_case import RIGHTS, UseCase
from colophon.config.monitoring import PipelineMonitor
from colophon.domain.facts import Facts
from colophon.domain.product import Product
from colophon.domain.team import TeamMember
from colophon.domain.todo import Todo
from colophon.onix.forms import form_of
from colophon.use_cases.push.alarms import AlarmBook, Trouble
from colophon.use_cases.push.late_rights import LateRights, Looked, staged
from colophon.use_cases.push.release_window import Window, Work, day_of, piles, windows, works_of

MOST_NAMED, MOST_CODES = 10, 8
_FORMS = {"BB": "hardback", "BC": "paperback", "EA": "e-book", "ED": "e-book", "AJ": "audio download", "AC": "audio CD"}


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """What holds now of every trouble, to the managers; what was said and has passed is taken back."""
    rules, today = context.config.pipeline_monitor, context.as_of.date()
    products = {product.isbn13: product for product in facts.records(Product) if product.isbn13}
    works = works_of(facts.records(Product), facts.records(Todo))
    names = {work.id: work.title for work in works.values()}

    def is_over(subject: str, stage: str) -> bool:
        kind, _, number = subject.partition("/")[0].partition(":")
        work = works.get(int(number)) if kind == "work" else None
        return kind == "work" and (work is None or not work.products or work.is_done(stage))

    book = AlarmBook(context.memory, rules.alarms, context.as_of, is_over)
    troubles = [trouble for work in works.values() for trouble in _late(work, rules, today)]
    troubles += _piled(works, rules, today, book)
    troubles += [_without_rights(late, products.get(late.isbn13), today) for late in facts.records(LateRights)]
    notices = list(book.notices({trouble.subject: trouble for trouble in troubles}))
    records = {f"work:{key}" for key in names} | {f"isbn:{isbn}" for looked in facts.records(Looked, ()) for isbn in looked.isbns}
    audience = Audience(rules.roles, rules.desk, rules.digest_above)
    records |= {subject.partition("/")[0] for subject in book.memory}
    plan = address(notices, facts.records(TeamMember, ()), audience, context, use_case=CASE.id, records=records)
    return replace(plan, memory=book.memory)


def _late(work: Work, rules: PipelineMonitor, today: date) -> Iterator[Trouble]:
    """The formats of a work that do not come out in time, as one trouble."""
    late = windows(work, rules, today)
    if not late:
        return
    worst = late[0]
    held = f" Held at: {worst.held.description[:60]}, with {worst.held.assignee_name or 'nobody yet'}." if worst.held else ""
    yield Trouble(
        subject=f"work:{work.id}/window",
        state=f"{worst.state}/{','.join(sorted({window.on.isoformat() for window in late}))}",
        name=f"{work.title[:60]}: release window",
        work_id=work.id,
        title=f"{work.title[:60]}: {_says(worst)}",
        body=f"{'; '.join(_format(window.product, window.on) for window in late[:4])}.{held}",
        data={"kind": "release_window", "state": worst.state, "work": str(work.id), "publication": worst.on.isoformat()},
        people=rules.escalate_to if worst.state == "missed" else (),
        stage=str(worst.held.milestone) if worst.held else "",
    )


def _says(window: Window) -> str:
    return {"missed": "has missed", "will miss": "will miss", "at risk": "may miss"}[window.state] + f" {_day(window.on)}"


def _piled(works: Mapping[int, Work], rules: PipelineMonitor, today: date, book: AlarmBook) -> Iterator[Trouble]:
    """Stages where too many titles wait; one that was told of is over only when clearly fewer do."""
    for stage, waiting in piles(works.values(), rules, today).items():
        subject, words = f"stage:{stage}/bottleneck", stage.replace("_", " ")
        most = rules.bottleneck.clears_at if book.is_raised(subject) else rules.bottleneck.titles
        if len(waiting) > most:
            named = "; ".join(f"{work.title[:40]} ({days}, {_days_of(work)})" for days, work in waiting[:MOST_NAMED])
            yield Trouble(
                subject=subject,
                state="piled",
                name=f"titles wait for {words}",
                work_id=0,
                title=f"{len(waiting)} titles wait for {words}",
                body=f"Each for more than {rules.bottleneck.working_days} working days, these for longest (days, comes out): {named}.",
                data={"kind": "bottleneck", "stage": str(stage), "count": str(len(waiting))},
            )


def _without_rights(late: LateRights, product: Product | None, today: date) -> Trouble:
    """A product that comes out soon and may not be sold somewhere."""
    what = " ".join((*late.territories, *late.records))
    records = ", ".join(record.replace(":", " ") for record in late.records[:4] if not record.startswith("isbn:")) or "no contract"
    return Trouble(
        subject=f"isbn:{late.isbn13}/rights",
        state=f"{late.on}/{hashlib.sha256(what.encode()).hexdigest()[:12]}",
        name=f"{late.title[:60]}: rights",
        work_id=late.work_id,
        title=f"{late.title[:60]}: rights missing in {_codes(late.territories, 3)}",
        body=f"{_format(product, late.on) if product else _day(late.on)}, in {(late.on - today).days} days. "
        f"Not to be sold in {_codes(late.territories, MOST_CODES)}: {late.why[:200]} ({records}).",
        data={"kind": "late_rights", "isbn": late.isbn13, "territories": " ".join(late.territories[:60]), "publication": late.on.isoformat()},
    )


def _format(product: Product, on: date) -> str:
    """A format with its day and where it is for sale."""
    form = form_of(product).code
    places = "worldwide" if product.is_for_sale_worldwide else _codes(product.for_sale, MOST_CODES)
    without = f" without {_codes(product.not_for_sale, MOST_CODES)}" if product.not_for_sale else ""
    return f"{_FORMS.get(form, f'format {form}')} {_day(on)}, {places or 'no territory'}{without}"


def _days_of(work: Work) -> str:
    return _day(min(day for product in work.products if (day := day_of(product))))


def _codes(codes: tuple[str, ...], most: int) -> str:
    return ", ".join(codes[:most]) + (f" and {len(codes) - most} more" if len(codes) > most else "")


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


CASE = UseCase(
    id="push__pipeline_monitor",
    reads=(Todo, Product, Looked, LateRights),
    gains=(TeamMember,),
    upstream=RIGHTS,
    staged=staged,
    decide=decide,
    backfill="silent",
    reads_all=True,
    tells_people=True,
    systems=("opentext_push", "people"),
)
