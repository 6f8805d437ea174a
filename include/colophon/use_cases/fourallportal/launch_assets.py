"""FP-5, launch assets: somebody confirms each approved asset before a launch uses it, here or at the portal; a delay holds them.

A confirmation is of the asset's bytes: other bytes are another to-do, and the portal's mark is taken off. Who confirmed, or took it back, is
the side that changed since both said the same (`context.memory`). Where the date of publication is printed on an asset, it is right for the
date that held when it came, and for no other.
"""

from datetime import date, timedelta
from typing import NamedTuple

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.use_case import UseCase
from colophon.domain.delivery import HistoryRow, Intent
from colophon.domain.facts import Facts
from colophon.domain.finding import Finding
from colophon.domain.launch import Launch
from colophon.domain.product import Product
from colophon.domain.team import TeamMember, TeamRole
from colophon.domain.todo import Todo, TodoStatus
from colophon.systems.consonance.writes.operations import CONSONANCE
from colophon.systems.fourallportal.assets import Asset
from colophon.systems.fourallportal.mapping import PortalMapping
from colophon.systems.fourallportal.orders import asking
from colophon.systems.fourallportal.rules import DESTINATION as PORTAL
from colophon.use_cases.fourallportal.asset_holds import comes_out, held_in, state_of
from colophon.use_cases.fourallportal.library import Place, broken, shelf_of
from colophon.use_cases.fourallportal.portal_to_dos import assignee, ended, marker, shown_to_dos, to_do


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
    products, held = {product.isbn13: product for product in facts.records(Product)}, held_in(facts, context)
    rows, shown = {row.subject: row for row in facts.records(HistoryRow)}, shown_to_dos(facts.records(Todo))
    memory, told, nobodys = dict[str, Known](), set[str](), dict[str, Finding]()
    team = facts.records(TeamMember, ())
    for place, asset in shelf.assets.items():
        title, subject = products[place.isbn], f"file:{asset.id}"
        matter = f"{place.subject}/{marker(asset.bytes_id)}"
        if not comes_out(title, context) and matter not in rows:
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
            person = assignee(team, title, rules.confirms, context)
            if person is None and not is_confirmed:
                nobodys[place.isbn] = _nobodys(place.isbn, rules.confirms)
            plan.intents.append(_to_do(place, asset, title, matter, rows.get(matter), status, person, context, is_done=is_confirmed))
        state = state_of(place.kind, title, known.printed, rows.get(subject), context, is_held=title.work_id in held)
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
    plan.findings += nobodys.values()
    plan.memory = {name: list(known) for name, known in memory.items()}
    return plan


def _known(before: Known | None, asset: Asset, title: Product) -> Known:
    if before is not None and before.bytes_id == asset.bytes_id:
        return before._replace(is_stale=before.is_stale and asset.confirmed)
    printed = title.publication_on.isoformat() if title.publication_on else ""
    return Known(asset.bytes_id, is_agreed=False, printed=printed, is_stale=before is not None and asset.confirmed)


def _to_do(
    place: Place, asset: Asset, title: Product, matter: str, row: HistoryRow | None, status: TodoStatus | None, person: int | None,
    context: DecisionContext, *, is_done: bool,
) -> Intent:  # fmt: skip
    rules, version = context.config.launch_assets, f", version {asset.version}" if asset.version else ""
    what = f"Confirm {' '.join(filter(None, (place.kind.replace('_', ' '), place.locale)))} of {title.title[:200]} ({place.isbn}){version}"
    due: date = context.as_of.date() + timedelta(days=rules.days)
    return to_do(CASE.id, matter, title, what, person, due, context.as_of, before=row, status="DONE" if is_done else "OPEN", shown=status)


def _nobodys(isbn: str, role: TeamRole) -> Finding:
    words = role.value.replace("_", " ").lower()
    return broken("ASSET-NOBODY", f"isbn:{isbn}", "assignee", f"no {words}", f"somebody as {words} of the title", blocks=CONSONANCE)


def _file(subject: str, asset: Asset, isbn: str, state: str | None, context: DecisionContext, *, is_confirmed: bool) -> Intent:
    """What the portal is to show of an asset; the same again in a later run where it shows something else again."""
    order = {"kind": "file", "file": asset.id, "confirmed": is_confirmed, "state": state}
    seen = f"{context.as_of:%Y-%m-%dT%H:%M:%SZ}/{asset.mod_time}"
    return asking(CASE.id, subject, order, context.as_of, labels={"isbn": isbn, "state": state or ""}, occurrence=seen)


CASE = UseCase(
    id="fourallportal__launch_assets",
    reads=(Todo, Product, Asset),
    gains=(TeamMember, Launch, HistoryRow),
    recalls=lambda _config: (PORTAL, CONSONANCE),
    decide=decide,
    reads_all=True,  # the portal confirms, and days come, without an edit here
    backfill="latest",
    writes=("upsertTodo",),
    systems=("fourallportal",),
)
