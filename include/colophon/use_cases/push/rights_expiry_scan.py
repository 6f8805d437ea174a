"""PN-2, the daily rights-expiry scan: the rights manager and legal hear of contracts, grants and licences that end.

Each threshold of an end is a notice of its own: who was told of a nearer one is not told of a farther one any more, and a new end
date starts over. What is due is found batch by batch (`rights_scan`); here is who is told.
"""

from collections.abc import Mapping, Sequence

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.notices import PEOPLE, Audience, Notice, address
from colophon.blocks.panels import EndsPanel
from colophon.blocks.use_case import RIGHTS, UseCase
from colophon.config.wording import clipped
from colophon.domain.contact import Contact
from colophon.domain.facts import Facts
from colophon.domain.team import TeamMember
from colophon.use_cases.push.ending_rights import ROLES, THRESHOLDS, Due, ending
from colophon.use_cases.push.rights_scan import DUE, Scanned

MOST_CODES, MOST_NAME = 12, 40


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """Each threshold of an end once to each person of the team, in today's words; what waits and is not due any more is withdrawn."""
    rules = context.config.rights_alerts
    due = sorted(facts.records(Due), key=lambda each: (each.days_left, each.threshold.subject))
    names = {contact.id: contact.name for contact in facts.records(Contact, ()) if contact.name}
    audience = Audience(
        roles=ROLES,
        desk={role: rules.desk.get(role.lower(), ()) for role in ROLES},
        digest_above=rules.digest_above,
        is_each_role=True,
        digest_kind="ending_rights",
    )
    team = {member for each in due for member in each.team}
    plan = address([_notice(each, names) for each in due], team, audience, context, use_case=CASE.id)
    scans = facts.records(Scanned)
    plan.everything = frozenset([PEOPLE] if scans and all(each.is_whole for each in scans) else [])
    return plan


def _notice(due: Due, names: Mapping[int, str]) -> Notice:
    """What ends where and when, and what is asked; what is not recorded is left out.

    :param names: of licensees, by contact id; one that is not known goes by its number.
    """
    threshold, licensee = due.threshold, names.get(due.licensee_id or 0) or str(due.licensee_id or "")
    reach = {
        "territories": _codes(due.territories, due.excluded_territories),
        "formats": _codes(due.formats),
        "languages": _codes(due.languages),
        "licensee": clipped(licensee, MOST_NAME),
    }
    return Notice(
        subject=str(threshold),
        occurrence="once",
        work_id=due.work_id or 0,
        kind="ending_right",
        fields={
            "title": due.title,
            "kind": due.kind,
            "number": threshold.subject.rpartition(":")[2],
            "reach": [[name, words] for name, words in reach.items() if words],
            "ends": threshold.ends_on,
            "days": due.days_left,
            "sell_off": due.sell_off_until,
            "action": due.action.value,
        },
        data={
            "record": threshold.subject,
            "kind": due.kind,
            "ends_on": threshold.ends_on.isoformat(),
            "days_left": str(due.days_left),
            "action": due.action.value,
            **{name: words for name, words in reach.items() if words},
        },
        labels={"title": due.title[:200], "threshold": str(threshold), "name": f"{threshold.subject} ({due.days_left})"},
        silenced_by=tuple(map(str, threshold.silencing())),
    )


def _codes(codes: Sequence[str] | None, without: Sequence[str] | None = None) -> str:
    """A list for people, cut where it is long; not recorded is empty."""
    shown = ", ".join((codes or ())[:MOST_CODES]) + (" …" if codes and len(codes) > MOST_CODES else "")
    return f"{shown} (− {_codes(without)})" if shown and without else shown


CASE = UseCase(
    id="push__rights_expiry_scan",
    reads=(Due,),
    gains=(Contact,),
    upstream=RIGHTS,
    upstream_gains=(TeamMember,),
    staged=DUE.facts,
    decide=decide,
    backfill="silent",
    tells_people=True,
    systems=("opentext_push", "people"),
)
PANEL = EndsPanel(CASE, THRESHOLDS, ending)
