"""All rules as rows, for the documentation and the desk."""

from colophon.quality import judge
from colophon.quality.gates import GATES
from colophon.quality.message import MESSAGE_RULES
from colophon.quality.rule import RULES, Rule


def catalogue() -> list[Rule]:
    """Gates, message rules, then the rules on records in the rule book's order."""
    return [*GATES.values(), *MESSAGE_RULES.values(), *(judge.find_rule(rule_id) for rule_id in RULES)]
