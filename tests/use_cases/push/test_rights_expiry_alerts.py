"""PN-2's second half: which person gets what, once, in one message or several."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from ledger_database import make_ledger

from colophon.blocks.decision import DecisionContext
from colophon.blocks.notices import PEOPLE
from colophon.config.load import load_config
from colophon.domain.contact import Contact
from colophon.domain.contract import Contract
from colophon.domain.delivery import Verdict
from colophon.domain.facts import Facts as Read
from colophon.domain.facts import Known
from colophon.domain.head_grant import HeadGrant
from colophon.domain.person import Person
from colophon.domain.product import Language, Product
from colophon.domain.rights_deal import DealStatus, RightsDeal
from colophon.domain.team import TeamMember, TeamRole
from colophon.ledger import Ledger
from colophon.onix.codelist_file import load_code_lists
from colophon.rights import Atlas
from colophon.rights.facts import Facts
from colophon.use_cases.push.rights_expiry_scan import CASE, decide
from colophon.use_cases.push.rights_scan import DUE, scan

ATLAS = Atlas(load_code_lists())
CONFIG = load_config()
END = date(2027, 6, 30)
HOSTILE = 'A "quiet"\nnight <b>\u202eof</b> ' + "x" * 200
PRODUCT = Product(
    id=7, kind="PhysicalBookProduct", work_id=3, isbn13="9781999000004", title=HOSTILE, form_code="BC", is_for_sale_worldwide=True,
    languages=(Language(role="01", code="eng"),),
)  # fmt: skip
CONTRACT = Contract(id=1, name="Head", work_id=3, signed_on=date(2020, 1, 31))
GRANT = HeadGrant(
    id=5, contract_id=1, work_id=3, rights_type="Volume", formats=("*",), territories=("WORLD",), languages=("*",), channels=("*",)
)  # fmt: skip
DEAL = RightsDeal(
    id=9, work_id=3, licensee_id=44, rights_type="Translation", is_exclusive=True, territories=("FR", "BE"), languages=("fre",),
    formats=("PAPERBACK",), channels=("*",), expires_on=END, status=DealStatus.SIGNED,
)  # fmt: skip
TEAM = (
    TeamMember(work_id=3, role=TeamRole.RIGHTS_MANAGER, contact_id=31),
    TeamMember(work_id=3, role=TeamRole.LEGAL, contact_id=32),
    TeamMember(work_id=3, role=TeamRole.EDITOR, contact_id=33),
)
FACTS = Facts(products=(PRODUCT,), contracts=(CONTRACT,), grants=(GRANT,), deals=(DEAL,), team=TEAM)


def at(days_left: int) -> datetime:
    """The morning so many days before the end."""
    return datetime(2027, 6, 30, 5, tzinfo=UTC) - timedelta(days=days_left)


@pytest.fixture
def ledger(tmp_path):
    """An empty one."""
    make_ledger(f"sqlite:///{tmp_path}/ledger.db")
    with Ledger.open(f"sqlite:///{tmp_path}/ledger.db") as opened:
        yield opened


def decided(facts, on, config=CONFIG, history=lambda *_: {}, last_run=None, names=None, **more):
    """What is planned on a day about the facts of one batch, which travel as they are staged."""
    result = scan(facts, ATLAS, config, as_of=on, last_run=last_run)
    contacts = tuple(Contact(id=number, name=name) for number, name in (names or {}).items())
    read = DUE.facts(DUE.to_lines([result.scanned, *result.due])) | Read({Contact: Known(records=contacts, source="test", as_of=on)})
    return decide(read, DecisionContext(on, config, {}, history, delivery_class="D", **more))


def morning(ledger, days_left, facts=FACTS, result="sent", **more):
    """One run's plan, entered in the ledger; the messages that are new."""
    plan = decided(facts, at(days_left), history=lambda to, subjects: ledger.latest(CASE.id, to, subjects), **more)
    ledger.plan(plan.intents)
    claimed = ledger.claim(CASE.id, PEOPLE, owner="me", lease_s=900, limit=10_000)
    ledger.finish([Verdict(delivery.id, result) for delivery in claimed], owner="me")
    return sorted((json.loads(delivery.content) for delivery in claimed), key=lambda alert: alert["person"])


def deals(number, **changes):
    """So many licences of one work."""
    return tuple(replace(DEAL, id=100 + n, **changes) for n in range(number))


def test_an_alert_says_what_ends_where_when_and_what_to_do(ledger) -> None:
    """Rights manager and legal of the title get it, the editor does not; the title stays one line."""
    first, second = morning(ledger, 90)
    assert (first["person"], second["person"]) == ("31", "32")
    assert first["title"].startswith('A "quiet" night <b>')
    assert first["title"].endswith("rights end in 90 days")
    assert "\n" not in first["title"]
    assert first["body"] == (
        "Outbound licence 9 (territories FR, BE; formats PAPERBACK; languages fre; licensee 44) ends on 30 June 2027, in 90 days."
        " Please renew it, or say that it ends."
    )
    assert first["link"] == "https://web.consonance.app/works/3"
    assert first["data"]["action"] == "renew"
    assert all(isinstance(value, str) for value in first["data"].values())


def test_each_threshold_goes_once_to_each_person(ledger) -> None:
    """A year of mornings with three of them missed: 180, 90, 30, 7, today, lapsed."""
    said = [(days, alert["person"]) for days in range(300, -65, -1) if days not in {90, 89, 88} for alert in morning(ledger, days)]
    assert [days for days, person in said if person == "31"] == [180, 87, 30, 7, 0, -1]
    assert [days for days, person in said if person == "32"] == [180, 87, 30, 7, 0, -1]


def test_a_new_rights_manager_is_told_too_and_the_others_are_not_again(ledger) -> None:
    """What one person was told, another was not."""
    assert len(morning(ledger, 90)) == 2
    joined = replace(FACTS, team=(*TEAM, TeamMember(work_id=3, role=TeamRole.RIGHTS_MANAGER, contact_id=34)))
    assert [alert["person"] for alert in morning(ledger, 80, joined)] == ["34"]


def test_a_new_end_date_starts_over_and_an_old_one_that_comes_back_does_not(ledger) -> None:
    """Extended by mistake and set back: the threshold that was told stays told."""
    assert len(morning(ledger, 30)) == 2
    later = replace(FACTS, deals=(replace(DEAL, expires_on=END + timedelta(days=60)),))
    assert len(morning(ledger, 29, later)) == 2
    assert morning(ledger, 28) == []


def test_more_than_a_few_are_one_digest_that_counts_as_all_of_them(ledger) -> None:
    """Six licences end: one message each to two people, told once, and each is known as told."""
    many = replace(FACTS, deals=deals(12))
    first, second = morning(ledger, 30, many)
    assert first["title"] == second["title"] == "12 rights end soon or have lapsed"
    assert first["body"].count("outbound licence") == 12
    assert morning(ledger, 29, many) == []
    assert len(morning(ledger, 7, replace(FACTS, deals=deals(3)))) == 6
    assert ledger.counts(CASE.id)[PEOPLE] == {"sent": 2 + 24 + 6}


def test_the_largest_digest_fits_into_a_push(ledger) -> None:
    """Hundreds of rights with long titles stay below the 4 KB of a device's message."""
    first, _ = morning(ledger, 30, replace(FACTS, deals=deals(300)))
    told, _, others = first["body"].partition("\nAnd, with days left: ")
    named = others.split(", ")[:-1]
    assert named[0] == f"rights_deal:{100 + told.count('outbound licence')} (30)"
    assert others.endswith(f"and {300 - told.count('outbound licence') - len(named)} more.")
    assert len(json.dumps(first, ensure_ascii=False).encode()) < 4096


def test_members_of_a_digest_share_what_becomes_of_it(ledger) -> None:
    """Sent, refused or sent again by hand: as the message that carries them."""
    from colophon.domain.delivery import Verdict

    many = replace(FACTS, deals=deals(6), team=(TEAM[0], replace(TEAM[1], contact_id=31)))
    assert len(morning(ledger, 30, many, result="refused")) == 1
    assert ledger.counts(CASE.id)[PEOPLE] == {"failed": 7}
    assert ledger.redrive(CASE.id, PEOPLE) == 7
    (digest,) = ledger.claim(CASE.id, PEOPLE, owner="me", lease_s=900, limit=10)
    ledger.finish([Verdict(digest.id, "accepted", "usmr-1")], owner="me")
    assert ledger.counts(CASE.id)[PEOPLE] == {"accepted": 7}


def test_an_alert_whose_effect_nobody_knows_keeps_the_next_threshold_waiting_for_nobody(ledger) -> None:
    """It stays unknown and is not repeated; the next one goes."""
    assert len(morning(ledger, 30, result="unknown")) == 2
    assert morning(ledger, 29) == []
    assert len(morning(ledger, 7)) == 2
    assert ledger.counts(CASE.id)[PEOPLE] == {"unknown": 2, "sent": 2}


def test_without_a_team_the_desk_is_told_and_without_a_desk_it_is_an_exception(ledger) -> None:
    """Nobody to tell is a fault with an owner, not silence."""
    for team in (None, ()):
        assert {alert["person"] for alert in morning(ledger, 30 if team is None else 7, replace(FACTS, team=team))} == {"102", "103"}
    nobody = CONFIG.model_copy(update={"rights_alerts": CONFIG.rights_alerts.model_copy(update={"desk": {}})})
    plan = decided(replace(FACTS, team=()), at(0), nobody)
    assert plan.intents == []
    assert {(f.rule, f.subject, f.field) for f in plan.findings} == {
        ("N1", "rights_deal:9", "team.rights_manager"),
        ("N1", "rights_deal:9", "team.legal"),
    }


def test_what_lapsed_in_a_long_outage_is_told_and_what_lapsed_long_before_the_first_run_is_not(ledger) -> None:
    """Sixty days without a run."""
    assert morning(ledger, -50) == []
    assert len(morning(ledger, -50, last_run=at(10))) == 2


def test_bad_records_are_exceptions_and_close() -> None:
    """An unreadable term, an unknown country, overlapping exclusives, an end before the start."""
    bad = replace(
        FACTS,
        contracts=(CONTRACT.model_copy(update={"term": "life"}),),
        grants=(replace(GRANT, territories=("XQ",)),),
        deals=(replace(DEAL, starts_on=END + timedelta(days=1)), replace(DEAL, id=10, territories=("FR",), languages=("*",), formats=("*",)),
               replace(DEAL, id=11, licensee_id=45, territories=("FR",), languages=("*",), formats=("*",))),
    )  # fmt: skip
    found = scan(bad, ATLAS, CONFIG, as_of=at(90), last_run=None)
    assert {f.rule for f in found.findings} >= {"R1", "R3", "R4", "R5"}
    assert all(f.owner == "rights_manager" and f.remedy for f in found.findings)


def test_a_fingerprint_changes_with_rights_and_not_with_time_alone() -> None:
    """Nothing until the day on which a cell turns; then that product."""
    facts = replace(FACTS, deals=(replace(DEAL, languages=("eng",)),))
    states = [scan(facts, ATLAS, CONFIG, as_of=at(days), last_run=None).states[0].fingerprint for days in (20, 10, 0, -1, -2)]
    assert states[0] == states[1] == states[2]
    assert states[3] != states[2]
    assert states[4] == states[3]


def test_pn2_digest_keeps_territory_format_language_licensee_and_sell_off(ledger) -> None:
    """Each end of a digest says what a message of its own would."""
    many = replace(FACTS, deals=deals(12, sell_off_until=END + timedelta(days=184)))
    first, _ = morning(ledger, 30, many, names={44: "Canary Press"})
    reach = "(FR, BE; PAPERBACK; fre; Canary Press), 30 June 2027, stock until 31 December 2027: negotiate"
    assert len([line for line in first["body"].splitlines() if line.endswith(reach)]) == 12
    assert len(json.dumps(first, ensure_ascii=False).encode()) < 4096


def test_pn2_licensee_by_name_else_by_number(ledger) -> None:
    """A name that the contacts do not tell is not invented."""
    assert "licensee Canary Press)" in morning(ledger, 30, names={44: "Canary Press"})[0]["body"]
    assert "licensee 44)" in morning(ledger, 7, names={45: "Another"})[0]["body"]


def test_pn2_a_lapsed_licence_tells_people_that_the_rights_have_returned(ledger) -> None:
    """Nobody is asked to take anything out of distribution."""
    first, _ = morning(ledger, -1)
    assert first["title"].endswith("rights have returned")
    assert first["body"].endswith("ended on 30 June 2027, 1 day ago. The rights have returned to us: please decide what becomes of them.")
    assert first["data"]["action"] == "returned"


def test_pn2_each_reads_of_an_end_in_their_own_language(ledger) -> None:
    """The rights manager in German, legal in French."""
    known = {"31": Person(key="31", language="de"), "32": Person(key="32", language="fr-CA")}
    german, french = morning(ledger, 30, names={44: "Canary Press"}, person=known.__getitem__)
    assert german["title"].endswith("Rechte enden in 30 Tagen")
    assert german["body"] == (
        "Lizenz 9 (Gebiete FR, BE; Formate PAPERBACK; Sprachen fre; Lizenznehmer Canary Press) endet am 30. Juni 2027, in 30 Tagen."
        " Bitte jetzt verhandeln, oder das Ende vorbereiten."
    )
    assert french["body"].startswith("Licence cédée 9 (territoires FR, BE; ".replace("; ", " ; "))


def test_pn2_person_without_a_device_is_an_exception_and_the_next_in_line_is_told(ledger) -> None:
    """The rights manager has none: the desk's is told, and the manager once there is a device."""
    (exception,) = _without_devices("31").findings
    assert (exception.rule, exception.owner, exception.found) == ("N2", "operations", "none of contact 31")
    told = [alert["person"] for alert in morning(ledger, 30, is_reached=lambda person: person != "31")]
    assert told == ["102", "32"]
    assert [alert["person"] for alert in morning(ledger, 29)] == ["31"]


def test_pn2_when_nobody_has_a_device_everyone_is_an_exception_and_nobody_is_told() -> None:
    """A team of two and the desk behind them; an address of the desk stands in no exception."""
    config = CONFIG.model_copy(update={"rights_alerts": CONFIG.rights_alerts.model_copy(update={"desk": {"legal": ("a@canary.example",)}})})
    plan = _without_devices("31", "32", "a@canary.example", config=config, team=(TEAM[0],))
    assert plan.intents == []
    assert sorted(f.found for f in plan.findings if f.rule == "N2") == ["none of a person of the desk", "none of contact 31"]
    assert sorted((f.subject, f.field) for f in plan.findings if f.rule == "N1") == [
        ("rights_deal:9", "team.legal"),
        ("rights_deal:9", "team.rights_manager"),
    ]
    assert "canary" not in str(plan.findings)


def _without_devices(*people, config=CONFIG, team=TEAM):
    return decided(replace(FACTS, team=team), at(30), config, is_reached=lambda person: person not in people)
