"""Judges one product for one recipient: all rules, severities by the recipient's profile."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Protocol

import colophon.quality.rules  # noqa: F401 - registers the rules
from colophon.domain.finding import Finding, Severity
from colophon.domain.nearest import nearest
from colophon.domain.product import Product
from colophon.errors import BadConfigError
from colophon.onix.codelists import CodeLists
from colophon.onix.prior import Prior
from colophon.onix.profile import Profile
from colophon.onix.record import OnixProduct
from colophon.onix.subject_codes import NO_CODES, SubjectCodes
from colophon.quality.gates import GATES
from colophon.quality.message import MESSAGE_RULES
from colophon.quality.rule import RULES, Case, Fault, Rule, short


class Owners(Protocol):
    """Who mends a finding."""

    def of(self, rule: str) -> str:
        """Role that owns a rule's findings."""


def judge(
    record: OnixProduct,
    product: Product,
    profile: Profile,
    *,
    on: date,
    lists: CodeLists,
    prior: Prior,
    owners: Owners,
    subject_codes: SubjectCodes = NO_CODES,
) -> list[Finding]:
    """Everything that the rules find; errors block the recipient, the others are reported.

    :param on: the day of the run's `as_of`. :param subject_codes: the publisher's list; without one codes are judged by their shape.
    """
    case = Case(record, product, profile, on, lists, prior, subject_codes)
    found = []
    for rule in RULES.values():
        for fault in rule.check(case):
            found.append(finding(rule.id, fault, product, profile, owners))
    for omitted in record.omissions:
        fault = Fault(omitted.field, omitted.found, omitted.expected)
        found.append(finding(omitted.rule, fault, product, profile, owners))
    return found


def finding(rule_id: str, fault: Fault, product: Product, profile: Profile, owners: Owners) -> Finding:
    """A fault of a rule as a finding: with severity for this recipient, remedy and owner."""
    rule = find_rule(rule_id)
    severity = profile.severities.get(rule_id, rule.severity)
    return Finding(
        subject=product.subject,
        rule=rule_id,
        severity=severity,
        field=fault.field,
        found=short(fault.found),
        expected=fault.expected,
        remedy=rule.remedy,
        owner=owners.of(rule_id),
        blocks=profile.id if severity is Severity.ERROR else "",
        imprint=product.imprint or "",
    )


def check_severities(profile: Profile) -> None:
    """A recipient may take a rule more seriously than the rule book, and an error for nothing less: it would go out, or stay back unseen.

    :raises BadConfigError: it names a rule that there is not, with the nearest one, or lowers an error.
    """
    where = f"{profile.id}.yaml: severities"
    for rule_id, severity in profile.severities.items():
        known = RULES.get(rule_id) or GATES.get(rule_id)
        if known is None:
            raise BadConfigError(f"{where}: {nearest(rule_id, [*RULES, *GATES], 'rule on records')}", subject=profile.id)
        if known.severity is Severity.ERROR and severity is not Severity.ERROR:
            raise BadConfigError(f"{where}: {rule_id} is an error, severities cannot make it less", subject=profile.id)


def find_rule(rule_id: str) -> Rule:
    """The rule of an id, gates and message rules included."""
    return RULES.get(rule_id) or GATES.get(rule_id) or MESSAGE_RULES[rule_id]


def errors(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Those that keep the title back."""
    return (f for f in findings if f.severity is Severity.ERROR)
