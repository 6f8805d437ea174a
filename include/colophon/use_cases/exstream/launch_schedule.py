"""When a title's launch is told of to whom, as plans say; and what is true of it for somebody who was told a date."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from colophon.blocks.decision import DecisionContext
from colophon.config.calendars import YEARS
from colophon.config.launch_plans import LaunchPlan, PlanStep
from colophon.domain.facts import Facts
from colophon.domain.launch import Launch
from colophon.domain.product import Product
from colophon.domain.todo import Todo
from colophon.launch.done import held_works, reached
from colophon.rights.atlas import Atlas
from colophon.use_cases.exstream.letter_titles import Title, titles
from colophon.use_cases.exstream.partner_views import is_offered, reached_by

CANCELLED, POSTPONED = "cancelled", "postponed"
"""What stands in the place of a date where a title does not come out, or on no day that is known."""
ENDED = frozenset({"01", "05", "07", "08", "11", "15", "17"})
"""Publishing statuses (List 64) of what does not come out any more."""


class House(NamedTuple):
    """What a run goes by."""

    products: Mapping[int, list[Product]]
    titles: Mapping[int, Title]
    held: frozenset[int]
    stages: Collection[tuple[int, Any]]
    atlas: Atlas
    context: DecisionContext


def house_of(facts: Facts, context: DecisionContext) -> House:
    """The titles of a run, with what holds them."""
    by_work = defaultdict[int, list[Product]](list)
    for product in facts.records(Product):
        by_work[product.work_id].append(product)
    held = held_works(facts.records(Launch, ()))
    stages = reached(facts.records(Todo, ()), context.as_of.date())
    return House(by_work, titles(facts.records(Product), context), held, stages, Atlas.load(context.config.publisher.code_lists), context)


class Due(NamedTuple):
    """A step of a plan for a title: its day by the title's date."""

    step: PlanStep
    version: str
    title: Title
    products: list[Product]
    day: date
    due_on: date

    @property
    def scope(self) -> str:
        """The formats that it is about, empty: all."""
        return "+".join(self.step.formats)


def schedule(house: House, plans: Iterable[LaunchPlan]) -> Iterator[Due]:
    """Every step of some plans, past and to come, of titles that come out and are not on hold."""
    today = house.context.as_of.date()
    for plan in plans:
        for work_id, title in house.titles.items():
            if work_id in house.held or (plan.imprints and title.imprint not in plan.imprints):
                continue
            for step in plan.steps:
                products = _products(house, work_id, step.formats)
                day = _day(products, today - timedelta(days=plan.until))
                if day is not None and (step.after is None or (work_id, step.after) in house.stages):
                    yield Due(step, plan.version, title, products, day, day + timedelta(days=step.at))


def is_useful(step: PlanStep, late: int, day: date, today: date) -> bool:
    """Whether it may go still, so many days after its own."""
    if late > step.max_late or (step.at < 0 and today >= day):
        return False
    return late <= step.grace or step.late != "skip"


def true_now(house: House, work_id: int, formats: tuple[str, ...], told: str) -> str:
    """What is true now for somebody who was told a date, or that there is none."""
    today, plans = house.context.as_of.date(), house.context.config.launch_plans.values()
    statuses = {product.publishing_status for product in house.products.get(work_id, ()) if not formats or product.form_code in formats}
    if statuses == {"01"}:
        return CANCELLED
    coming = _products(house, work_id, formats)
    day = _day(coming, today - timedelta(days=max((plan.until for plan in plans), default=0)))
    is_past = told < today.isoformat()  # it has come out: no date is news any more
    if coming:
        is_true = told in {str(product.publication_on) for product in coming} or (is_past and day is not None and day < today)
        return told if is_true or day is None else day.isoformat()
    if is_past or not statuses or not statuses <= {"03", *ENDED}:
        return told
    return POSTPONED if "03" in statuses else CANCELLED


def _day(products: Iterable[Product], since: date) -> date | None:
    """The first day on which one of them comes out, and of which a plan may still speak; of what is out long ago the last day.

    The year 9999 and its like stand for a day that nobody knows.
    """
    days = sorted(product.publication_on for product in products if product.publication_on and product.publication_on.year in YEARS)
    return next((day for day in days if day >= since), days[-1] if days else None)


def _products(house: House, work_id: int, formats: tuple[str, ...]) -> list[Product]:
    """Products of a work that come out, of some formats."""
    return [product for product in house.products.get(work_id, ()) if is_offered(product) and (not formats or product.form_code in formats)]


def audience(due: Due, house: House) -> Iterator[int]:
    """Contacts who hear of a step; a partner only where it may sell one of the products on the day."""
    step = due.step
    if step.to == "contributors":
        yield from due.title.contributors(step.roles)
    elif step.to == "contacts":
        yield from step.contacts
    else:
        for partner in house.context.config.partners.values():
            may_sell = any(reached_by(partner, product, due.day, house.atlas, house.context) for product in due.products)
            if partner.active and may_sell and (not step.kinds or partner.kind in step.kinds):
                yield from partner.contacts
