"""What goes back and forth: whoever was told of a title hears each time what is true now, and whoever was not, or does not want to, hears nothing."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from mornings import AGENT, AUTHOR, BOOK, CONFIG, FIRST, SECOND, SHOP, STEPS, Mornings, ledger

from colophon.blocks.letters import Letters
from colophon.config.launch_plans import LaunchPlan
from colophon.config.outside import Collaborator
from colophon.domain.contact import Contact
from colophon.domain.contact_fields import ContactFields
from colophon.domain.delivery import OutcomeEvent
from colophon.domain.product import Contributor
from colophon.domain.todo import Milestone, Todo, TodoStatus
from colophon.ledger import Ledger
from colophon.systems.opentext_exstream.preview import find_letter, preview_of
from colophon.use_cases.exstream import contributor_requests, launch_communications, milestone_letters, partner_updates

__all__ = ["ledger"]


def dates(letters: list[dict[str, Any]]) -> list[str]:
    """What launch messages say of the day of publication."""
    return [part["Date"] for letter in letters for part in letter["Data"]["Parts"]]


APRIL, MAY = {"publication_on": date(2027, 4, 15)}, {"publication_on": date(2027, 5, 15)}


@pytest.mark.parametrize(
    ("then", "hear"),
    [
        ([APRIL, MAY, APRIL, APRIL], ["2027-04-15", "2027-05-15", "2027-04-15"]),
        ([APRIL, {}, APRIL], ["2027-04-15", "2027-03-01", "2027-04-15"]),
        ([{"publishing_status": "01"}, {}, {"publishing_status": "01"}], ["cancelled", "2027-03-01", "cancelled"]),
        ([{"publishing_status": "03"}] * 2, ["postponed"]),
        ([{"publishing_status": "03"}, APRIL], ["postponed", "2027-04-15"]),
        ([{"publishing_status": "11"}] * 2, ["cancelled"]),
        ([{"publication_on": date(9999, 12, 31)}, {"publication_on": None}, {"publishing_status": None}, {"publishing_status": "09"}], []),
    ],
)
def test_ex5_each_hears_what_is_true_now_whenever_it_is_another_than_they_heard_last(
    ledger: Ledger, then: list[dict[str, Any]], hear: list[str]
) -> None:
    """A date that comes, goes and comes again; a cancellation that is taken back; what is not known is no news."""
    launch = Mornings(ledger, launch_communications.CASE)
    assert dates(launch.run(BOOK)) == ["2027-03-01"]
    assert [each for changed in then for each in dates(launch.run(BOOK.model_copy(update=changed)))] == hear


@pytest.mark.parametrize("changed", [{"publishing_status": "15"}, {"availability": "49"}, {"publishing_status": "07"}])
def test_ex5_what_was_taken_back_after_it_came_out_has_no_follow_up(ledger: Ledger, changed: dict[str, str]) -> None:
    """Nobody is asked how it sells."""
    launch = Mornings(ledger, launch_communications.CASE)
    launch.run(BOOK, 105)
    assert launch.run(BOOK.model_copy(update=changed)) == []


def test_ex5_who_never_heard_a_date_is_not_corrected(ledger: Ledger) -> None:
    """The notice came back: that is an exception, and the next date is told by the next step."""
    launch = Mornings(ledger, launch_communications.CASE)
    launch.run(BOOK, result="bounced")
    assert launch.run(BOOK.model_copy(update=APRIL)) == []


def test_ex5_nobody_is_asked_about_a_step_that_went_on_its_day(ledger: Ledger) -> None:
    """Of a late one that is asked, and of which somebody has not heard, there is an exception."""
    plan = LaunchPlan.model_validate({"id": "standard", "version": "1", "steps": [STEPS[0] | {"late": "ask"}]})
    launch = Mornings(ledger, launch_communications.CASE, config=CONFIG.model_copy(update={"launch_plans": {"standard": plan}}))
    assert [len(launch.run(BOOK)) for _ in range(7)] == [1, 0, 0, 0, 0, 0, 0]
    assert ledger.exceptions.open(use_case=launch.case.id) == []
    launch.run(
        BOOK.model_copy(update={"contributors": (*BOOK.contributors, Contributor(contact_id=SECOND, name="Bo", role="A01", sequence=2))})
    )
    assert [(row.rule, row.subject) for row in ledger.exceptions.open(use_case=launch.case.id)] == [("LETTER-LATE", "work:9/advance")]


def fields_of(letters: list[dict[str, Any]], to: int) -> list[tuple[str, str]]:
    """Old and new value of the one field that changed, in the letters to somebody."""
    return [(each["Old"], each["New"]) for letter in letters if letter["to"] == to for each in letter["Data"]["Changes"][0]["Fields"]]


def test_ex7_a_change_that_comes_a_second_time_is_told_a_second_time(ledger: Ledger) -> None:
    """Each from what was told last."""
    updates = Mornings(ledger, partner_updates.CASE)
    assert [letter["Data"]["Kind"] for letter in updates.run(BOOK)] == ["catalogue", "catalogue"]
    told = [fields_of(updates.run(BOOK.model_copy(update=changed)), AUTHOR) for changed in (APRIL, {}, APRIL, APRIL)]
    assert told == [[("2027-03-01", "2027-04-15")], [("2027-04-15", "2027-03-01")], [("2027-03-01", "2027-04-15")], []]


def test_ex7_each_contact_of_a_partner_hears_each_change_once_also_who_could_not_be_reached_at_first(ledger: Ledger) -> None:
    """Exstream is away first; then one has no address until the fourth morning, and gets the catalogue then, as it is."""
    updates = Mornings(ledger, partner_updates.CASE)
    known = updates.contacts
    updates.run(BOOK, result="")
    updates.contacts = (Contact(id=AUTHOR, name="Nowhere"), *known[1:])
    for changed in ({}, APRIL):
        assert [letter["to"] for letter in updates.run(BOOK.model_copy(update=changed))] == [SECOND]
        assert [row.rule for row in ledger.exceptions.open(use_case=updates.case.id)] == ["LETTER-ADDRESS"]
    updates.contacts = known
    late, later = updates.run(BOOK.model_copy(update=APRIL)), updates.run(BOOK.model_copy(update=MAY))
    assert [(letter["to"], letter["Data"]["Kind"]) for letter in late] == [(AUTHOR, "catalogue")]
    assert (fields_of(later, AUTHOR), fields_of(later, SECOND)) == ([("2027-04-15", "2027-05-15")],) * 2


@pytest.mark.parametrize(
    ("changed", "reason"),
    [({"availability": "46"}, "withdrawn"), ({"availability": "49"}, "recalled"), ({"publishing_status": "03"}, "postponed")],
)
def test_ex7_what_is_not_offered_any_more_is_withdrawn_with_the_word_for_it(ledger: Ledger, changed: dict[str, str], reason: str) -> None:
    """By its status, or by its availability alone."""
    updates = Mornings(ledger, partner_updates.CASE)
    updates.run(BOOK)
    assert updates.run(BOOK.model_copy(update=changed))[0]["Data"]["Changes"][0]["Reason"] == reason


DEAR, DEARER = ({"prices": (BOOK.prices[0].model_copy(update={"amount": Decimal(amount)}),)} for amount in ("13.00", "14.00"))
BY_POST = tuple(ContactFields(contact_id=who, country="GB", language="eng", line1="1 Row", town="Leeds") for who in (AUTHOR, SECOND))
MOVED_MAIL = (Contact(id=AUTHOR, name="Person 44", emails=("new@people.example",)),)


@pytest.mark.parametrize(
    ("then", "hear"),
    [
        ([DEAR, DEAR], ("print", "12.00", "13.00")),
        ([DEARER, DEARER], ("print", "12.00", "14.00")),
        ([{}, DEAR], ("print", "12.00", "13.00")),
    ],
)
def test_ex7_what_came_back_is_told_by_the_next_way_as_it_is_by_then(
    ledger: Ledger, then: list[dict[str, Any]], hear: tuple[str, str, str]
) -> None:
    """From what the shop truly heard: not the old price by post after the new one by e-mail; what is as it was needs no word."""
    shop = Mornings(ledger, partner_updates.CASE, fields=BY_POST)
    shop.run(BOOK)
    shop.run(BOOK.model_copy(update=DEAR), result="bounced")
    letters = [letter for changed in then for letter in shop.run(BOOK.model_copy(update=changed))]
    assert [(letter["to"], letter["DeliveryPreference"]) for letter in letters] == [(AUTHOR, hear[0]), (SECOND, hear[0])]
    assert fields_of(letters, AUTHOR) == [hear[1:]]


@pytest.mark.parametrize("result", ["", "bounced"])
def test_ex7_a_withdrawal_that_could_not_leave_or_came_back_is_told_the_next_morning(ledger: Ledger, result: str) -> None:
    """Or the shop goes on selling."""
    shop = Mornings(ledger, partner_updates.CASE, fields=BY_POST)
    cancelled = BOOK.model_copy(update={"publishing_status": "01"})
    shop.run(BOOK)
    shop.run(cancelled, result=result)
    letters = [*shop.run(cancelled), *shop.run(cancelled)]
    assert [letter["Data"]["Changes"][0]["Change"] for letter in letters] == ["withdrawn"] * 2


def test_ex5_a_correction_that_came_back_goes_by_post_as_it_is_by_then(ledger: Ledger) -> None:
    """Once; what came back and is true no more is told to nobody."""
    launch = Mornings(ledger, launch_communications.CASE, fields=BY_POST)
    launch.run(BOOK)
    launch.run(BOOK.model_copy(update=APRIL), result="bounced")
    letters = [letter for changed in (MAY, MAY, {}) for letter in launch.run(BOOK.model_copy(update=changed))]
    assert [(letter["DeliveryPreference"], letter["Data"]["Parts"][0]["OldDate"]) for letter in letters] == [
        ("print", "2027-03-01"), ("email", "2027-05-15"),
    ]  # fmt: skip
    launch.run(BOOK.model_copy(update=APRIL), result="bounced")
    again = [letter for _ in range(3) for letter in launch.run(BOOK.model_copy(update=APRIL))]
    assert [(letter["DeliveryPreference"], dates([letter])) for letter in again] == [("print", ["2027-04-15"])]


def test_ex4_a_delay_that_came_back_goes_by_post(ledger: Ledger) -> None:
    """Once, with the same dates."""
    letters = Mornings(ledger, milestone_letters.CASE, fields=BY_POST)
    letters.run(BOOK)
    (first,) = letters.run(BOOK.model_copy(update=APRIL), result="bounced")
    second, *more = [letter for _ in range(3) for letter in letters.run(BOOK.model_copy(update=APRIL))]
    assert (first["DeliveryPreference"], second["DeliveryPreference"], first["Data"] == second["Data"], more) == (
        "email",
        "print",
        True,
        [],
    )


@pytest.mark.parametrize(("case", "kind"), [(partner_updates.CASE, "catalogue"), (contributor_requests.CASE, "page_proofs")])
def test_what_came_back_goes_when_the_address_is_mended(ledger: Ledger, case: Letters, kind: str) -> None:
    """As the exception promises; once."""
    shop = {"shop": SHOP.model_copy(update={"contacts": (AUTHOR,)})}
    mornings = Mornings(ledger, case, config=CONFIG.model_copy(update={"partners": shop}), todos=(proofs(FIRST),))
    mornings.run(BOOK, result="bounced")
    assert mornings.run(BOOK) == []
    assert [row.rule for row in ledger.exceptions.open(use_case=case.id)] == ["LETTER-ADDRESS"]
    mornings.contacts = MOVED_MAIL
    letters = [*mornings.run(BOOK), *mornings.run(BOOK)]
    assert [(letter["EmailAddress"], letter["Data"]["Kind"]) for letter in letters] == [("new@people.example", kind)]
    assert ledger.exceptions.open(use_case=case.id) == []


def test_ex4_a_delay_counts_from_the_date_that_somebody_has_read(ledger: Ledger) -> None:
    """The letter about April came back; ten days more are no small delay for whoever knows of March."""
    letters = Mornings(ledger, milestone_letters.CASE)
    letters.run(BOOK)
    letters.run(BOOK.model_copy(update={"publication_on": date(2027, 4, 5)}), result="bounced")
    (delay,) = letters.run(BOOK.model_copy(update=APRIL))
    assert (delay["Data"]["OldDate"], delay["Data"]["NewDate"]) == ("2027-03-01", "2027-04-15")


@pytest.mark.parametrize("case", [launch_communications.CASE, partner_updates.CASE])
def test_who_opted_out_in_whatever_way_gets_no_advertising(ledger: Ledger, case: Letters) -> None:
    """By a field in Consonance, or by a letter of another use case; the second contact hears."""
    steps = [STEPS[0] | {"to": "partners"}]
    plan = LaunchPlan.model_validate({"id": "standard", "version": "1", "steps": steps})
    mornings = Mornings(ledger, case, config=CONFIG.model_copy(update={"launch_plans": {"standard": plan}}))
    other = launch_communications.CASE if case is partner_updates.CASE else partner_updates.CASE
    Mornings(ledger, other, config=CONFIG.model_copy(update={"partners": {"shop": SHOP.model_copy(update={"contacts": (AUTHOR,)})}})).run(
        BOOK, result="opted_out"
    )
    assert [letter["to"] for letter in mornings.run(BOOK)] == [SECOND]
    mornings.fields = (*mornings.fields[:1], ContactFields(contact_id=SECOND, country="GB", language="eng", has_opted_out=True))
    assert mornings.run(BOOK.model_copy(update=APRIL)) == []


def proofs(done: date) -> Todo:
    """The page proofs are there."""
    return Todo(
        id=1,
        work_id=9,
        description="Interior files uploaded",
        milestone=Milestone.INTERIOR_FILES_UPLOADED,
        status=TodoStatus.DONE,
        completed_on=done,
    )


def test_ex8_nobody_is_asked_for_the_proofs_of_a_cancelled_title(ledger: Ledger) -> None:
    """Nor chased for an answer; where it comes out after all the chase goes on."""
    requests = Mornings(ledger, contributor_requests.CASE, todos=(proofs(FIRST),))
    cancelled = BOOK.model_copy(update={"publishing_status": "01"})
    assert requests.run(cancelled) == []
    assert [letter["to"] for letter in requests.run(BOOK, 8)] == [AUTHOR]
    assert requests.run(cancelled) == []
    assert [letter["Data"]["Reminder"] for letter in requests.run(BOOK)] == [1]


def test_ex8_who_approves_on_paper_and_objects_by_the_web_has_objected(ledger: Ledger) -> None:
    """The last answer counts, and somebody reads it."""
    requests = Mornings(ledger, contributor_requests.CASE, todos=(proofs(FIRST),))
    requests.run(BOOK)
    (row,) = ledger.newest(requests.case.id, "page_proofs")
    for hour, system, said in ((9, "desk", "approve"), (10, "exstream", "decline")):
        at = datetime(2026, 12, 2, hour, tzinfo=UTC)
        ledger.record_outcomes([OutcomeEvent(row.delivery_id, "responded", at, system, raw_state=said, code=said)])
    requests.run(BOOK)
    assert [each.subject for each in ledger.newest(requests.case.id, "consonance")] == [f"{row.subject}/answer"]


def test_ex8_where_an_agent_acts_the_agent_is_asked(ledger: Ledger) -> None:
    """In place of whom it represents, from its first day."""
    agent = Collaborator(work_id=9, contact_id=AGENT, role="agent", represents=AUTHOR, instead=True, starts_on=FIRST + timedelta(days=1))
    rules = CONFIG.stakeholder_updates.model_copy(update={"collaborators": (agent,)})
    requests = Mornings(ledger, contributor_requests.CASE, config=CONFIG.model_copy(update={"stakeholder_updates": rules}))
    requests.todos = (proofs(FIRST),)
    assert [letter["to"] for letter in requests.run(BOOK)] == [AUTHOR]
    requests.todos = (proofs(FIRST + timedelta(days=1)),)
    assert [letter["to"] for letter in requests.run(BOOK)] == [AGENT]


@pytest.mark.parametrize(
    ("case", "kind", "says"),
    [
        (milestone_letters.CASE, "acquisition", '"SignedOn": "2026-12-01"'),
        (launch_communications.CASE, "notice", '"Date": "2027-03-01"'),
        (partner_updates.CASE, "shop", '"Change": "new"'),
        (contributor_requests.CASE, "page_proofs", '"AnswerBy": "2026-12-15"'),
    ],
)
def test_a_letter_that_waits_is_previewed_by_its_kind_and_whom_it_is_for(ledger: Ledger, case: Letters, kind: str, says: str) -> None:
    """What it says, and nothing of the address."""
    Mornings(ledger, case, todos=(proofs(FIRST),)).run(BOOK, result="")
    shown = preview_of(ledger, find_letter(ledger, [case.id], kind, f"{AUTHOR}"))
    assert (shown.kind, shown.state, any(says in line for line in shown.lines), "people.example" in "".join(shown.lines)) == (
        kind,
        "planned",
        True,
        False,
    )
