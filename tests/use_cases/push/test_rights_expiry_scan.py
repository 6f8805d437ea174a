"""PN-2's decision: who is told of which end, once, and of what nobody is told."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colophon.domain.contract import Contract
from colophon.domain.finding import Finding, Severity
from colophon.domain.head_grant import HeadGrant
from colophon.domain.rights_deal import DealStatus, RightsDeal
from colophon.rights.facts import Facts
from colophon.use_cases.push.ending_rights import LAPSED, ROLES, Action, Threshold, ending

END = date(2027, 6, 30)
CONTRACT = Contract(id=1, name="Head contract", work_id=3, signed_on=date(2022, 6, 30), term="60")
GRANT = HeadGrant(
    id=5, contract_id=1, work_id=3, rights_type="Volume", formats=("PRINT",), territories=("IN",), languages=("eng",), channels=("*",), expires_on=END
)  # fmt: skip
DEAL = RightsDeal(
    id=9,
    work_id=3,
    licensee_id=44,
    rights_type="Translation",
    is_exclusive=True,
    territories=("FR",),
    languages=("fre",),
    formats=("PAPERBACK",),
    channels=("*",),
    expires_on=END,
    sell_off_until=date(2027, 12, 31),
    status=DealStatus.SIGNED,
)


def at(days_left):
    """The morning so many days before the end."""
    return datetime.combine(END - timedelta(days=days_left), time(6), UTC)


class Look(NamedTuple):
    """One run."""

    alerts: list
    findings: list


def look(days_left, *, contracts=(CONTRACT,), grants=(), deals=(), alerted=(), unreadable=(), last_run=None):
    """One run: what is due, less what a nearer alert silences."""
    facts = Facts(products=(), contracts=contracts, grants=grants, deals=deals, unreadable=unreadable)
    due, findings = ending(facts, as_of=at(days_left), last_run=last_run)
    return Look([alert for alert in due if set(alerted).isdisjoint(alert.threshold.silencing())], findings)


def run(mornings, **records):
    """Runs on several mornings, each knowing the alerts before it: (days left, threshold) of every alert."""
    alerted, said, last_run = [], [], None
    for days_left in mornings:
        for alert in look(days_left, alerted=alerted, last_run=last_run, **records).alerts:
            alerted.append(alert.threshold)
            said.append((alert.days_left, alert.threshold.days))
        last_run = at(days_left)
    return said


@pytest.mark.parametrize(
    "records",
    [
        {"contracts": (CONTRACT.model_copy(update={"terminated_on": END, "term": "60"}),)},
        {"contracts": (CONTRACT.model_copy(update={"term": None}),)},
        {"contracts": (CONTRACT.model_copy(update={"term": "120"}),)},
        {"contracts": (CONTRACT.model_copy(update={"terminated_on": END}),), "grants": (GRANT,)},
        {"contracts": (), "grants": (GRANT, replace(GRANT, id=6, expires_on=date(2030, 1, 1), territories=("*",)))},
        {"contracts": (), "grants": (replace(GRANT, expires_on=None),)},
        {"contracts": (), "deals": (replace(DEAL, terminated_on=date(2027, 1, 1)),)},
        {"contracts": (), "deals": (replace(DEAL, status=DealStatus.TERMINATED),)},
        {"contracts": (), "deals": (replace(DEAL, status=DealStatus.OFFER),)},
        {"contracts": (), "deals": (DEAL, replace(DEAL, id=10, renewal_of=9, expires_on=date(2030, 1, 1)))},
    ],
)
def test_renewed_terminated_or_endless_rights_alert_nobody(records) -> None:
    """What needs no action is not said."""
    assert look(7, **records).alerts == []


@pytest.mark.parametrize(
    "renewal",
    [
        replace(DEAL, id=10, renewal_of=9, status=DealStatus.OFFER, expires_on=date(2030, 1, 1)),
        replace(DEAL, id=10, renewal_of=8, expires_on=date(2030, 1, 1)),
        replace(DEAL, id=10, renewal_of=9, expires_on=END),
    ],
)
def test_an_offer_or_a_renewal_of_another_licence_does_not_silence_the_alert(renewal) -> None:
    """Only an agreed renewal of this very licence, to a later day, renews it."""
    assert "rights_deal:9" in [alert.threshold.subject for alert in look(7, contracts=(), deals=(DEAL, renewal)).alerts]


@pytest.mark.parametrize(
    ("change", "is_alerted"),
    [
        ({"starts_on": END + timedelta(days=1)}, False),
        ({"starts_on": END + timedelta(days=2)}, True),
        ({"territories": ("PK",)}, True),
        ({"excluded_territories": ("IN",)}, True),
        ({"formats": None}, True),
        ({"contract_id": 2}, True),
    ],
)
def test_a_permission_is_carried_on_only_by_one_of_at_least_the_same_without_a_gap(change, is_alerted) -> None:
    """A later grant that gives less, or later, does not silence the alert."""
    later = replace(GRANT, **{"id": 6, "expires_on": date(2030, 1, 1), **change})
    assert bool(look(7, contracts=(), grants=(GRANT, later)).alerts) is is_alerted


def test_an_unreadable_term_is_an_exception_and_the_others_go_on() -> None:
    """Nobody guesses when it ends; the contract beside it alerts."""
    other = CONTRACT.model_copy(update={"id": 2, "term": "life"})
    made = look(7, contracts=(other, CONTRACT))
    assert [(finding.rule, finding.subject, finding.found) for finding in made.findings] == [("R1", "contract:2", "life")]
    assert [alert.threshold.subject for alert in made.alerts] == ["contract:1"]


def test_a_period_that_ends_before_it_begins_is_an_exception() -> None:
    """A licence and a grant with confused days alert nobody of a wrong day."""
    late = date(2028, 1, 1)
    made = look(7, contracts=(), grants=(replace(GRANT, starts_on=late),), deals=(replace(DEAL, starts_on=late),))
    assert made.alerts == []
    assert [finding.rule for finding in made.findings] == ["R4", "R4"]


def test_records_that_could_not_be_read_stay_exceptions() -> None:
    """They pass through with what their reader found."""
    finding = Finding(
        subject="contract:8", rule="G7", severity=Severity.ERROR, field="signed_on", found="x", expected="a day", remedy="Correct it.", owner="operations"
    )  # fmt: skip
    assert look(7, unreadable=(finding,)).findings == [finding]


def test_a_year_of_mornings_alerts_once_for_each_threshold() -> None:
    """180, 90, 30, 7 days, the day itself, and the morning after; nothing else."""
    mornings = range(365, -400, -1)
    assert run(mornings) == [(180, 180), (90, 90), (30, 30), (7, 7), (0, 0), (-1, LAPSED)]


def test_the_same_morning_twice_alerts_once() -> None:
    """A run that is cleared says nothing again."""
    assert run([30, 30, 30]) == [(30, 30)]


@pytest.mark.parametrize(
    ("mornings", "said"),
    [
        ([200, 5], [(5, 7)]),
        ([200, 100, 6, 5], [(100, 180), (6, 7)]),
        ([200, -3, -4], [(-3, LAPSED)]),
        ([10, -90], [(10, 30), (-90, LAPSED)]),
        ([-30], [(-30, LAPSED)]),
        ([-31], []),
        ([7, 120], [(7, 7)]),
    ],
)
def test_missed_thresholds_are_one_alert_at_the_nearest(mornings, said) -> None:
    """Skipped runs do not pile up, old lapses are history, and a backfill tells no old news."""
    assert run(mornings) == said


def test_a_new_end_date_starts_over() -> None:
    """A renewed contract alerts again before its new end, and not before."""
    told = [Threshold("contract:1", END, days) for days in (180, 90, 30, 7)]
    longer = CONTRACT.model_copy(update={"term": "72"})
    assert look(7, contracts=(longer,), alerted=told).alerts == []
    later = look(7 - 366, contracts=(longer,), alerted=told)
    assert [(alert.threshold.ends_on, alert.threshold.days) for alert in later.alerts] == [(date(2028, 6, 30), 7)]


def test_an_alert_says_what_ends_where_for_whom_and_what_to_do() -> None:
    """Territory, format, language, licensee, days left and the action asked for."""
    (alert,) = look(90, contracts=(), deals=(DEAL,)).alerts
    assert (alert.kind, alert.territories, alert.formats, alert.languages) == ("outbound_licence", ("FR",), ("PAPERBACK",), ("fre",))
    assert (alert.licensee_id, alert.days_left, alert.action, alert.sell_off_until) == (44, 90, Action.RENEW, date(2027, 12, 31))
    assert ROLES == ("RIGHTS_MANAGER", "LEGAL")
    assert str(alert.threshold) == "rights_deal:9/2027-06-30/90"


def test_the_action_follows_the_days_left() -> None:
    """First renew, then negotiate, after the end take it out of distribution; the most urgent alert comes first."""
    actions = [look(days).alerts[0].action for days in (180, 90, 30, 7, 0, -1)]
    assert actions == [Action.RENEW] * 2 + [Action.NEGOTIATE] * 3 + [Action.REMOVE]
    sooner = replace(DEAL, expires_on=END - timedelta(days=5))
    assert [alert.days_left for alert in look(20, deals=(sooner,)).alerts] == [15, 20]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(-60, 250), max_size=25))
def test_whatever_runs_are_made_no_threshold_is_told_twice_and_they_only_come_nearer(mornings) -> None:
    """Skipped, repeated and backfilled runs in any order."""
    days = [threshold for _, threshold in run(mornings, contracts=(CONTRACT,))]
    assert days == sorted(set(days), reverse=True)


OLD = replace(DEAL, territories=("FR", "BE"), starts_on=date(2022, 7, 1))
NEW = replace(OLD, id=10, starts_on=END + timedelta(days=1), expires_on=date(2031, 6, 30), renewal_of=9)


def alerted_about(*deals):
    """Subjects of a morning's alerts."""
    return [alert.threshold.subject for alert in look(7, contracts=(), deals=deals).alerts]


def test_pn2_renewed_for_fr_only_still_alerts_for_be() -> None:
    """Belgium ends, whatever was agreed for France."""
    assert alerted_about(OLD, replace(NEW, territories=("FR",))) == ["rights_deal:9"]
    assert alerted_about(OLD, NEW) == []


def test_pn2_a_renewal_since_terminated_alerts() -> None:
    """What was renewed and given up ends all the same."""
    assert alerted_about(OLD, replace(NEW, terminated_on=date(2027, 6, 1))) == ["rights_deal:9"]


def test_pn2_a_follow_on_deal_without_renewal_of_is_recognised_by_content() -> None:
    """The same licensee goes on from the next day; another licensee does not renew it."""
    assert alerted_about(OLD, replace(NEW, renewal_of=None)) == []
    assert alerted_about(OLD, replace(NEW, renewal_of=None, licensee_id=45)) == ["rights_deal:9"]


def test_pn2_a_lapsed_outbound_licence_says_that_rights_have_returned() -> None:
    """Nothing is to be removed: the rights are ours again."""
    (alert,) = look(-1, contracts=(), deals=(DEAL,)).alerts
    assert alert.action is Action.RETURNED


def test_a_contract_of_no_work_has_no_title_of_another() -> None:
    """Two contracts that name no work: neither lends the other its title."""
    nameless = CONTRACT.model_copy(update={"work_id": None, "work_title": None})
    other = nameless.model_copy(update={"id": 2, "work_title": "The other"})
    assert {alert.title for alert in look(7, contracts=(nameless, other)).alerts} == {"a contract without a title"}
