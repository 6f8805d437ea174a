"""The rules that rights records can break, and their findings."""

from typing import NamedTuple

from colophon.domain.finding import Finding, Severity
from colophon.domain.head_grant import HeadGrant
from colophon.domain.rights_deal import RightsDeal

OWNER = "rights_manager"
NOT_OF_TODAY = "R10"
"""The finding of this rule among the facts of a run says that they are not of today."""


class RightsRule(NamedTuple):
    """What a rule says and what to do where it is broken."""

    says: str
    remedy: str
    owner: str = OWNER


RULES = {
    "R1": RightsRule("The term of a contract is a number of months, or blank", "Enter the term as a whole number of months; blank is open-ended."),
    "R2": RightsRule("What is not recorded is not ours to sell", "Record the missing field; until then it counts against us."),
    "R3": RightsRule("Every code is one that the lists know", "Choose a code from the list named."),
    "R4": RightsRule("A period does not end before it begins", "Correct the earlier or the later of the two days."),
    "R5": RightsRule("Nothing is licensed exclusively to two", "Find which licence is right; narrow or end the other."),
    "R6": RightsRule("Portal and video platform show what rights allow", "It was put right; change rights in Consonance, not what follows them."),
    "R7": RightsRule("Nothing stays open against the rights", "Close it by hand at the counterpart, then see why our change was not taken."),
    "R8": RightsRule("What others own in a video is cleared while it runs", "Renew the clearance (clearances.yaml), or take it out of the video; where it ends the video closes.", "marketing"),
    "R9": RightsRule("A letter about a licence has somewhere to go", "Complete the licensee's contact in Consonance, or name another contact on the deal."),
    NOT_OF_TODAY: RightsRule("Decisions rest on what Consonance says now", "See why it could not be read; the next run that reads it opens what waits.", "operations"),
}  # fmt: skip


def broken(
    rule: str, subject: str, field: str, found: object, expected: str, imprint: str | None = None, *, blocks: str = "", remedy: str = ""
) -> Finding:
    """The finding that a record breaks a rule; it keeps the cells closed that the record is about. `remedy`: other than the rule's."""
    return Finding(
        subject=subject,
        rule=rule,
        severity=Severity.ERROR,
        field=field,
        found="nothing" if found is None or found == () else str(found)[:80],
        expected=expected,
        remedy=remedy or RULES[rule].remedy,
        owner=RULES[rule].owner,
        imprint=imprint or "",
        blocks=blocks,
    )


def ends_before_it_starts(record: HeadGrant | RightsDeal) -> Finding | None:
    """What is wrong with a grant or a licence whose last day comes before its first; None: nothing of that kind."""
    if record.starts_on is None or record.expires_on is None or record.expires_on >= record.starts_on:
        return None
    return broken("R4", record.subject, "expires_on", record.expires_on, f"a day not before {record.starts_on}, when it starts")
