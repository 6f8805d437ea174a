"""FP-7, launch readiness: milestones and readiness go to the portal, what it says of assets comes back, and each title has one view.

The launch engine judges; what it said is remembered for the desk, with when it changed and why. A status that the portal invents, and a
milestone that nobody plans, are exceptions and make nothing green. While the portal is away, titles are judged without it.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from typing import Any

from colophon.blocks.decision import DecisionContext
from colophon.blocks.desired_state import OPENS, change
from colophon.blocks.launches import LaunchCase, LaunchPlan
from colophon.blocks.use_case import RIGHTS, RightsQuestion
from colophon.domain.facts import Facts, Known
from colophon.domain.finding import Finding
from colophon.domain.launch import Launch
from colophon.domain.nearest import near_to
from colophon.domain.product import Product
from colophon.domain.todo import Milestone, Todo, TodoStatus
from colophon.errors import BadConfigError
from colophon.launch.done import done_on, is_done
from colophon.launch.rules import BY_HAND, MILESTONE, STATUS, UNREADABLE, launch_fault
from colophon.launch.status import Status
from colophon.launch.title import Format, Title
from colophon.launch.view import LINE, SOURCES, TITLE, VIDEO
from colophon.ledger import LatestDelivery
from colophon.systems.fourallportal.launch_shown import AssetShown, LaunchShown, milestone_of
from colophon.systems.fourallportal.launches import days_of
from colophon.systems.fourallportal.mapping import PortalMapping
from colophon.systems.fourallportal.mapping_parts import LaunchRules
from colophon.systems.fourallportal.rules import DESTINATION
from colophon.use_cases.fourallportal.launch_titles import channels, evidence_for, kept_of, titles_of

SYNDICATION = "xconnector__metadata_syndication"


def decide(facts: Facts, context: DecisionContext) -> LaunchPlan:
    """What differs at the portal, what is wrong there, and the view of every title.

    :raises BadConfigError: readiness.yaml asks for a kind of asset that mapping.yaml does not name.
    """
    evidence = evidence_for(facts, context)
    titles = list(titles_of(facts, evidence, context))
    plan = LaunchPlan(kept=kept_of(titles, facts, evidence, context))
    if isinstance(facts.of(LaunchShown), Known):
        _follow(plan, {each.product.isbn13: (title, each) for title in titles for each in title.formats}, facts, context)
    return plan


def _follow(plan: LaunchPlan, titles: Mapping[str | None, tuple[Title, Format]], facts: Facts, context: DecisionContext) -> None:
    """What the portal is to show, product by product, and what is wrong with what it shows."""
    (mapping,), rules = facts.records(PortalMapping), context.config.readiness
    for kind in {kind for kinds in rules.assets.values() for kind in kinds} - mapping.asset_kinds.keys():
        raise BadConfigError(f"readiness.yaml: mapping.yaml names no kind of asset {kind!r}{near_to(kind, mapping.asset_kinds)}")
    plan.judged, plan.settled, plan.everything = {DESTINATION: []}, {DESTINATION: []}, frozenset({DESTINATION})
    products = facts.records(LaunchShown)
    history = context.history(DESTINATION, [f"portal:{product.id}" for product in products])
    for product in products:
        subject = f"portal:{product.id}"
        plan.judged[DESTINATION].append(subject)
        plan.names[subject] = f"isbn:{product.isbn}" if product.isbn else subject
        wanted = _as_mapped(_wanted(product, titles.get(product.isbn), history.get(subject)), mapping.launch)
        plan.findings += _faults(product, plan.names[subject])
        if product.fault or wanted is None or _says(wanted) == _shows(product):
            plan.settled[DESTINATION].append(subject)
            continue
        if _is_by_hand(product, history.get(subject), context):
            plan.findings.append(
                _fault(BY_HAND, plan.names[subject], "launch", f"by hand: {product.readiness or 'cleared'}", "as the house says")
            )
        told = {**wanted, "milestones": {name: day.isoformat() for name, day in wanted["milestones"].items()}}
        intent = change(CASE, context, subject, told, turn=OPENS, seen=product.mod_time, delivery_class="B", labels={"isbn": product.isbn})
        plan.intents.append(intent)
    for said in sorted({asset.unnamed for asset in facts.records(AssetShown) if asset.unnamed}):
        finding = _fault(STATUS, f"status:{said}"[:80], "approval status", said, "one that mapping.yaml names")
        plan.hold(DESTINATION, finding, is_so=True)


def _wanted(product: LaunchShown, found: tuple[Title, Format] | None, last: LatestDelivery | None) -> dict[str, Any] | None:
    """What a product of the portal is to say; None: it is none of ours. One whose launch is over says nothing more."""
    base = {"kind": "readiness", "isbn": product.isbn, "object": product.id, "others": list(_strange(product))}
    if found is None:
        own = {name: day for name, day in map(milestone_of, product.milestones) if name in list(Milestone) and day}
        is_told = last is not None and (product.readiness or product.blocker)
        return {**base, "readiness": "", "blocker": "", "milestones": own} if is_told else None
    title, each = found
    blocker, todos = Title(title.work, (each,)).blocker, title.work.of_format(each.kind)
    days = {str(stage): day for stage in Milestone if (day := _day_of(stage, todos))}
    return {**base, "readiness": str(each.light()), "blocker": _in_words(blocker) if blocker else "", "milestones": days}


def _as_mapped(wanted: dict[str, Any] | None, rules: LaunchRules | None) -> dict[str, Any] | None:
    """As far as the portal has fields for it: what cannot be shown is not asked for anew each hour."""
    if wanted is None or rules is None:
        return None
    return {**wanted, "readiness": wanted["readiness"] if rules.readiness else "", "blocker": wanted["blocker"] if rules.blocker else ""}


def _in_words(blocker: Status) -> str:
    due = f", {blocker.due}" if blocker.due else ""
    return f"{str(blocker.name).replace('_', ' ').lower()} ({blocker.owner}{due})"


def _day_of(stage: Milestone, todos: list[Todo]) -> date | None:
    """The day on which a milestone was reached, else the day on which it is due."""
    own = [todo for todo in todos if todo.milestone is stage and todo.status is not TodoStatus.CANCELLED]
    left = [todo.due_on for todo in own if not is_done(todo)]
    return min(filter(None, left), default=None) if left else max(filter(None, map(done_on, own)), default=None)


def _strange(product: LaunchShown) -> Iterator[str]:
    """Milestones of the portal that the house does not know. They stay until somebody has said what they are."""
    for text in product.milestones:
        name, day = milestone_of(text)
        if name not in list(Milestone) or day is None:
            yield text


def _faults(product: LaunchShown, name: str) -> Iterator[Finding]:
    """What cannot be read, and milestones that the house does not know."""
    if product.fault:
        yield _fault(UNREADABLE, name, "launch", product.fault, "entries with a value")
    if strange := list(_strange(product)):
        near = get_close_matches(milestone_of(strange[0])[0], list(Milestone), n=1, cutoff=0)
        yield _fault(MILESTONE, name, "milestones", ", ".join(strange), f"a milestone of the house, such as {near[0]}")


def _says(wanted: Mapping[str, Any]) -> tuple[str, str, list[str]]:
    return wanted["readiness"], wanted["blocker"], sorted([*days_of(wanted["milestones"]), *wanted["others"]])


def _shows(product: LaunchShown) -> tuple[str, str, list[str]]:
    return product.readiness, product.blocker, list(product.milestones)


def _is_by_hand(product: LaunchShown, last: LatestDelivery | None, context: DecisionContext) -> bool:
    """Whether the portal does not show what it confirmed last: somebody else has changed it."""
    body = context.content(last.content_hash) if last is not None and last.state == "confirmed" else None
    told = json.loads(body) if body else None
    if told is None:
        return False
    days = [f"{name}={day}" for name, day in told["milestones"].items()]
    own = sorted(set(product.milestones) - set(_strange(product)))
    return (told["readiness"], told["blocker"], sorted(days)) != (product.readiness, product.blocker, own)


def _fault(rule: str, subject: str, field: str, found: str, expected: str) -> Finding:
    return launch_fault(rule, subject, field, found, expected, blocks=DESTINATION)


CASE = LaunchCase(
    id="fourallportal__launch_readiness",
    reads=(Product,),
    gains=(Todo, Launch),
    upstream=RIGHTS,
    rights=RightsQuestion(channels),
    decide=decide,
    faults_of=SYNDICATION,
    destination=DESTINATION,
    remembers=(TITLE, VIDEO),
    keeps=(LINE, TITLE, SOURCES),
    reads_all=True,
    backfill="silent",
    systems=("fourallportal",),
)
