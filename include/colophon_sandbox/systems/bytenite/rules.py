"""Who may show what, where and when (contract section 8): deny beats allow, and without a rule nothing may run."""

from datetime import datetime
from typing import NamedTuple

from colophon_sandbox.world import Row, moment


class Ruling(NamedTuple):
    """Whether a placement may run at a moment, by which rule, and why."""

    allowed: bool
    rule_id: str | None
    reason: str
    until: str | None = None


def ruling(rules: Row | None, channel: str, territory: str, at: datetime) -> Ruling:
    """The rules' word on one channel and territory at one moment."""
    fitting = [rule for rule in (rules or {"rules": []})["rules"] if _fits(rule, channel, territory, at)]
    denying = next((rule for rule in fitting if rule["effect"] == "deny"), None)
    if denying is not None:
        return Ruling(False, denying["ruleId"], denying["reason"] or "rule")
    if not fitting:
        return Ruling(False, None, "no rule allows it")
    return Ruling(True, fitting[0]["ruleId"], fitting[0]["reason"] or "", fitting[0]["until"])


def _fits(rule: Row, channel: str, territory: str, at: datetime) -> bool:
    return (
        channel in rule["channels"]
        and territory in rule["territories"]
        and (rule["from"] is None or moment(rule["from"]) <= at)
        and (rule["until"] is None or at <= moment(rule["until"]))
    )
