"""FP-5, launch assets: somebody confirms each approved asset before a launch uses it, here or at the portal; a delay holds them.

A confirmation is of the asset's bytes: other bytes are another to-do, and the portal's mark is taken off. Who confirmed, or took it back, is
the side that changed since both said the same (`context.memory`). Where the date of publication is printed on an asset, it is right for the
date that held when it came, and for no other.
"""

from collections.abc import Collection, Iterator
from datetime import date, timedelta
from typing import NamedTuple

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.use_case import UseCase
from colophon.domain.facts import Facts
from colophon.domain.launch import Launch
from colophon.domain.product import Product
from colophon.domain.team import TeamMember
from colophon.domain.todo import Todo, TodoStatus
from colophon.launch.done import begun, held_works, is_delayed
from colophon.ledger import HistoryRow, Intent, Ledger
from colophon.systems.consonance.writes.operations import CONSONANCE
from colophon.systems.fourallportal.assets import Asset
from colophon.systems.fourallportal.mapping import PortalMapping
from colophon.systems.fourallportal.orders import asking
from colophon.systems.fourallportal.rules import DESTINATION as PORTAL
from colophon.use_cases.fourallportal.library import Place, shelf_of
from colophon.use_cases.fourallportal.portal_to_dos import assignee, ended, marker, shown_to_dos, to_do

HOLD, REVISE, READY = "hold", "revise", "ready"


class Known(NamedTuple):
    """What was known of an asset after the last run: its bytes, whether both sides said that it is confirmed, the date printed on it.

    `is_stale`: the portal's mark is that of other bytes, and still has to go.
    """

    bytes_id: str
    is_agreed: bool
    printed: str
    is_stale: bool


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """To-dos to confirm, confirmations for the side that has not seen them, and the state of each asset. Raises as `shelf_of`."""
    rules, before = context.config.launch_assets, {name: Known(*row) for name, row in context.memory.items()}
    (mapping,) = facts.records(PortalMapping)
    shelf = shelf_of(facts, context, rules.kinds, CONSONANCE, told=rules.kinds)
    plan = Plan(judged={PORTAL: [], CONSONANCE: []}, settled={PORTAL: [], CONSONANCE: []}, everything=frozenset({PORTAL, CONSONANCE}))
    products, held = {product.isbn13: product for product in facts.records(Product)}, _held(facts, context)
    rows, shown = {row.subject: row for row in facts.records(HistoryRow)}, shown_to_dos(facts.records(Todo))
    memory, told = dict[str, Known](), set[str]()
    for place, asset in shelf.assets.items():
        title, subject = products[place.isbn], f"file:{asset.id}"
        matter = f"{place.subject}/{marker(asset.bytes_id)}"
        if not _comes_out(title, context) and matter not in rows:
            continue
        known, status = _known(before.get(asset.id), asset, title), shown.get(marker(matter))
        here, there = status is TodoStatus.DONE, asset.confirmed and not known.is_stale
        is_confirmed = here if here is not known.is_agreed else there
        memory[asset.id] = known._replace(is_agreed=here if here is there else known.is_agreed)
        told |= {matter, subject}
        plan.judged[CONSONANCE].append(matter)
        is_dropped = status is TodoStatus.CANCELLED and (matter not in rows or rows[matter].labels["status"] != "CANCELLED")  # not by us
        if (is_confirmed and here) or is_dropped:
            plan.settled[CONSONANCE].append(matter)
        else:
            plan.intents.append(_to_do(place, asset, title, matter, rows.get(matter), status, facts, context, is_done=is_confirmed))
        state = _state(place, title, known, rows.get(subject), context, is_held=title.work_id in held)
        plan.judged[PORTAL].append(subject)
        words = mapping.launch.values if mapping.launch else {}
        if is_confirmed is asset.confirmed and (state is None or words.get(state) == asset.state):
            plan.settled[PORTAL].append(subject)
        else:
            plan.intents.append(_file(subject, asset, place.isbn, state, context, is_confirmed=is_confirmed))
    for row in rows.values():
        if row.subject in told:
            continue
        plan.judged[row.destination].append(row.subject)
        is_unread, is_done = row.labels["isbn"] in shelf.unread, shown.get(marker(row.subject)) is TodoStatus.DONE
        cancelled = ended(CASE.id, row, None if is_unread or is_done else "CANCELLED", context) if row.destination == CONSONANCE else None
        if cancelled is not None:
            plan.intents.append(cancelled)
        else:
            plan.settled[row.destination].append(row.subject)
        file = row.subject.removeprefix("file:")
        if is_unread and file in before:
            memory[file] = before[file]
    plan.memory = {name: list(known) for name, known in memory.items()}
    return plan


def recalled(ledger: Ledger, _context: DecisionContext, _isbns: Collection[str]) -> Iterator[HistoryRow]:
    """Every to-do, and the state of every asset that we have set."""
    return iter([*ledger.newest(CASE.id, PORTAL), *ledger.newest(CASE.id, CONSONANCE)])


def _known(before: Known | None, asset: Asset, title: Product) -> Known:
    if before is not None and before.bytes_id == asset.bytes_id:
        return before._replace(is_stale=before.is_stale and asset.confirmed)
    printed = title.publication_on.isoformat() if title.publication_on else ""
    return Known(asset.bytes_id, is_agreed=False, printed=printed, is_stale=before is not None and asset.confirmed)


def _comes_out(title: Product, context: DecisionContext) -> bool:
    """Whether its launch is to come, or not long past."""
    last_day = context.as_of.date() - timedelta(days=context.config.launches.days_after)
    return not _is_off(title, context) and (title.publication_on is None or title.publication_on >= last_day)


def _is_off(title: Product, context: DecisionContext) -> bool:
    return title.publishing_status in context.config.portal_titles.withdrawn


def _held(facts: Facts, context: DecisionContext) -> set[int]:
    """Works that are delayed until their publication is scheduled anew, and those whose launch is on hold."""
    stages = begun(facts.records(Todo), context.as_of.date())
    return {work_id for work_id, done in stages.items() if is_delayed(done)} | held_works(facts.records(Launch, ()))


def _state(place: Place, title: Product, known: Known, row: HistoryRow | None, context: DecisionContext, *, is_held: bool) -> str | None:
    """Held, to be revised, or ready again where we have held it before; None: it is nobody's business of ours."""
    is_off, published = _is_off(title, context), title.publication_on.isoformat() if title.publication_on else ""
    if place.kind in context.config.launch_assets.dated and (is_held or is_off or (known.printed and known.printed != published)):
        return REVISE
    if is_held or is_off:
        return HOLD
    last = row.labels.get("state") if row else None
    return READY if last in {HOLD, REVISE} or (row is not None and last == READY and row.state != "confirmed") else None


def _to_do(
    place: Place, asset: Asset, title: Product, matter: str, row: HistoryRow | None, status: TodoStatus | None, facts: Facts,
    context: DecisionContext, *, is_done: bool,
) -> Intent:  # fmt: skip
    rules, version = context.config.launch_assets, f", version {asset.version}" if asset.version else ""
    what = f"Confirm {' '.join(filter(None, (place.kind.replace('_', ' '), place.locale)))} of {title.title[:200]} ({place.isbn}){version}"
    person, since = assignee(facts.records(TeamMember, ()), title, rules.confirms, context), context.as_of.date()
    due: date = since + timedelta(days=rules.days)
    return to_do(CASE.id, matter, title, what, person, due, context.as_of, before=row, status="DONE" if is_done else "OPEN", shown=status)


def _file(subject: str, asset: Asset, isbn: str, state: str | None, context: DecisionContext, *, is_confirmed: bool) -> Intent:
    """What the portal is to show of an asset; the same again in a later run where it shows something else again."""
    order = {"kind": "file", "file": asset.id, "confirmed": is_confirmed, "state": state}
    seen = f"{context.as_of:%Y-%m-%dT%H:%M:%SZ}/{asset.mod_time}"
    return asking(CASE.id, subject, order, context.as_of, labels={"isbn": isbn, "state": state or ""}, occurrence=seen)


CASE = UseCase(
    id="fourallportal__launch_assets",
    reads=(Todo, Product, Asset),
    gains=(TeamMember, Launch, HistoryRow),
    recalled=recalled,
    decide=decide,
    reads_all=True,  # the portal confirms, and days come, without an edit here
    backfill="latest",
    writes=("upsertTodo",),
    systems=("fourallportal",),
)
