"""FP-5, holds: whether the launch of a title holds its assets, sends them back to be revised, or has them ready again."""

from datetime import timedelta

from colophon.blocks.decision import DecisionContext
from colophon.domain.delivery import HistoryRow
from colophon.domain.facts import Facts
from colophon.domain.launch import Launch
from colophon.domain.product import Product
from colophon.domain.todo import Todo
from colophon.launch.done import begun, held_works, is_delayed

HOLD, REVISE, READY = "hold", "revise", "ready"


def comes_out(title: Product, context: DecisionContext) -> bool:
    """Whether its launch is to come, or not long past."""
    last_day = context.as_of.date() - timedelta(days=context.config.launches.days_after)
    return not _is_off(title, context) and (title.publication_on is None or title.publication_on >= last_day)


def _is_off(title: Product, context: DecisionContext) -> bool:
    return title.publishing_status in context.config.portal_titles.withdrawn


def held_in(facts: Facts, context: DecisionContext) -> set[int]:
    """Works that are delayed until their publication is scheduled anew, and those whose launch is on hold."""
    stages = begun(facts.records(Todo), context.as_of.date())
    return {work_id for work_id, done in stages.items() if is_delayed(done)} | held_works(facts.records(Launch, ()))


def state_of(kind: str, title: Product, printed: str, row: HistoryRow | None, context: DecisionContext, *, is_held: bool) -> str | None:
    """Held, to be revised, or ready again where we have held it before; None: it is nobody's business of ours."""
    is_off, published = _is_off(title, context), title.publication_on.isoformat() if title.publication_on else ""
    if kind in context.config.launch_assets.dated and (is_held or is_off or (printed and printed != published)):
        return REVISE
    if is_held or is_off:
        return HOLD
    last = row.labels.get("state") if row else None
    return READY if last in {HOLD, REVISE} or (row is not None and last == READY and row.state != "confirmed") else None
