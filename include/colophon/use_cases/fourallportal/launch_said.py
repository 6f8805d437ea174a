"""FP-7, at the portal: what a product there is to say of its launch, and what it says."""

from collections.abc import Iterator
from datetime import date

from colophon.blocks.decision import DecisionContext
from colophon.domain.delivery import LatestDelivery
from colophon.domain.todo import Milestone, Todo, TodoStatus
from colophon.launch.done import done_on, is_done
from colophon.launch.status import Status
from colophon.launch.title import Format, Title
from colophon.systems.fourallportal.launch_shown import LaunchShown, milestone_of
from colophon.systems.fourallportal.launches import days_of
from colophon.systems.fourallportal.mapping_parts import LaunchRules
from colophon.systems.fourallportal.orders import ReadinessOrder


def wanted_of(
    product: LaunchShown, found: tuple[Title, Format] | None, last: LatestDelivery | None, rules: LaunchRules | None
) -> ReadinessOrder | None:
    """What a product of the portal is to say, as far as it has fields for it; None: nothing of ours. One whose launch is over says nothing more."""
    is_told = last is not None and (product.readiness or product.blocker)
    if rules is None or not product.isbn or (found is None and not is_told):
        return None
    own = {name: day for name, day in map(milestone_of, product.milestones) if name in list(Milestone) and day}
    others = tuple(strange_in(product))
    over = ReadinessOrder(kind="readiness", isbn=product.isbn, object=product.id, readiness="", blocker="", milestones=own, others=others)
    if found is None:
        return over
    title, each = found
    blocker, todos = Title(title.work, (each,)).blocker, title.work.of_format(each.kind)
    said = {
        "readiness": str(each.light()) if rules.readiness else "",
        "blocker": _in_words(blocker) if blocker and rules.blocker else "",
        "milestones": {str(stage): day for stage in Milestone if (day := _day_of(stage, todos))},
    }
    return over.model_copy(update=said)


def strange_in(product: LaunchShown) -> Iterator[str]:
    """Milestones of the portal that the house does not know. They stay until somebody has said what they are."""
    for text in product.milestones:
        name, day = milestone_of(text)
        if name not in list(Milestone) or day is None:
            yield text


def says(product: LaunchShown, order: ReadinessOrder) -> bool:
    """Whether a product says what it is to say."""
    milestones = sorted([*days_of(order.milestones), *order.others])
    return (order.readiness, order.blocker, milestones) == (product.readiness, product.blocker, list(product.milestones))


def is_by_hand(product: LaunchShown, last: LatestDelivery | None, context: DecisionContext) -> bool:
    """Whether a product does not say what it confirmed last: somebody else has changed it. A milestone that nobody knows is another matter."""
    body = context.content(last.content_hash) if last is not None and last.state == "confirmed" else None
    if not body:
        return False
    told = ReadinessOrder.model_validate_json(body)
    return not says(product, told.model_copy(update={"others": tuple(strange_in(product))}))


def _in_words(blocker: Status) -> str:
    due = f", {blocker.due}" if blocker.due else ""
    return f"{str(blocker.name).replace('_', ' ').lower()} ({blocker.owner}{due})"


def _day_of(stage: Milestone, todos: list[Todo]) -> date | None:
    """The day on which a milestone was reached, else the day on which it is due."""
    own = [todo for todo in todos if todo.milestone is stage and todo.status is not TodoStatus.CANCELLED]
    left = [todo.due_on for todo in own if not is_done(todo)]
    return min(filter(None, left), default=None) if left else max(filter(None, map(done_on, own)), default=None)
