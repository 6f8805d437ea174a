"""Exceptions: what opens, stays, comes back and closes, for whom, and in which words."""

from datetime import timedelta

import pytest
from kobo import DAY, clock, ledger
from moving_clock import Clock

from colophon.domain.delivery import Judgement
from colophon.domain.finding import Finding, Severity
from colophon.ledger import Ledger

__all__ = ["clock", "ledger"]


def fault(subject="isbn:1", **more) -> Finding:
    """What a rule says of a title."""
    facts = {"rule": "D9", "severity": Severity.ERROR, "field": "price", "found": "x", "expected": "y", "remedy": "z", "owner": "ops"}
    return Finding(subject=subject, **{**facts, **more})


def night(ledger: Ledger, number: int, *findings: Finding, judged=("isbn:1", "isbn:2"), destination="kobo", use_case="uc"):
    """What a run of that day finds about these titles: opened, still open, closed."""
    return tuple(ledger.exceptions.record(use_case, destination, judged, findings, as_of=DAY + timedelta(days=number)))


def open_now(ledger: Ledger, **which) -> list[tuple[str, str]]:
    """Where, and about what."""
    return [(row.destination, row.subject) for row in ledger.exceptions.open(**which)]


def test_it_says_all_that_somebody_needs(ledger: Ledger, clock: Clock) -> None:
    """Title, rule, field, what was found and expected, what to do, who; since when."""
    night(ledger, 0, fault(imprint="Larkspur"))
    (row,) = ledger.exceptions.open()
    assert row[1:] == ("uc", "kobo", "isbn:1", "D9", "E", "price", "x", "y", "z", "ops", "Larkspur", clock.now)


@pytest.mark.parametrize("more", [{"rule": "D8"}, {"field": "title"}, {"subject": "isbn:2"}])
def test_another_fault_is_another_exception(ledger: Ledger, more: dict) -> None:
    """By title, rule and field; by where it keeps a title back, and for which use case."""
    assert night(ledger, 0, fault()) == (1, 0, 0)
    assert night(ledger, 1, fault(), fault(**more)) == (1, 1, 0)
    assert night(ledger, 1, fault(), destination="shop") == (1, 0, 0)
    assert night(ledger, 1, fault(), use_case="other") == (1, 0, 0)
    assert night(ledger, 2, fault(**more)) == (0, 1, 1)
    assert len(open_now(ledger)) == 3


def test_only_what_was_judged_closes(ledger: Ledger) -> None:
    """A run about one title says nothing of another; a run about everything does, and nothing of another destination."""
    night(ledger, 0, fault("isbn:1"), fault("isbn:2"))
    night(ledger, 0, fault("isbn:1"), destination="shop")
    assert night(ledger, 1, judged=["isbn:1"]) == (0, 0, 1)
    assert sorted(open_now(ledger)) == [("kobo", "isbn:2"), ("shop", "isbn:1")]
    assert night(ledger, 2, judged=None) == (0, 0, 1)
    assert open_now(ledger) == [("shop", "isbn:1")]


def test_another_fault_of_what_nobody_named_closes_the_first(ledger: Ledger) -> None:
    """A judgement that finds something about a title has looked at it, whether or not it says so."""
    for number, rule in enumerate(("D9", "D8")):
        judgement = Judgement(subjects=[], findings=[fault(rule=rule)])
        ledger.enter("uc", {"kobo": judgement}, as_of=DAY + timedelta(days=number), run="r")
    assert [row.rule for row in ledger.exceptions.open()] == ["D8"]


def test_an_older_run_changes_nothing(ledger: Ledger) -> None:
    """Neither closes, nor opens again what a later one closed; one of the same moment counts."""
    night(ledger, 5, fault())
    assert night(ledger, 4) == (0, 0, 0)
    assert night(ledger, 5) == (0, 0, 1)
    assert night(ledger, 4, fault()) == (0, 0, 0)
    assert open_now(ledger) == []
    assert night(ledger, 5, fault()) == (1, 0, 0)


def test_what_comes_back_is_new(ledger: Ledger, clock: Clock) -> None:
    """It is open since it came back, nobody has closed it, and it says what was found then."""
    night(ledger, 0, fault())
    clock.now += timedelta(days=1)
    night(ledger, 1)
    clock.now += timedelta(days=1)
    assert night(ledger, 2, fault(found="worse", expected="better")) == (1, 0, 0)
    (row,) = ledger.exceptions.open()
    assert (row.opened_at, row.found, row.expected) == (clock.now, "worse", "better")
    assert ledger.people.exception(row.id).closed_by is None


def test_what_a_whole_run_did_not_see_closes(ledger: Ledger) -> None:
    """Of its use case and destination, and only what was last seen before it."""
    night(ledger, 0, fault("isbn:1"))
    night(ledger, 1, fault("isbn:2"), judged=["isbn:2"])
    night(ledger, 0, fault(), destination="shop")
    night(ledger, 0, fault(), use_case="other")
    assert ledger.exceptions.close_unseen("uc", "kobo", as_of=DAY + timedelta(days=1)) == 1
    assert open_now(ledger, use_case="uc", destination="kobo") == [("kobo", "isbn:2")]
    assert len(open_now(ledger)) == 3
    assert ledger.exceptions.close_unseen("uc", "kobo", as_of=DAY + timedelta(days=1)) == 0
    assert night(ledger, 0, fault("isbn:1")) == (0, 0, 0)


def test_they_are_listed_oldest_first(ledger: Ledger, clock: Clock) -> None:
    """By use case, destination, subject; so many at most."""
    for number in (2, 1, 3):
        night(ledger, 0, fault(f"isbn:{number}"), judged=[f"isbn:{number}"])
        clock.now += timedelta(hours=1)
    night(ledger, 0, fault("isbn:1"), destination="shop")
    assert open_now(ledger) == [("kobo", "isbn:2"), ("kobo", "isbn:1"), ("kobo", "isbn:3"), ("shop", "isbn:1")]
    assert open_now(ledger, limit=2) == [("kobo", "isbn:2"), ("kobo", "isbn:1")]
    assert open_now(ledger, subject="isbn:1") == [("kobo", "isbn:1"), ("shop", "isbn:1")]
    assert open_now(ledger, destination="shop") == [("shop", "isbn:1")]
    assert open_now(ledger, use_case="other") == []


def test_none_of_them_is_left_out(ledger: Ledger) -> None:
    """Who decides by what is open has to know of all, also on a day when everything is wrong."""
    night(ledger, 0, *(fault(f"isbn:{number}") for number in range(1001)), judged=None)
    assert len(open_now(ledger)) == 1001
