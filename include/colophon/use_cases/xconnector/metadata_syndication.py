"""XC-1, nightly metadata syndication: which titles go to which recipient, in which words, and which stay back.

Every pair of product and recipient ends as exactly one of: new (to be sent), unchanged, stale (a later day already spoke), refused (with
the rule), out of scope. The decision is about what *would be sent*, never about timestamps. Where a title may be sold is the rights
engine's answer; a recipient who has one is told where it may no longer be sold, whatever else is wrong with it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from colophon import environment
from colophon.blocks.decision import DecisionContext, Plan, RightsQuestion
from colophon.blocks.ids import SYNDICATION
from colophon.blocks.panels import TitlePanel
from colophon.blocks.use_case import RIGHTS, UseCase, channels
from colophon.config import Config
from colophon.domain.delivery_states import CLOSED
from colophon.domain.departed import Departed
from colophon.domain.facts import Facts, Known
from colophon.domain.jsonl import split, split_departed
from colophon.domain.product import Product
from colophon.domain.supplement import Supplement
from colophon.errors import BadRecordError, TooManyRefusedError
from colophon.onix.profile import Profile
from colophon.quality import figures
from colophon.quality.rule import Fault
from colophon.unsettled import is_too_large
from colophon.use_cases.xconnector.closings import decide_departed, decide_title, decide_unread
from colophon.use_cases.xconnector.holds import holds
from colophon.use_cases.xconnector.nights import due, recipients
from colophon.use_cases.xconnector.title_pairs import Pair, is_for_somebody


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """Decide about a batch, for every recipient of the run.

    :raises BadConfigError: a recipient that no profile has.
    """
    products, unreadable = facts.records(Product), facts.findings
    left: Sequence[Departed] = facts.records(Departed) if Departed in facts else ()
    wanted = [product for product in products if is_for_somebody(product, context)]
    on, schemes = context.as_of.date(), context.config.schemes
    plan = Plan(figures=figures.figures(wanted, on, schemes, context.sent(figures.moments(wanted, on, schemes))))
    turns, owners = due(context.params, context.config, context.as_of), context.config.owners
    profiles = [profile for profile, _ in turns]
    # What a run is for a recipient decides whether it gets again what it has.
    asked = {profile.id: replace(context, params={**context.params, "mode": mode}) for profile, mode in turns}
    subjects = [product.subject for product in products] + [fault.subject for fault in unreadable] + [title.subject for title in left]
    judged, plan.names = _told_apart(subjects)
    for profile in profiles:
        plan.judged[profile.id] = list(judged)
        plan.findings += [fault.model_copy(update={"blocks": profile.id, "owner": owners.of(fault.rule)}) for fault in unreadable]
    history = {profile.id: context.history(profile.id, subjects) for profile in profiles}

    def pair(subject: str, profile: Profile) -> Pair:
        return Pair(subject, profile, asked[profile.id], history[profile.id].get(subject))

    seen: dict[str, int] = {}
    # One title for all recipients, then the next: what its texts have in common is worked out once.
    for product in products:
        first = seen.setdefault(product.isbn13, product.id) if product.isbn13 else product.id
        for profile in profiles:
            if first == product.id:
                decide_title(product, pair(product.subject, profile), plan)
            else:
                twice = Fault("isbn13", product.isbn13, f"one product; product {first} has it too")
                plan.findings.append(pair(product.subject, profile).finding("L4", twice, product))
    for subject in sorted({fault.subject for fault in unreadable} - {product.subject for product in products}):
        for profile in profiles:
            decide_unread(pair(subject, profile), plan)
    for title in left:
        for profile in profiles:
            decide_departed(title, pair(title.subject, profile), plan)
    plan.intents.sort(key=lambda intent: CLOSED not in intent.labels)  # closing goes before opening
    return plan


def staged(lines: Iterable[str]) -> Facts:
    """The products of a batch, which could not be read, and titles that are no more."""
    departed, others = split_departed(lines)
    products, unreadable = split(others)
    now = environment.now()
    known = Known(records=tuple(products), source="staged", as_of=now, unreadable=tuple(unreadable))
    return Facts({Product: known, Departed: Known(records=tuple(departed), source="ledger", as_of=now)})


def check(counts: Mapping[str, Mapping[str, int]], *, read: int, config: Config) -> None:
    """Nothing may be lost between reading and deciding, and not everything that is for a recipient may be refused.

    :raises BadRecordError: a recipient's numbers do not add up to what was read. :raises TooManyRefusedError: the share.
    """
    for destination, count in counts.items():
        if (planned := sum(count.values())) != read:
            parts = " + ".join(f"{number} {word.replace('_', ' ')}" for word, number in count.items() if number) or "nothing"
            raise BadRecordError(
                f"{destination}: the plan speaks of {planned} products, {read} were read: {parts}, "
                f"{abs(read - planned)} {'missing' if planned < read else 'too many'}",
                subject=destination,
                remedy="Do not clear; keep the log and call a developer: titles would be lost.",
            )
        if "not_armed" in count:
            continue  # nobody waits for it yet, and it stops nobody who does
        refused, judged = count.get("refused", 0), read - count.get("out_of_scope", 0)
        if is_too_large(refused, judged, config.limits.refused_share):
            raise TooManyRefusedError(f"{destination}: {refused / judged:.0%} of {judged} titles are refused", subject=destination)


def _told_apart(subjects: Iterable[str]) -> tuple[list[str], dict[str, str]]:
    """Each record by a name of its own, and what findings call those whose ISBN came before: all that was read is counted."""
    number, judged, names = Counter[str](), list[str](), dict[str, str]()
    for subject in subjects:
        number[subject] += 1
        judged.append(subject if number[subject] == 1 else f"{subject}#{number[subject]}")
        if number[subject] > 1:
            names[judged[-1]] = subject
    return judged, names


CASE = UseCase(
    id=SYNDICATION,
    reads=(Product,),
    upstream=RIGHTS,
    upstream_gains=(Supplement,),
    staged=staged,
    rights=RightsQuestion(channels),
    decide=decide,
    backfill="latest",
    systems=("xconnector", "recipients"),
)
PANEL = TitlePanel(CASE, recipients, holds)
