"""XC-1 rehearsed: what a changed profile, or another severity of a rule, would do to each title's record. Nothing is entered or sent.

    differences = rehearse(products, context, edited)      # `edited`: the profile as it would be

Both answers come from the decision itself, asked twice about the same products with the same history.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from lxml import etree

from colophon.blocks.decision import DecisionContext, Plan
from colophon.domain.facts import Facts
from colophon.domain.finding import Finding, Severity
from colophon.onix.profile import Profile
from colophon.onix.xml import safe_parser
from colophon.quality.judge import check_severities
from colophon.use_cases.xconnector.metadata_syndication import CASE


class Change(NamedTuple):
    """A field of the record, by its path, with its values before and after; none: the field is not there."""

    field: str
    before: Sequence[str]
    after: Sequence[str]


@dataclass(frozen=True, slots=True)
class Difference:
    """What would become of a title: `was` and `would_be` are sent, refused or out of scope. `fails`: findings that would newly keep it back."""

    subject: str
    title: str
    was: str
    would_be: str
    changes: Sequence[Change] = ()
    fails: Sequence[Finding] = field(default=())


def rehearse(facts: Facts, context: DecisionContext, edited: Profile) -> list[Difference]:
    """The titles of which something would change for one recipient, in the order of their subjects.

    :raises BadConfigError: the profile's severities cannot be used.
    """
    check_severities(edited)
    today = context.config.recipients.get(edited.id)
    before = _decided(facts, context, today) if today else Plan()
    after = _decided(facts, context, edited)
    titles = {intent.subject: intent.labels.get("title", "") for plan in (before, after) for intent in plan.intents}
    subjects = sorted({*before.judged.get(edited.id, ()), *after.judged.get(edited.id, ())})
    return [found for subject in subjects if (found := _difference(subject, titles.get(subject, ""), before, after, edited.id))]


def with_severities(profile: Profile, severities: Mapping[str, str]) -> Profile:
    """A profile in which some rules have another severity."""
    return Profile.model_validate({**profile.model_dump(), "severities": {**profile.severities, **severities}})


def _decided(facts: Facts, context: DecisionContext, profile: Profile) -> Plan:
    config = context.config.model_copy(update={"recipients": {profile.id: profile}, "schemes": ()})
    return CASE.decide(facts, replace(context, config=config, params={**context.params, "mode": "delta", "recipients": [profile.id]}))


def _difference(subject: str, title: str, before: Plan, after: Plan, recipient: str) -> Difference | None:
    was, would_be = _outcome(subject, before, recipient), _outcome(subject, after, recipient)
    old, new = _content(subject, before), _content(subject, after)
    known = {(finding.rule, finding.field, finding.found) for finding in _errors(subject, before, recipient)}
    fails = [finding for finding in _errors(subject, after, recipient) if (finding.rule, finding.field, finding.found) not in known]
    changes = list(_changes(old, new)) if old and new and old != new else []
    if was == would_be and not changes and not fails:
        return None
    return Difference(subject, title, was, would_be, changes, fails)


def _outcome(subject: str, plan: Plan, recipient: str) -> str:
    if any(intent.subject == subject for intent in plan.intents):
        return "sent"
    if subject in plan.out_of_scope.get(recipient, {}):
        return "out of scope"
    return "refused" if subject in plan.judged.get(recipient, ()) else "unknown"


def _content(subject: str, plan: Plan) -> bytes | None:
    return next((intent.content for intent in plan.intents if intent.subject == subject), None)


def _errors(subject: str, plan: Plan, recipient: str) -> list[Finding]:
    name = plan.names.get(subject, subject)
    return [f for f in plan.findings if f.subject == name and f.blocks == recipient and f.severity is Severity.ERROR]


def _changes(before: bytes, after: bytes) -> Iterator[Change]:
    old, new = _fields(before), _fields(after)
    for path in dict.fromkeys([*old, *new]):
        if old.get(path) != new.get(path):
            yield Change(path, old.get(path, ()), new.get(path, ()))


def _fields(content: bytes) -> dict[str, list[str]]:
    """Values by path: of a record in XML without the outermost element, or of one in JSON."""
    found: dict[str, list[str]] = {}
    if content.lstrip()[:1] == b"{":
        _of_json(json.loads(content), "", found)
        return found
    _of_xml(etree.fromstring(content, safe_parser()), "", found)
    return found


def _of_xml(element: Any, path: str, found: dict[str, list[str]]) -> None:
    children = [child for child in element if isinstance(child.tag, str)]
    # Markup inside a text is a part of that text.
    if not children or (element.text or "").strip():
        found.setdefault(path, []).append(" ".join("".join(element.itertext()).split()))
        return
    for child in children:
        name = etree.QName(child).localname
        _of_xml(child, f"{path}/{name}" if path else name, found)


def _of_json(value: Any, path: str, found: dict[str, list[str]]) -> None:
    if isinstance(value, dict):
        for name, inner in value.items():
            _of_json(inner, f"{path}/{name}" if path else name, found)
    elif isinstance(value, list):
        for inner in value:
            _of_json(inner, path, found)
    elif value is not None:
        found.setdefault(path, []).append(str(value))
