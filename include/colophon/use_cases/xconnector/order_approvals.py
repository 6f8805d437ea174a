"""Which run of a work an approval lets be ordered: each is spent on one run, however runs are dated, added or deleted afterwards."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import NamedTuple

from colophon.config.production import Production
from colophon.domain.todo import Todo
from colophon.domain.work import Edition, ProductionRun, Quantity, Work
from colophon.launch.done import done_on, is_done
from colophon.orders import FILES
from colophon.use_cases.xconnector.order_steps import APPROVAL, LastOf, is_used_up


class Approved(NamedTuple):
    """One format of an approved run; `approval` names the to-do and when it was done; `is_new`: nobody ordered it by other means."""

    run: ProductionRun
    edition: Edition
    is_alone: bool
    approval: str
    is_new: bool

    @property
    def copies(self) -> list[Quantity]:
        """The run's copies of this format, and those of no format."""
        return [row for row in self.run.quantities if row.product_id in (None, self.edition.product_id)]


class Spent(NamedTuple):
    """The run on which each approval was spent: by the to-do alone while its order stands (`standing`), later by to-do and day (`past`)."""

    standing: dict[str, int]
    past: dict[str, int]


def spent(orders: Mapping[str, LastOf]) -> Spent:
    """What earlier orders say of approvals."""
    found = Spent({}, {})
    for subject, last_of in orders.items():
        approval = last.labels.get(APPROVAL) if (last := last_of[FILES]) else None
        if approval:
            run_id = int(subject.partition(":")[2].partition("-")[0])
            if is_used_up(last_of):
                found.past[approval] = run_id
            else:
                found.standing[approval.rpartition("/")[0]] = run_id
    return found


def approved(
    works: Iterable[Work], todos: Iterable[Todo], spent_on: Spent, rules: Production, as_of: datetime
) -> Iterator[tuple[str, Approved]]:
    """What is approved, by run and format (`7-101`): of a work's to-dos that were spent on nothing, the first one is of its first run."""
    of_work = defaultdict[int | None, list[Todo]](list)
    for todo in sorted(todos, key=lambda todo: todo.id or 0):
        if todo.milestone is rules.approval and todo.is_proof:
            of_work[todo.work_id].append(todo)
    for work in works:
        for run, todo, name in _pairs(work, of_work[work.id], spent_on):
            day = done_on(todo)
            if not is_done(todo) or day is None or day > as_of.date():
                continue
            is_new = day >= rules.approved_from and not any(row.received for row in run.quantities)
            editions = _editions(work, run)
            for edition in editions:
                yield f"{run.id}-{edition.product_id}", Approved(run, edition, len(editions) == 1, f"{name}/{day}", is_new)


def _pairs(work: Work, todos: Iterable[Todo], spent_on: Spent) -> Iterator[tuple[ProductionRun, Todo, str]]:
    own, free, have_orders = dict[int, tuple[Todo, str]](), list[tuple[Todo, str]](), set(spent_on.standing.values())
    for place, todo in enumerate(todos):
        name = str(todo.id or todo.uid or f"{work.id}.{place}")  # a list may tell neither
        run_id = spent_on.standing.get(name) or spent_on.past.get(f"{name}/{done_on(todo)}")
        if run_id is None:
            free.append((todo, name))
        else:
            own[run_id] = (todo, name)
    for run in sorted(work.production_runs, key=lambda run: (run.delivery_on or date.max, run.id)):
        if run.id in own:
            yield run, *own[run.id]
        elif run.id not in have_orders and free:
            yield run, *free.pop(0)


def _editions(work: Work, run: ProductionRun) -> list[Edition]:
    named = {row.product_id for row in run.quantities} | set(run.product_ids)
    is_of_all = named <= {None}
    return [each for each in work.editions if (is_of_all or each.product_id in named) and not each.is_cancelled]
