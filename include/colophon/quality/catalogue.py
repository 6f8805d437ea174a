"""All rules as rows, for the documentation and the desk."""

from colophon.quality import judge
from colophon.quality.gates import GATES
from colophon.quality.message import MESSAGE_RULES
from colophon.quality.rule import RULES, Rule

_GROUPS = "GMLIUDCPS"
"""First letters of the ids in the order in which the rule book speaks of them."""


def catalogue() -> list[Rule]:
    """Gates, message rules, then the rules on records in the rule book's order."""
    on_records = sorted((judge.find_rule(rule_id) for rule_id in RULES), key=lambda rule: _GROUPS.index(rule.id[0]))
    return [*GATES.values(), *MESSAGE_RULES.values(), *on_records]
