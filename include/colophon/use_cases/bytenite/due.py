"""When a title's videos are due: the moment of each milestone that the release plan waits for, by work."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from colophon.blocks.decision import DecisionContext
from colophon.config.videos import REVEAL
from colophon.domain.facts import Facts, Known
from colophon.domain.launch import Launch
from colophon.domain.product import Product
from colophon.domain.todo import Milestone, Todo, TodoStatus
from colophon.launch.done import is_held
from colophon.rights.status import RightsStatus


@dataclass(frozen=True, slots=True)
class Calendar:
    """What is known of the works' days. `told`: whether any source tells to-dos; where none does, no milestone is known."""

    products: Mapping[str, Product]
    done: Mapping[int, Mapping[Milestone, datetime]]
    launches: Mapping[int, Launch]
    embargoes: Mapping[str, date]
    zone: ZoneInfo
    told: bool

    @classmethod
    def of(cls, facts: Facts, context: DecisionContext) -> "Calendar":
        """From the facts of a run; to-dos that were done after `as_of` are none yet."""
        zone = ZoneInfo(context.config.publisher.time_zone)
        done = defaultdict[int, dict[Milestone, datetime]](dict)
        for todo in facts.records(Todo, ()):
            if todo.work_id is None or todo.milestone is None or not todo.is_proof or todo.status is not TodoStatus.DONE:
                continue
            at = todo.completed_at or (datetime.combine(todo.completed_on, time(), zone).astimezone(UTC) if todo.completed_on else None)
            if at is not None and at <= context.as_of:
                done[todo.work_id][todo.milestone] = min(at, done[todo.work_id].get(todo.milestone, at))
        return cls(
            {product.isbn13 or "": product for product in facts.records(Product)},
            done,
            {launch.work_id: launch for launch in facts.records(Launch, ())},
            context.config.embargoes.first_day_of_sale,
            zone,
            isinstance(facts.of(Todo), Known),
        )

    def moment(self, milestones: Sequence[str], products: Sequence[RightsStatus]) -> tuple[datetime | None, bool]:
        """From when on a video about these products is due: once the first milestone has come for all of their works; and whether that is known.

        Nothing is due before a work is announced; while a launch is on hold, nothing is said of it.
        """
        works = {product.work_id for product in products}
        is_read = all(product.isbn13 in self.products for product in products)
        if not is_read or any(is_held(self.launches.get(work)) for work in works):
            return None, False
        moments = [self._of_all(milestone, works, products) for milestone in milestones]
        at = min((moment for moment in moments if moment is not None), default=None)
        return at, at is not None or self.told

    def _of_all(self, milestone: str, works: set[int], products: Sequence[RightsStatus]) -> datetime | None:
        each = [self._of(milestone, work, [p.isbn13 for p in products if p.work_id == work]) for work in works]
        return None if None in each else max((moment for moment in each if moment is not None), default=None)

    def _of(self, milestone: str, work: int, isbns: Sequence[str]) -> datetime | None:
        launch, done = self.launches.get(work), self.done.get(work, {})
        announced = launch.announced_on if launch else None
        if milestone == REVEAL:
            return self._latest(done.get(Milestone.COVER_APPROVED), announced) if announced else None
        reached = done.get(Milestone(milestone))
        if milestone == Milestone.PUBLISHED:
            days = [product.publication_on for isbn in isbns if (product := self.products.get(isbn)) and product.publication_on]
            embargo = max((self.embargoes[isbn] for isbn in isbns if isbn in self.embargoes), default=None)
            published = self._begins(min(days)) if days else reached
            return self._latest(published, announced, embargo)
        if milestone == Milestone.PREORDER_READY:
            ordered = launch.preorder_from if launch else None
            return self._latest(reached or (self._begins(ordered) if ordered else None), announced, ordered)
        return self._latest(reached, announced)

    def _latest(self, reached: datetime | None, *days: date | None) -> datetime | None:
        """The last of a moment and the beginnings of days; None where the moment has not come."""
        return None if reached is None else max([reached, *(self._begins(day) for day in days if day)])

    def _begins(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.zone).astimezone(UTC)
