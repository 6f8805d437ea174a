"""PN-8, pipeline monitor: managers hear when a title will miss its day, when titles pile up, and when rights are late; and when it is over.

What is wrong now is found anew in each run; the alarms remember what was said of it (`alarms`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.notices import Audience, Notice, address
from colophon.blocks.use_case import RIGHTS, UseCase
from colophon.config.calendars import Calendar, Calendars
from colophon.config.monitoring import PipelineMonitor
from colophon.domain.facts import Facts
from colophon.domain.product import Product
from colophon.domain.team import TeamMember, TeamRole
from colophon.domain.todo import Milestone, Todo
from colophon.launch.path import Work, first_day, pace, piles, windows, works_of
from colophon.onix.forms import form_of
from colophon.onix.territory import wish_in_codes
from colophon.use_cases.push.alarms import AlarmBook, Trouble
from colophon.use_cases.push.late_rights import ROWS, LateRights, Looked, late_trouble

MOST_NAMED = 10


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """What holds now of every trouble, to the managers; what was said and has passed is taken back."""
    rules, today = context.config.pipeline_monitor, context.as_of.date()
    products = {product.isbn13: product for product in facts.records(Product) if product.isbn13}
    works = works_of(facts.records(Product), facts.records(Todo))
    calendars = context.config.calendars
    takes = pace(facts.records(Todo), rules, calendars.of(None))

    def is_over(subject: str, stage: str) -> bool:
        kind, _, number = subject.partition("/")[0].partition(":")
        work = works.get(int(number)) if kind == "work" else None
        return kind == "work" and (work is None or not work.products or work.is_done(stage))

    book = AlarmBook(context.memory, rules.alarms, context.as_of, is_over)
    troubles = [trouble for work in works.values() for trouble in _late(work, rules, today, calendars.of(work.imprint), takes)]
    troubles += _piled(works, rules, today, calendars, book)
    troubles += [late_trouble(late, products.get(late.isbn13), today) for late in facts.records(LateRights)]
    notices = [_with_those_above(notice, rules) for notice in book.notices({trouble.subject: trouble for trouble in troubles})]
    records = {f"work:{key}" for key in works} | {f"isbn:{isbn}" for looked in facts.records(Looked, ()) for isbn in looked.isbns}
    audience = Audience(rules.roles, rules.desk, rules.digest_above, keeps_hours=True)
    records |= {subject.partition("/")[0] for subject in book.memory}
    plan = address(notices, facts.records(TeamMember, ()), audience, context, use_case=CASE.id, records=records)
    return replace(plan, memory=book.memory)


def _with_those_above(notice: Notice, rules: PipelineMonitor) -> Notice:
    """The people whom it names hear as managers do: by a stand-in while they are away."""
    above = ((TeamRole.MANAGER, notice.people),) if notice.people else ()
    return replace(notice, people=(), posts=(*((role, ()) for role in rules.roles), *above))


def _late(work: Work, rules: PipelineMonitor, today: date, calendar: Calendar, takes: Mapping[Milestone, int]) -> Iterator[Trouble]:
    """The formats of a work that do not come out in time, as one trouble."""
    late = windows(work, rules, today, calendar, takes)
    if not late:
        return
    worst = late[0]
    yield Trouble(
        subject=f"work:{work.id}/window",
        state=f"{worst.state}/{','.join(sorted({window.on.isoformat() for window in late}))}",
        work_id=work.id,
        kind="release_window",
        fields={
            "title": work.title,
            "state": worst.state,
            "published": worst.on,
            "formats": [
                {"form": form_of(each.product).code, "published": each.on, "places": wish_in_codes(each.product)} for each in late[:4]
            ],
            "held_at": worst.held.description if worst.held else "",
            "owner": (worst.held.assignee_name or "") if worst.held else "",
        },
        title=work.title,
        stage=str(worst.held.milestone) if worst.held else "",
        data={"state": worst.state, "work": str(work.id), "publication": worst.on.isoformat()},
        people=rules.escalate_to if worst.state == "has_missed" else (),
    )


def _piled(works: Mapping[int, Work], rules: PipelineMonitor, today: date, calendars: Calendars, book: AlarmBook) -> Iterator[Trouble]:
    """Stages where too many titles wait; one that was told of is over only when clearly fewer do."""
    for stage, waiting in piles(works.values(), rules, today, calendars).items():
        subject = f"stage:{stage}/bottleneck"
        most = rules.bottleneck.clears_at if book.is_raised(subject) else rules.bottleneck.titles
        if len(waiting) > most:
            worst = [{"title": work.title, "days": days, "published": first_day(work.products)} for days, work in waiting[:MOST_NAMED]]
            yield Trouble(
                subject=subject,
                state="piled",
                work_id=0,
                kind="bottleneck",
                fields={"stage": str(stage), "count": len(waiting), "days": rules.bottleneck.working_days, "titles": worst},
                stage=str(stage),
                data={"stage": str(stage), "count": str(len(waiting))},
            )


CASE = UseCase(
    id="push__pipeline_monitor",
    reads=(Todo, Product, Looked, LateRights),
    gains=(TeamMember,),
    upstream=RIGHTS,
    staged=ROWS.facts,
    decide=decide,
    backfill="silent",
    reads_all=True,
    tells_people=True,
    systems=("opentext_push", "people"),
)
