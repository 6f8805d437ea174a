"""Readiness of a title, by format and area: each thing that its launch waits for, with a light, the reason, the owner and the source.

What no source tells is unknown, and unknown is never green. Nothing is said of a part that the house does not ask for.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from colophon.config.calendars import Calendar
from colophon.config.monitoring import PipelineMonitor
from colophon.config.readiness import DAY, FREEZE, LAUNCH, METADATA, PREORDER, RIGHTS, LaunchReadiness
from colophon.domain.product import FormKind, Product
from colophon.domain.todo import Milestone, Todo, TodoStatus
from colophon.launch.done import begun, done_on, is_delayed, is_done
from colophon.launch.evidence import Evidence
from colophon.launch.freeze import Frozen, approved_on, frozen, values_of
from colophon.launch.path import FORTHCOMING, Way, Work, day_of, kind_of, way_of
from colophon.launch.status import Light, Status, urgency, worst


class Format(NamedTuple):
    """One format: its day, all that it waits for, its way to publication (None: nothing is open, or nobody knows), and what is frozen."""

    product: Product
    on: date
    kind: FormKind
    statuses: tuple[Status, ...]
    way: Way | None
    frozen: Mapping[str, Frozen]

    def light(self, area: str = "") -> Light:
        """Of an area, or of all."""
        return worst(status.light for status in self.statuses if area in {"", status.area})

    @property
    def spare(self) -> int | None:
        """Working days to spare; None: nothing is open, or nobody knows."""
        return self.way.spare if self.way else None


class Title(NamedTuple):
    """A title whose formats are to come."""

    work: Work
    formats: tuple[Format, ...]

    def light(self, area: str = "") -> Light:
        """The worst of its formats."""
        return worst(each.light(area) for each in self.formats)

    @property
    def blocker(self) -> Status | None:
        """What is to be mended first: the worst, and of these the most urgent; None: all is green."""
        open_ones = [status for each in self.formats for status in each.statuses if status.light is not Light.GREEN]
        return min(open_ones, key=urgency, default=None)


def readiness(work: Work, evidence: Evidence, rules: LaunchReadiness, monitor: PipelineMonitor, calendar: Calendar, today: date) -> Title:
    """Where a title stands on a day: its formats that are to come, or should have come, by their days."""
    judge = _Judge(work, evidence, rules, monitor, calendar, today)
    days = [(on, product.id, product) for product in work.products if (on := day_of(product)) and (today - on).days <= monitor.missed_days]
    return Title(work, tuple(judge.format(product, on) for on, _, product in sorted(days, key=lambda each: each[:2])))


def format_readiness(
    product: Product, work: Work, evidence: Evidence, rules: LaunchReadiness, monitor: PipelineMonitor, calendar: Calendar, today: date
) -> Format | None:
    """Where one format stands on a day, be it out or not; None: it has no day of publication."""
    on = day_of(product)
    return None if on is None else _Judge(work, evidence, rules, monitor, calendar, today).format(product, on)


@dataclass(frozen=True, slots=True)
class _Judge:
    work: Work
    evidence: Evidence
    rules: LaunchReadiness
    monitor: PipelineMonitor
    calendar: Calendar
    today: date

    def format(self, product: Product, on: date) -> Format:
        """All that a format waits for."""
        kind = kind_of(product)
        known = self.evidence.todos is not None
        todos = self.work.of_format(kind)
        way = way_of(product, self.work, self.monitor, self.today, self.calendar, self.evidence.takes) if known else None
        statuses = [self._day(product, on, way, todos), self._launch()]
        statuses += [
            self._milestone(area, stage, self.calendar.moved(on, -lead), todos, way) for area, stage, lead in self.rules.milestones()
        ]
        statuses += [self._asset(product, name, self.calendar.moved(on, -lead)) for name, lead in self.rules.assets.get(kind, {}).items()]
        statuses += [self._metadata(product, self.calendar.moved(on, -self.rules.metadata)), self._rights(product, on)]
        fixed = self._frozen(product, on)
        statuses += [*self._videos(), *self._changed(fixed, on), *self._preorder(kind, on)]
        return Format(product, on, kind, tuple(statuses), way, fixed)

    def _frozen(self, product: Product, on: date) -> dict[str, Frozen]:
        assets = (
            {name: self.evidence.assets.get((product.isbn13 or "", name)) for name in self.rules.freeze} if self.evidence.assets else {}
        )
        now = {**values_of(product, on), **{name: asset.said for name, asset in assets.items() if asset and asset.is_there}}
        before, approved = self.evidence.frozen.get(product.id, {}), approved_on(self.work.todos, self.rules)
        return frozen(now, before, on, approved, self.rules, self.calendar, self.today)

    def _changed(self, fixed: Mapping[str, Frozen], on: date) -> Iterator[Status]:
        """What changed although it was frozen, and nobody approved."""
        if changed := [f"{name} was {each.value} until {each.changed}" for name, each in fixed.items() if each.changed]:
            reason = f"changed without approval: {'; '.join(changed)}"[:300]
            yield self._status("commercial", FREEZE, Light.AMBER, reason, self.evidence.todos or "no source", due=on)

    def _preorder(self, kind: FormKind, on: date) -> Iterator[Status]:
        """Pre-orders that begin before shops take them."""
        launch, most = (self.evidence.on_hold or {}).get(self.work.id), self.rules.preorder.get(kind)
        days = (on - launch.preorder_from).days if launch and launch.preorder_from else 0
        if most is not None and days > most:
            reason = f"pre-orders begin {days} days before publication, and shops take them for {most}"
            yield self._status("commercial", PREORDER, Light.RED, reason, self.evidence.launches or "", due=on - timedelta(days=most))

    def _status(self, area: str, name: str, light: Light, reason: str, source: str, **more: object) -> Status:
        return Status(area, name, light, reason, self.rules.owner(name, area), source, **more)  # type: ignore[arg-type]  # members of a Status

    def _day(self, product: Product, on: date, way: Way | None, todos: Sequence[Todo]) -> Status:
        """Whether it can still come out on its day, by what is open before it."""
        source = self.evidence.todos or "no source"
        if product.publishing_status not in FORTHCOMING:
            return self._status("production", DAY, Light.GREEN, "it is out", source, due=on)
        if on < self.today:
            return self._status("production", DAY, Light.RED, f"{on} has passed, and it is not published", source, due=on)
        if self.evidence.todos is None or not any(todo.milestone in self.evidence.takes for todo in todos):
            why = "no source tells to-dos" if self.evidence.todos is None else "no stage of production is planned"
            return self._status("production", DAY, Light.UNKNOWN, why, source, due=on)
        if is_delayed(begun(todos, self.today).get(self.work.id, {})):
            return self._status("production", DAY, Light.RED, "put off, and not scheduled anew", source, due=on)
        if way is None:
            return self._status("production", DAY, Light.GREEN, "every stage is done", source, due=on)
        held = way.critical[0]
        reason = f"{str(held.milestone).replace('_', ' ')} is next; {_spare(way.spare)}"
        return self._status("production", DAY, self._by(way.spare), reason, source, due=on, spare=way.spare, contact=held.assignee_id)

    def _launch(self) -> Status:
        if self.evidence.on_hold is None:
            return self._status("commercial", LAUNCH, Light.UNKNOWN, "no source tells launches", "no source")
        source, launch = self.evidence.launches or "", self.evidence.on_hold.get(self.work.id)
        if launch is None or launch.is_on_hold is None:
            return self._status("commercial", LAUNCH, Light.UNKNOWN, "nobody says whether its launch is on hold", source)
        light = Light.RED if launch.is_on_hold else Light.GREEN
        return self._status("commercial", LAUNCH, light, "on hold" if launch.is_on_hold else "not on hold", source)

    def _milestone(self, area: str, stage: Milestone, latest: date, todos: Sequence[Todo], way: Way | None) -> Status:
        """By several to-dos of one milestone it is reached when all that were not cancelled are done."""
        source, own = self.evidence.todos, [todo for todo in todos if todo.milestone is stage and todo.status is not TodoStatus.CANCELLED]
        if source is None or not own:
            why = "no source tells to-dos" if source is None else "not planned: no to-do is called so"
            return self._status(area, stage, Light.UNKNOWN, why, source or "no source", due=latest)
        left = [todo for todo in own if not is_done(todo)]
        if not left:
            day = max((day for todo in own if (day := done_on(todo))), default=None)
            return self._status(area, stage, Light.GREEN, f"done{f' on {day}' if day else ''}", source, due=latest)
        first = min(left, key=lambda todo: todo.due_on or date.max)
        if not any(todo.is_proof for todo in left):
            return self._status(
                area, stage, Light.UNKNOWN, "a calendar cannot say that it was done", source, due=latest, contact=first.assignee_id
            )
        if first.due_on is not None and first.due_on < self.today:
            days = self.calendar.working_days(first.due_on, self.today)
            return self._status(
                area,
                stage,
                Light.RED,
                f"due on {first.due_on}, {_days(days)} late",
                source,
                due=first.due_on,
                spare=-days,
                contact=first.assignee_id,
            )
        ends = max((end for todo in left if (end := way.ends.get(todo.subject) if way else None)), default=first.due_on)
        if ends is None:
            return self._status(
                area, stage, Light.UNKNOWN, "open, and nobody says when it is due", source, due=latest, contact=first.assignee_id
            )
        spare = self.calendar.working_days(ends, latest)
        reason = f"expected on {ends}, needed by {latest}"
        return self._status(area, stage, self._by(spare), reason, source, due=latest, spare=spare, contact=first.assignee_id)

    def _asset(self, product: Product, kind: str, latest: date) -> Status:
        """An asset that is not there is as bad as the time that is left for it."""
        if self.evidence.assets is None:
            return self._status("production", kind, Light.UNKNOWN, f"{self.evidence.portal} was not read", "no source", due=latest)
        asset, spare = self.evidence.assets.get((product.isbn13 or "", kind)), self.calendar.working_days(self.today, latest)
        if asset is not None and asset.is_there is not False:
            light = Light.UNKNOWN if asset.is_there is None else Light.GREEN
            return self._status("production", kind, light, asset.said, self.evidence.portal, due=latest)
        light = self._by(spare) if asset is None else worst([Light.AMBER, self._by(spare)])
        said = asset.said if asset else "not there"
        return self._status("production", kind, light, f"{said}; needed by {latest}", self.evidence.portal, due=latest, spare=spare)

    def _metadata(self, product: Product, latest: date) -> Status:
        if self.evidence.faults is None:
            return self._status("commercial", METADATA, Light.UNKNOWN, "the feed has not judged it yet", "no source", due=latest)
        rules, spare = self.evidence.faults.get(product.subject, ()), self.calendar.working_days(self.today, latest)
        if not rules:
            return self._status("commercial", METADATA, Light.GREEN, "no rule keeps it back", self.evidence.feed, due=latest)
        light, reason = worst([Light.AMBER, self._by(spare)]), f"kept back by {', '.join(rules)}; needed by {latest}"
        return self._status("commercial", METADATA, light, reason, self.evidence.feed, due=latest, spare=spare)

    def _rights(self, product: Product, on: date) -> Status:
        first = max(on, self.today)
        may = self.evidence.may_sell(product, first)
        light = Light.UNKNOWN if may is None else Light.GREEN if may else Light.RED
        words = {None: "rights are not known", True: f"may be sold on {first}", False: f"may be sold nowhere on {first}"}
        return self._status("commercial", RIGHTS, light, words[may], "rights engine", due=on)

    def _videos(self) -> Iterator[Status]:
        for video in (self.evidence.videos or {}).get(self.work.id, ()):
            spare = self.calendar.working_days(self.today, video.due)
            light = Light.GREEN if video.is_there else Light.UNKNOWN if video.is_there is None else self._by(spare)
            reason = (
                video.said
                if video.is_there is not False
                else f"{video.said}; due on {video.due}{f', {_days(-spare)} late' if spare < 0 else ''}"
            )
            yield self._status(
                "commercial", video.kind, light, reason, "video library", due=video.due, spare=None if video.is_there else spare
            )

    def _by(self, spare: int) -> Light:
        return Light.RED if spare < 0 else Light.AMBER if spare < self.monitor.at_risk_days else Light.GREEN


def _spare(days: int) -> str:
    return f"{_days(days)} to spare" if days >= 0 else f"{_days(-days)} too late"


def _days(count: int) -> str:
    return f"{count} day" if count == 1 else f"{count} days"
