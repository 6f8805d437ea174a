"""Who is told of what, whatever the use case: the one rule."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from colophon.blocks.decision import DecisionContext
from colophon.blocks.notices import MOST_LINES, Audience, Notice, address, who
from colophon.config.load import load_config
from colophon.domain.delivery import LatestDelivery
from colophon.domain.person import Person, StandIn
from colophon.domain.team import TeamMember, TeamRole

NOW = datetime(2026, 5, 4, 10, tzinfo=UTC)
EDITOR, DESIGNER = TeamRole.EDITOR, TeamRole.DESIGNER
FIELDS = {"title": "Sea", "stage": "copyedit_complete", "completed_by": "", "next_step": "", "next_owner": "", "next_due": None}
NOTICE = Notice(subject="todo:1/copyedit", occurrence="once", work_id=9, kind="milestone", fields=FIELDS)


def plan(
    *team,
    roles=(EDITOR, DESIGNER),
    desk=None,
    devices=("31", "32", "41"),
    notices=(NOTICE,),
    history=None,
    people=None,
    told_today=0,
    **more,
):
    """What goes to whom."""
    known = {key: replace(each, channels=frozenset(["token"] if key in devices else [])) for key, each in (people or {}).items()}
    book = lambda key: known.get(key, Person(key=key, channels=frozenset(["token"] if key in devices else [])))
    reached = {"is_reached": lambda key: book(key).why_not(NOW.date()) is None, "person": book}
    context = DecisionContext(NOW, load_config(), {}, lambda *_: history or {}, **reached, told_today=lambda _who: told_today)
    return address(notices, team, Audience(roles, desk or {}, 5, **more), context, use_case="test__case")


def member(role, who, manager=None):
    """Somebody in the team."""
    return TeamMember(work_id=9, role=role, contact_id=who, manager_id=manager)


def people(made):
    """Who is told."""
    return sorted(intent.content.decode().partition('"person": "')[2].partition('"')[0] for intent in made.intents)


@pytest.mark.parametrize(("is_each_role", "fields"), [(False, []), (True, ["team.designer"])])
def test_a_role_that_nobody_has_is_an_exception_where_each_role_has_to_hear(is_each_role, fields) -> None:
    """Else it is enough that the editor hears."""
    made = plan(member(EDITOR, 31), is_each_role=is_each_role)
    assert people(made) == ["31"]
    assert [(finding.rule, finding.subject, finding.field) for finding in made.findings] == [("N1", "todo:1", field) for field in fields]


@pytest.mark.parametrize(
    ("named", "why"),
    [
        ({}, "role:EDITOR"),
        ({"posts": ((EDITOR, ("31",)),)}, "role:EDITOR"),
        ({"posts": ((EDITOR, ("32",)),)}, "named"),
        ({"posts": ((TeamRole.MANAGER, ("32",)),)}, "above"),
        ({"posts": ((EDITOR, ("32",)),), "work_id": 0}, "role:EDITOR"),
        ({"posts": (), "people": ("41",), "work_id": 7}, "outside"),
    ],
)
def test_it_is_kept_by_which_rule_somebody_is_told(named, why) -> None:
    """As of the team, by name, of the teams of several titles, or from outside."""
    assert [intent.labels["why"] for intent in plan(member(EDITOR, 31), roles=(EDITOR,), notices=(replace(NOTICE, **named),)).intents] == [
        why
    ]


def test_a_notice_that_nobody_hears_is_an_exception_of_every_role() -> None:
    """Neither team nor desk."""
    assert [finding.field for finding in plan().findings] == ["team.editor", "team.designer"]


def test_each_without_a_device_is_stood_in_for_by_the_manager_and_the_desk_comes_last() -> None:
    """Two editors: the manager of one hears beside the other; the desk does not, for somebody of the role does."""
    team = (member(EDITOR, 31), member(EDITOR, 39, manager=41))
    made = plan(*team, roles=(EDITOR,), desk={EDITOR: ("32",)})
    assert people(made) == ["31", "41"]
    assert [(finding.rule, finding.found) for finding in made.findings] == [("N2", "none of contact 39")]
    assert people(plan(*team, roles=(EDITOR,), desk={EDITOR: ("32",)}, devices=("32",))) == ["32"]


def test_a_digest_has_nothing_that_a_person_has_heard_of() -> None:
    """Seven notices, one of them told before by a nearer one: six are in the digest, and go with it."""
    notices = [
        replace(NOTICE, subject=f"todo:{n}/copyedit", fields={**FIELDS, "title": f"Title {n}"}, silenced_by=(f"todo:{n}/nearer",))
        for n in range(7)
    ]
    told = f"{who('31')}/todo:3/nearer"
    made = plan(member(EDITOR, 31), notices=notices, history={told: LatestDelivery(1, "hash", "confirmed", NOW, {})})
    assert "Title 3" not in str([intent.content for intent in made.intents])
    assert [intent.labels["title"] for intent in made.intents] == [
        "6 notices",
        *(f"Title {n}: copyedit complete" for n in (0, 1, 2, 4, 5, 6)),
    ]
    waits = plan(member(EDITOR, 31), notices=notices, history={told: LatestDelivery(1, "hash", "planned", NOW, {}, has_left=False)})
    assert len(waits.intents) == 8


def test_what_may_have_left_is_in_no_other_digest() -> None:
    """The answer to its message was lost: that goes again as it is, and the digest of today has the others."""
    notices = [replace(NOTICE, subject=f"todo:{n}/copyedit", fields={**FIELDS, "title": f"Title {n}"}) for n in range(7)]
    doubtful = f"{who('31')}/todo:3/copyedit"
    made = plan(member(EDITOR, 31), notices=notices, history={doubtful: LatestDelivery(1, "hash", "planned", NOW, {}, occurrence="once")})
    digest, *others = made.intents
    assert "Title 3" not in digest.content.decode()
    assert digest.labels["title"] == "6 notices"
    assert {intent.subject for intent in others if not intent.carrier} == {doubtful}
    assert len(others) == 7
    renewed = {doubtful: LatestDelivery(1, "hash", "planned", NOW, {}, occurrence="an earlier one")}
    assert "Title 3" in plan(member(EDITOR, 31), notices=notices, history=renewed).intents[0].content.decode()


def test_a_digest_names_notices_by_title_and_counts_those_beyond() -> None:
    """Forty lines at most."""
    notices = [replace(NOTICE, subject=f"todo:{n}/copyedit") for n in range(MOST_LINES + 2)]
    digest = json.loads(plan(member(EDITOR, 31), notices=notices).intents[0].content)
    assert digest["title"] == "42 notices"
    assert digest["body"].splitlines()[-2:] == ["Sea: copyedit complete", "and 2 more"]


def test_each_reads_their_own_language_and_the_publishers_where_nobody_knows_it() -> None:
    """Editor, designer and somebody else: German, French, and the house's English."""
    known = {key: Person(key=key, language=language) for key, language in (("31", "de"), ("32", "fr-CA"))}
    made = plan(*(member(EDITOR, number) for number in (31, 32, 41)), people=known)
    assert sorted(json.loads(intent.content)["title"] for intent in made.intents) == [
        "Sea : préparation finie",
        "Sea: Redaktion fertig",
        "Sea: copyedit complete",
    ]


def test_what_is_urgent_wakes_a_device_and_so_does_a_digest_that_holds_it() -> None:
    """And none of the others."""
    notices = [replace(NOTICE, subject=f"todo:{n}/copyedit", severity="urgent" if n == 3 else "action") for n in range(7)]
    digest, *others = (json.loads(intent.content) for intent in plan(member(EDITOR, 31), notices=notices).intents)
    assert (digest["pipeline"], [each.get("pipeline", False) for each in others]) == (True, [n == 3 for n in range(7)])


@pytest.mark.parametrize(("told_today", "titles", "waits"), [(10, 2, False), (11, 1, False), (12, 1, True)])
def test_after_a_dozen_messages_in_a_day_the_rest_is_one_digest_and_then_waits_for_the_next_morning(told_today, titles, waits) -> None:
    """It is Monday of a bank holiday: the next morning is Tuesday's. What is urgent does not wait."""
    notices = [replace(NOTICE, subject=f"todo:{n}/copyedit") for n in range(2)]
    own = [intent for intent in plan(member(EDITOR, 31), notices=notices, told_today=told_today).intents if not intent.carrier]
    assert len(own) == titles
    assert {intent.not_before for intent in own} == ({datetime(2026, 5, 5, 7, tzinfo=UTC)} if waits else {None})
    urgent = plan(member(EDITOR, 31), notices=[replace(NOTICE, severity="urgent")], told_today=told_today)
    assert urgent.intents[0].not_before is None


@pytest.mark.parametrize(
    ("stand_ins", "hears", "rules"),
    [
        ({"31": "32"}, ["32"], []),
        ({"31": "39", "39": "32"}, ["32"], []),
        ({"31": "39"}, ["41"], ["N2"]),
        ({"31": "39", "39": "31"}, ["41"], ["N3"]),
    ],
)
def test_whoever_stands_in_hears_in_place_of_a_person_who_is_away(stand_ins, hears, rules) -> None:
    """One stand-in; one who is away as well; one without a device, and two in a circle: then the manager hears, and somebody has to mend it."""
    known = {key: Person(key=key, stand_ins=(StandIn(other, until_on=NOW.date()),)) for key, other in stand_ins.items()}
    made = plan(member(EDITOR, 31, manager=41), people=known, roles=(EDITOR,))
    assert (people(made), [finding.rule for finding in made.findings]) == (hears, rules)


def test_back_from_leave_a_person_hears_again() -> None:
    """The last day of the leave was yesterday."""
    known = {"31": Person(key="31", stand_ins=(StandIn("32", until_on=NOW.date() - timedelta(days=1)),))}
    assert people(plan(member(EDITOR, 31), people=known, roles=(EDITOR,))) == ["31"]


@pytest.mark.parametrize(
    ("known", "found"),
    [
        (Person(key="31", has_opted_out=True), "contact 31 has opted out"),
        (Person(key="31", ends_on=NOW.date() - timedelta(days=1)), "contact 31 has left"),
    ],
)
def test_who_has_left_or_opted_out_hears_nothing_and_the_next_in_line_does(known, found) -> None:
    """Device or not: it is somebody else's to hear, and an exception for whoever keeps the team."""
    made = plan(member(EDITOR, 31, manager=41), people={"31": known}, roles=(EDITOR,))
    assert (people(made), [(finding.rule, finding.found) for finding in made.findings]) == (["41"], [("N3", found)])


def test_the_last_day_is_a_day_on_which_a_person_still_hears() -> None:
    """As it is in a team."""
    made = plan(member(EDITOR, 31), people={"31": Person(key="31", ends_on=NOW.date())}, roles=(EDITOR,))
    assert people(made) == ["31"]


def test_managers_in_a_circle_are_an_exception_and_people_are_told() -> None:
    """Two who are each other's, and one who is their own; whoever merely leads to them is none."""
    team = (member(EDITOR, 31, manager=32), member(DESIGNER, 32, manager=31), member(EDITOR, 41, manager=31))
    made = plan(*team)
    assert (people(made), [(each.rule, each.subject) for each in made.findings]) == (
        ["31", "32", "41"],
        [("N6", who("31")), ("N6", who("32"))],
    )
    assert [each.rule for each in plan(member(EDITOR, 31, manager=31), roles=(EDITOR,)).findings] == ["N6"]
