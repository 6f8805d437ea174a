"""What a rule is: data for people, and one small function that yields what is wrong."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from colophon.domain.finding import Severity
from colophon.domain.product import Product
from colophon.onix.codelists import CodeLists
from colophon.onix.prior import Prior
from colophon.onix.profile import Profile
from colophon.onix.record import OnixProduct
from colophon.onix.subject_codes import NO_CODES, SubjectCodes

E, W, C = Severity.ERROR, Severity.WARNING, Severity.COMPLETENESS


class Fault(NamedTuple):
    """One thing that is wrong: the field, the value found (shortened when it becomes a finding), what would be right."""

    field: str
    found: object
    expected: str


@dataclass(frozen=True, slots=True)
class Case:
    """What a rule looks at: the record as it would be written, the product it came from, the recipient, and the day.

    `subject_codes`: the publisher's list of them; empty where there is none.
    """

    record: OnixProduct
    product: Product
    profile: Profile
    on: date
    lists: CodeLists
    prior: Prior
    subject_codes: SubjectCodes = NO_CODES


Check = Callable[[Case], Iterator[Fault]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the trade. `provenance`: standard, recipient or ours."""

    id: str
    severity: Severity
    provenance: str
    sentence: str
    remedy: str
    check: Check


RULES: dict[str, Rule] = {}
"""All rules that judge a record, by id."""


def rule(rule_id: str, severity: Severity, sentence: str, remedy: str, provenance: str = "standard") -> Callable[[Check], Check]:
    """Register a check under its rule id."""

    def register(check: Check) -> Check:
        RULES[rule_id] = Rule(rule_id, severity, provenance, sentence, remedy, check)
        return check

    return register


def short(value: object) -> str:
    """A value found, cut to what a person reads at a glance; a list is joined, nothing is `none`."""
    if value is None or value == "":
        return "none"
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
