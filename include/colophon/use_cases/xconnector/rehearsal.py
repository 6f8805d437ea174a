"""XC-1 rehearsed: what a changed profile, or another severity of a rule, would do to each title's record. Nothing is entered or sent.

    differences = rehearse(facts, context, edited)                          # `edited`: the profile as it would be
    differences = rehearse(on_paper, changed, profile, today=(facts, context))       # records or rights as they would be

Both answers come from the decision itself, asked twice about the same products with the same history.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.panels import WhatIfPanel
from colophon.domain.delivery_states import CLOSED
from colophon.domain.facts import Facts
from colophon.domain.finding import Finding, Severity
from colophon.onix.profile import Profile
from colophon.onix.said import Change, changes
from colophon.quality.judge import check_severities
from colophon.rehearsed import CLOSES, GOES, KEPT_BACK, OUTSIDE, Row, row_of, why_of
from colophon.use_cases.xconnector.metadata_syndication import CASE

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Difference:
    """What would become of a title: `was` and `would_be` are words of a plan (`rehearsed`), or unknown. `fails`: findings that would newly keep it back; `outside`: why it would be out of scope."""

    subject: str
    title: str
    was: str
    would_be: str
    changes: Sequence[Change] = ()
    fails: Sequence[Finding] = field(default=())
    outside: str = ""


def rehearse(
    facts: Facts, context: DecisionContext, edited: Profile, *, today: tuple[Facts, DecisionContext] | None = None
) -> list[Difference]:
    """The titles of which something would change for one recipient, in the order of their subjects.

    :param today: records and rights as they are, where those asked about are on paper; None: they are the same.

    :raises BadConfigError: the profile's severities cannot be used.
    """
    check_severities(edited)
    profile = context.config.recipients.get(edited.id)
    before = _decided(*(today or (facts, context)), profile) if profile else Plan()
    after = _decided(facts, context, edited)
    titles = {intent.subject: intent.labels.get("title", "") for plan in (before, after) for intent in plan.intents}
    subjects = sorted({*before.judged.get(edited.id, ()), *after.judged.get(edited.id, ())})
    return [found for subject in subjects if (found := _difference(subject, titles.get(subject, ""), before, after, edited.id))]


def rows(recipient: str, differences: Sequence[Difference]) -> list[Row]:
    """Differences as lines of a plan."""
    found = []
    for each in differences:
        why = [f"It is {each.was} today."] if each.was not in {each.would_be, UNKNOWN} else []
        why += [why_of(fault) for fault in each.fails]
        why += [each.outside] if each.outside else []
        is_first = each.was == UNKNOWN and each.would_be == GOES
        found.append(row_of(recipient, each.subject, each.would_be, title=each.title, is_first=is_first, why=why, changes=each.changes))
    return found


def with_severities(profile: Profile, severities: Mapping[str, str]) -> Profile:
    """A profile in which some rules have another severity."""
    return profile.model_copy(
        update={"severities": {**profile.severities, **{rule: Severity(value) for rule, value in severities.items()}}}
    )


def _decided(facts: Facts, context: DecisionContext, profile: Profile) -> Plan:
    config = context.config.model_copy(update={"recipients": {profile.id: profile}, "schemes": ()})
    return CASE.decide(facts, replace(context, config=config, params={**context.params, "mode": "delta", "recipients": [profile.id]}))


def _difference(subject: str, title: str, before: Plan, after: Plan, recipient: str) -> Difference | None:
    was, would_be = _outcome(subject, before, recipient), _outcome(subject, after, recipient)
    old, new = _content(subject, before), _content(subject, after)
    known = {(finding.rule, finding.field, finding.found) for finding in _errors(subject, before, recipient)}
    fails = [finding for finding in _errors(subject, after, recipient) if (finding.rule, finding.field, finding.found) not in known]
    # A record that closes says little beside that: what it leaves out is no change that anybody asked about.
    differs = changes(old, new) if old and new and old != new and would_be != CLOSES else []
    if was == would_be and not differs and not fails:
        return None
    return Difference(subject, title, was, would_be, differs, fails, after.out_of_scope.get(recipient, {}).get(subject, ""))


def _outcome(subject: str, plan: Plan, recipient: str) -> str:
    intent = next((intent for intent in plan.intents if intent.subject == subject), None)
    if intent is not None:
        return CLOSES if CLOSED in intent.labels else GOES
    if subject in plan.out_of_scope.get(recipient, {}):
        return OUTSIDE
    return KEPT_BACK if subject in plan.judged.get(recipient, ()) else UNKNOWN


def _content(subject: str, plan: Plan) -> bytes | None:
    return next((intent.content for intent in plan.intents if intent.subject == subject), None)


def _errors(subject: str, plan: Plan, recipient: str) -> list[Finding]:
    name = plan.names.get(subject, subject)
    return [f for f in plan.findings if f.subject == name and f.blocks == recipient and f.severity is Severity.ERROR]


PANEL = WhatIfPanel(CASE, rehearse, with_severities)
