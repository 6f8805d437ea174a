"""EX-2's decision: which letters about licences are due, to whom, once; and what is said of them on the contract."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from ledger_database import make_ledger

from colophon.blocks.decision import DecisionContext
from colophon.config.load import load_config
from colophon.domain.contact import Address, Contact
from colophon.domain.contact_fields import ContactFields
from colophon.domain.delivery import Judgement, Verdict
from colophon.domain.facts import Facts, Known, Unknown
from colophon.domain.product import Product
from colophon.domain.recipient import Recipient
from colophon.domain.rights_deal import DealStatus, RightsDeal
from colophon.ledger import Ledger
from colophon.rights.facts import FactLines
from colophon.systems.opentext_exstream.collect import apply_inbox, take
from colophon.systems.opentext_exstream.preview import find_letter, preview_of
from colophon.systems.opentext_exstream.records import Answer, Outcome
from colophon.unsettled import name_unsettled
from colophon.use_cases.exstream.rights_notices import (
    CASE,
    CONFIRMATION,
    KINDS,
    PERMISSION,
    RENEWAL,
    decide,
    due,
    staged,
    write_backs,
)

CONFIG = load_config()
RULES = CONFIG.rights_notices
END = date(2027, 6, 30)
PRODUCT = Product(id=7, kind="PhysicalBookProduct", work_id=3, isbn13="9781999000004", title='"Sea" & <Room>')
DEAL = RightsDeal(
    id=9, work_id=3, contract_id=1, licensee_id=44, rights_type="Translation", is_exclusive=True, territories=("FR",), languages=("fre",),
    formats=("PAPERBACK",), channels=("*",), expires_on=END, status=DealStatus.SIGNED, signed_on=date(2022, 7, 1),
)  # fmt: skip
STREET = Address(line1="1 Canary Row")
LICENSEE = Contact(id=44, name="Canary Licensee", emails=("canary@licensee.example",), addresses=(STREET,), customer_id="CANARY-NUMBER")
TOLD = ContactFields(contact_id=44, language="fre", phone="CANARY-PHONE")


def known(kind, on, *records):
    """Facts of a kind."""
    return {kind: Known(records=records, source="test", as_of=datetime(on.year, on.month, on.day, 6, tzinfo=UTC))}


def kinds(on, *deals):
    """Kinds of letter that are due on a day."""
    return [letter.kind for letter in due(deals, (PRODUCT,), RULES, on)]


@pytest.fixture
def ledger(tmp_path):
    """An empty one."""
    make_ledger(f"sqlite:///{tmp_path}/ledger.db")
    with Ledger.open(f"sqlite:///{tmp_path}/ledger.db") as opened:
        yield opened


def morning(ledger, on, *deals, contact=LICENSEE, told=TOLD):
    """One run: its plan, entered in the ledger."""
    contacts = () if contact is None else (contact,)
    facts = known(RightsDeal, on, *deals) | known(Product, on, PRODUCT) | known(Contact, on, *contacts) | known(ContactFields, on, told)
    as_of = datetime(on.year, on.month, on.day, 6, tzinfo=UTC)
    plan = decide(Facts(facts), DecisionContext(as_of, CONFIG, {}, lambda to, subjects: ledger.latest(CASE.id, to, subjects)))
    ledger.plan(plan.intents)
    return plan


@pytest.mark.parametrize(
    ("deal", "on", "expected"),
    [
        (DEAL, END - timedelta(days=181), []),
        (DEAL, END - timedelta(days=180), [RENEWAL]),
        (DEAL, END, [RENEWAL]),
        (DEAL, END + timedelta(days=1), []),
        (DEAL, date(2022, 7, 1), [CONFIRMATION]),
        (DEAL, date(2022, 8, 1), []),
        (replace(DEAL, rights_type="Permission"), date(2022, 7, 2), [PERMISSION]),
        (replace(DEAL, status=DealStatus.OFFER), END, []),
        (replace(DEAL, terminated_on=END), END, []),
        (replace(DEAL, expires_on=None), END, []),
    ],
)
def test_which_letters_are_due(deal, on, expected) -> None:
    """By days to the end, days since signing, type and stage."""
    assert kinds(on, deal) == expected


def test_a_renewed_licence_gets_no_renewal_notice() -> None:
    """The new one does, in its time."""
    assert kinds(END, DEAL, replace(DEAL, id=10, renewal_of=9, expires_on=date(2031, 1, 1))) == []


def test_each_letter_goes_once_and_a_new_end_date_starts_over(ledger) -> None:
    """Every morning of half a year."""
    mornings = [END - timedelta(days=n) for n in range(180, -1, -1)]
    for on in mornings:
        morning(ledger, on, DEAL)
    assert len(ledger.all_of(CASE.id, RENEWAL)) == 1
    morning(ledger, END, replace(DEAL, expires_on=END + timedelta(days=90)))
    assert len(ledger.all_of(CASE.id, RENEWAL)) == 2


def test_a_letter_says_what_the_licence_is_about_and_nothing_else_of_the_licensee(ledger) -> None:
    """Personal values stand in the letter, and not in the labels or the subject; numbers and telephones in neither."""
    (intent,) = morning(ledger, END, DEAL).intents
    letter = json.loads(intent.content)
    assert letter["DeliveryPreference"] == "email"
    assert letter["Data"]["Title"] == '"Sea" & <Room>'
    assert letter["Data"]["ExpiresOn"] == "2027-06-30"
    assert letter["Data"]["Territories"] == ["FR"]
    assert letter["Locale"] == "fre"
    assert "CANARY" not in intent.content.decode()
    assert "anary" not in f"{intent.labels} {intent.subject}"
    assert "anary" not in repr(Recipient.of(LICENSEE, TOLD))


def test_a_licensee_who_cannot_be_reached_is_an_exception_and_the_letter_goes_when_that_is_mended(ledger) -> None:
    """No contact, or one without an address."""
    for contact in (None, LICENSEE.model_copy(update={"emails": (), "addresses": ()})):
        made = morning(ledger, END, DEAL, contact=contact)
        assert made.intents == []
        (finding,) = made.findings
        assert (finding.rule, finding.owner, finding.blocks) == ("R9", "rights_manager", RENEWAL)
    assert len(morning(ledger, END, DEAL).intents) == 1


def test_outcomes_and_responses_are_recorded_on_the_contract(ledger) -> None:
    """Delivered, then answered; a letter that came back is also an exception."""
    from colophon.domain.delivery import OutcomeEvent

    morning(ledger, END, DEAL, replace(DEAL, id=11, contract_id=None))
    assert list(write_backs(ledger=ledger, config=CONFIG, params={}, as_of=datetime.now(UTC))) == []
    first, second = ledger.claim(CASE.id, RENEWAL, owner="me", lease_s=900, limit=10)
    ledger.finish([Verdict(d.id, "sent", f"job/{n}") for n, d in enumerate((first, second))], owner="me")
    at = datetime.now(UTC)
    by_deal = {d.labels["deal"]: d.id for d in (first, second)}
    ledger.record_outcomes(
        [
            OutcomeEvent(by_deal["9"], "responded", at, "opentext_exstream", code="approve"),
            OutcomeEvent(by_deal["11"], "bounced", at, "opentext_exstream"),
        ]
    )
    ops = {op.subject: op for op in write_backs(ledger=ledger, config=CONFIG, params={}, as_of=at)}
    answered = ops["renewal/rights_deal:9/2027-06-30"]
    assert answered.checked().reference == "ex2:renewal:rights_deal:9:2027-06-30"
    assert {name: answered.members[name] for name in ("contractId", "workId", "contactId", "outcome", "responseText")} == {
        "contractId": 1,
        "workId": 3,
        "contactId": 44,
        "outcome": "RESPONDED",
        "responseText": "approve",
    }
    assert "contractId" not in ops["renewal/rights_deal:11/2027-06-30"].members
    name_unsettled(ledger, CASE.id, RENEWAL, owner_of=partial(CONFIG.owners.of, use_case=CASE.id), remedies=CASE.remedies)
    (came_back,) = ledger.exceptions.open()
    assert (came_back.rule, came_back.subject) == ("DELIVERY-BOUNCED", "renewal/rights_deal:11/2027-06-30")
    assert came_back.owner == "rights_manager"
    assert came_back.remedy.startswith("It does not go again by itself")
    assert set(KINDS) == {RENEWAL, CONFIRMATION, PERMISSION}


def test_ex2_renewed_for_fr_only_still_gets_a_renewal_notice() -> None:
    """Belgium ends; a renewal that was terminated renews nothing; a follow-on by content does."""
    old = replace(DEAL, territories=("FR", "BE"), starts_on=date(2022, 7, 1))
    new = replace(old, id=10, renewal_of=9, starts_on=END + timedelta(days=1), expires_on=date(2031, 1, 1), signed_on=None)
    assert kinds(END, old, replace(new, territories=("FR",))) == [RENEWAL]
    assert kinds(END, old, replace(new, terminated_on=END)) == [RENEWAL]
    assert kinds(END, old, replace(new, renewal_of=None)) == []


def test_ex2_a_letter_by_post_has_the_full_envelope_of_the_contact(ledger) -> None:
    """Name, department, company, every line, postcode and town where a field tells it, and country; a town that nothing tells is left out."""
    lines = ("Rights Department", "Canary House SA", "1 Canary Row", "2nd floor")
    address = Address(line1="1 Canary Row", lines=lines, postcode="69001", country="FR", country_name="France")
    posted, town = LICENSEE.model_copy(update={"emails": (), "addresses": (address,)}), ContactFields(contact_id=44, town="Lyon")
    (intent,) = morning(ledger, END, DEAL, contact=posted, told=town).intents
    letter = json.loads(intent.content)
    assert (letter["DeliveryPreference"], letter["Name"]) == ("print", "Canary Licensee")
    lines = ["Rights Department", "Canary House SA", "1 Canary Row", "2nd floor", "69001 Lyon", "France"]
    assert letter["Address"] == {**{f"Line{n}": line for n, line in enumerate(lines, 1)}, "Country": "FR"}
    (other,) = morning(ledger, END, replace(DEAL, id=12), contact=posted).intents
    assert "Lyon" not in other.content.decode()


def test_ex2_the_answers_text_is_kept_and_nothing_is_told_again(ledger) -> None:
    """What the licensee wrote stands on the contract the same every morning, a month later too, and in no state or event that people see."""
    morning(ledger, END, DEAL)
    (letter,) = ledger.claim(CASE.id, RENEWAL, owner="me", lease_s=900, limit=10)
    ledger.finish([Verdict(letter.id, "sent", "job/1")], owner="me")
    at = datetime.now(UTC)
    for n, words in enumerate(("Canary words:\n we pass, but ask again", "earlier canary words")):
        answer = Answer(kind="decline", text=words, fields={"callBack": "May"})
        take(ledger, Outcome(id=f"o-{n}", type="responded", at=at - timedelta(days=n), delivery_id=letter.id, response=answer))
    apply_inbox(ledger, connection="exstream", at=at)
    told = [next(write_backs(ledger=ledger, config=CONFIG, params={}, as_of=at)).members for _ in range(2)]
    ledger.clock = lambda: at + timedelta(days=60)
    assert ledger.inbox.forget()["done"] == 2
    told += [op.members for op in write_backs(ledger=ledger, config=CONFIG, params={}, as_of=at)]
    assert told[0] == told[1] == told[2]
    assert told[0]["responseText"] == "decline: Canary words: we pass, but ask again; callBack: May"
    assert "anary words" not in repr(ledger.newest(CASE.id, RENEWAL))
    assert len(morning(ledger, END, DEAL).intents) == 0


def test_a_letter_that_was_withdrawn_is_told_to_nobody(ledger) -> None:
    """It waited, and the licence was ended: no letter goes, and the contract says nothing of one."""
    morning(ledger, END, DEAL)
    as_of = datetime(END.year, END.month, END.day, 7, tzinfo=UTC)
    ledger.enter(CASE.id, {RENEWAL: Judgement(is_everything=True)}, as_of=as_of, run="the next morning")
    assert [row.state for row in ledger.all_of(CASE.id, RENEWAL)] == ["withdrawn"]
    assert list(write_backs(ledger=ledger, config=CONFIG, params={}, as_of=as_of)) == []
    assert ledger.undelivered(CASE.id, RENEWAL) == []


def test_ex2_an_account_that_does_not_tell_its_licences_says_nothing_of_letters_that_wait(ledger) -> None:
    """Told, all that waits is judged by what is told; not told, nothing is withdrawn and the account has an exception."""
    morning(ledger, END, DEAL)
    assert morning(ledger, END, DEAL).everything == set(KINDS)
    lines = list(_staged_lines())
    told, untold = staged(lines), staged(line.replace(', "rights_deal"', "") for line in lines[:1])
    assert [deal.id for deal in told.records(RightsDeal)] == [9, 10]
    assert isinstance(untold.of(RightsDeal), Unknown)
    as_of = datetime(END.year, END.month, END.day, 7, tzinfo=UTC)
    plan = decide(untold | Facts(known(Contact, END) | known(ContactFields, END)), DecisionContext(as_of, CONFIG, {}, lambda *_: {}))
    ledger.enter(CASE.id, plan.judgements(), as_of=as_of, run="the next morning")
    assert [row.state for row in ledger.all_of(CASE.id, RENEWAL)] == ["planned"]


def _staged_lines():
    """Two batches, one after the other, as the decision reads them."""
    for number, work_id in ((9, 3), (10, 4)):
        batch = FactLines()
        batch.know("rights_deal")
        batch.add(PRODUCT.model_copy(update={"work_id": work_id}))
        batch.add(replace(DEAL, id=number, work_id=work_id))
        for lines in batch.batches(100):
            yield from lines


def test_ex2_a_letter_that_waits_is_previewed_by_its_kind_and_whom_it_is_for(ledger) -> None:
    """What it says, and nothing of the address."""
    morning(ledger, END, DEAL)
    shown = preview_of(ledger, find_letter(ledger, [CASE.id], RENEWAL, "44"))
    assert (shown.state, '  "ExpiresOn": "' in "\n".join(shown.lines), "canary@" in "".join(shown.lines)) == ("planned", True, False)
