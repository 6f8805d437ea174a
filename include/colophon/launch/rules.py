"""What can be wrong between the house and those who make things for a launch: rules of exceptions, each with what to do and who does it."""

from typing import NamedTuple

from colophon.domain.finding import Finding, Severity

STATUS, MILESTONE, BY_HAND, UNREADABLE, VIDEO = "LAUNCH-STATUS", "LAUNCH-MILESTONE", "LAUNCH-BY-HAND", "LAUNCH-UNREADABLE", "LAUNCH-VIDEO"


class LaunchRule(NamedTuple):
    """What it says, what to do, and whose it is."""

    says: str
    remedy: str
    owner: str


RULES = {
    STATUS: LaunchRule(
        "A status of the portal or the video library means something", "Name it in mapping.yaml, or have it set to one that is named there.", "operations"
    ),
    MILESTONE: LaunchRule("The portal knows no other milestones than the house", "Take it off the title at the portal, or plan it in Consonance.", "editor"),
    BY_HAND: LaunchRule(
        "Readiness and milestones at the portal are the house's", "It was put right; change the to-do in Consonance, not what follows it.", "operations"
    ),
    UNREADABLE: LaunchRule("What the portal says of a launch can be read", "Correct the entry at the portal; the next run reads it again.", "operations"),
    VIDEO: LaunchRule("A video that was asked for is there in time", "Ask the agency, or move the date; the title's readiness names it until it is there.", "marketing"),
}  # fmt: skip


def launch_fault(
    rule: str, subject: str, field: str, found: str, expected: str, *, blocks: str, owner: str = "", imprint: str = ""
) -> Finding:
    """The finding that something breaks a rule. :param owner: other than the rule's."""
    return Finding(
        subject=subject,
        rule=rule,
        severity=Severity.ERROR,
        field=field,
        found=found[:80],
        expected=expected,
        remedy=RULES[rule].remedy,
        owner=owner or RULES[rule].owner,
        blocks=blocks,
        imprint=imprint,
    )
