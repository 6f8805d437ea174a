"""FP-7, launch readiness: milestones and readiness go to the portal, what it says of assets comes back, and each title has one view.

The launch engine judges; what it said is remembered for the desk, with when it changed and why. A status that the portal invents, and a
milestone that nobody plans, are exceptions and make nothing green. While the portal is away, titles are judged without it.
"""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from colophon.blocks.decision import DecisionContext, RightsQuestion
from colophon.blocks.desired_state import OPENS, change
from colophon.blocks.ids import SYNDICATION
from colophon.blocks.launches import LaunchCase, LaunchPlan
from colophon.blocks.use_case import RIGHTS, channels
from colophon.domain.facts import Facts, Known
from colophon.domain.finding import Finding
from colophon.domain.launch import Launch
from colophon.domain.nearest import near_to
from colophon.domain.product import Product
from colophon.domain.todo import Milestone, Todo
from colophon.errors import BadConfigError
from colophon.launch.rules import BY_HAND, MILESTONE, STATUS, UNREADABLE, launch_fault
from colophon.launch.title import Format, Title
from colophon.launch.view import LINE, SOURCES, TITLE, VIDEO
from colophon.systems.fourallportal.launch_shown import AssetShown, LaunchShown, milestone_of
from colophon.systems.fourallportal.mapping import PortalMapping
from colophon.systems.fourallportal.rules import DESTINATION
from colophon.use_cases.fourallportal.launch_said import is_by_hand, says, strange_in, wanted_of
from colophon.use_cases.fourallportal.launch_titles import evidence_for, kept_of, titles_of


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
        wanted = wanted_of(product, titles.get(product.isbn), history.get(subject), mapping.launch)
        plan.findings += _faults(product, plan.names[subject])
        if product.fault or wanted is None or says(product, wanted):
            plan.settled[DESTINATION].append(subject)
            continue
        if is_by_hand(product, history.get(subject), context):
            plan.findings.append(
                _fault(BY_HAND, plan.names[subject], "launch", f"by hand: {product.readiness or 'cleared'}", "as the house says")
            )
        told = wanted.model_dump(mode="json")
        intent = change(CASE, context, subject, told, turn=OPENS, seen=product.mod_time, delivery_class="B", labels={"isbn": product.isbn})
        plan.intents.append(intent)
    for said in sorted({asset.unnamed for asset in facts.records(AssetShown) if asset.unnamed}):
        finding = _fault(STATUS, f"status:{said}"[:80], "approval status", said, "one that mapping.yaml names")
        plan.hold(DESTINATION, finding, is_so=True)


def _faults(product: LaunchShown, name: str) -> Iterator[Finding]:
    """What cannot be read, and milestones that the house does not know."""
    if product.fault:
        yield _fault(UNREADABLE, name, "launch", product.fault, "entries with a value")
    if strange := list(strange_in(product)):
        near = get_close_matches(milestone_of(strange[0])[0], list(Milestone), n=1, cutoff=0)
        yield _fault(MILESTONE, name, "milestones", ", ".join(strange), f"a milestone of the house, such as {near[0]}")


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
