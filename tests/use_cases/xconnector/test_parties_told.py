"""XC-6, what other systems say of parties: bank details in every dress, a change that cools off, and two systems that claim one field."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ledger_database import Databases

from colophon.blocks.decision import DecisionContext
from colophon.blocks.ids import PRODUCTION_ORDERS as ORDERS
from colophon.config.load import load_config
from colophon.domain.contact import Address, Contact
from colophon.domain.delivery import HistoryRow, Intent
from colophon.domain.facts import Facts
from colophon.domain.inbox_item import InboxItem
from colophon.domain.our_contacts import OurContacts
from colophon.domain.party_matching import Matcher
from colophon.errors import ConflictError, NotFoundError
from colophon.ledger import Ledger
from colophon.orders import PRINT
from colophon.parties import BLOCKED, agree, decide_pair, mark, open_changes, overruled, part, refuse
from colophon.sealing import Seal
from colophon.use_cases.xconnector.party_inbound import BACK, take

MONDAY = datetime(2026, 6, 1, 3, 15, tzinfo=UTC)
CONFIG = load_config()
SEAL = Seal.of("not-a-secret-key-of-sealed-values-0000")
VAT, IBAN = "GB980780684", "GB82WEST12345698765432"
OURS = Contact(
    id=45, name="Kestrel Print", is_organisation=True, supplier_id="S45", emails=("office@kestrel.example",),
    addresses=(Address(line1="Mill Lane 3", postcode="BA1 1AA", country="GB"),),
)  # fmt: skip


class House:
    """A printer whom ERP and CRM know as well, night by night."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger, self.now, self.number, self.written = ledger, MONDAY, 0, list[tuple[str, str]]()
        self.is_named, self.ours = True, OURS
        ledger.clock = lambda: self.now

    def says(
        self,
        system: str = "erp",
        *,
        status: str | None = None,
        vat: str = "",
        email: str = "",
        payment: str | None = None,
        line1: str = "",
        at: str = "",
        party: str = "9",
    ) -> None:
        """What a system tells of the printer."""
        self.number += 1
        ids = [("supplier_id", "S45" if self.is_named else ""), ("vat", vat and SEAL.sealed(vat)), ("email", email)]
        data = {
            "partyId": party, "system": system, "names": {"display": "Kestrel Print", "inverted": None, "organisation": "Kestrel Print"},
            "identifiers": [{"type": kind, "value": value} for kind, value in ids if value],
            "addresses": [{"line1": line1, "postcode": "BA1 1AA", "country": "GB", "kind": "post"}] if line1 else [],
            "paymentPreference": payment and SEAL.sealed(payment), "vendorStatus": status, "fieldTimes": dict.fromkeys(("addresses", "vendorStatus"), at) if at else {},
        }  # fmt: skip
        self.ledger.inbox.take(f"/{system}", f"p-{self.number}", "colophon.party.changed.v1", json.dumps({"data": data}).encode())

    def night(self) -> list[str]:
        """The nightly run: what it finds wrong; what goes to Consonance is in `written`."""
        ours = OurContacts([self.ours], [])
        context = DecisionContext(self.now, CONFIG, {}, lambda *_: {}, content=self.ledger.content, remembered=self.ledger.memory.get_each)
        items = self.ledger.inbox.pending(BACK.types)
        orders = list(self.ledger.newest(ORDERS, PRINT))
        kinds: dict[type, Any] = {
            HistoryRow: orders,
            InboxItem: items,
            Seal: [SEAL],
            OurContacts: [ours],
            Matcher: [Matcher(ours.parties())],
        }
        plan = take(Facts.known(kinds, source="test", as_of=self.now), context)
        self.ledger.memory.put_each(plan.notes, self.now)
        for item, note, parked in plan.closed:
            self.ledger.inbox.done(item.source, item.id, note=note, parked=parked)
        for intent in plan.intents:
            (field,) = json.loads(intent.content)["members"]["fields"]
            self.written.append((field["name"], SEAL.opened(field["value"])))
        self.now += timedelta(days=1)
        return sorted(f"{finding.rule} {finding.field}: {finding.found}" for finding in plan.findings)

    def agree(self, field: str, *people: str) -> None:
        """Persons agree to what waits."""
        for person in people:
            agree(self.ledger, 45, field, seen=self.seen(field), by=person, approvers=2)

    def seen(self, field: str) -> str:
        """The value of which a page shows the end."""
        return next(mark(note) for note in open_changes(self.ledger) if note["field"] == field)


@pytest.fixture
def house(sqlite_databases: Databases) -> Iterator[House]:
    """Where nobody has said anything yet."""
    with Ledger.open(sqlite_databases.ledger()) as ledger:
        yield House(ledger)


RIGHT = (
    IBAN,
    "gb82 west 1234 5698 7654 32",
    "GB82-WEST-1234-5698-7654-32",
    "GB82\u00a0WEST\u00a01234\u00a05698\u00a07654\u00a032",
    f"IBAN {IBAN}",
    f"{IBAN} please pay on the first",
    f"{IBAN} BIC WESTGB2L",
    "VAT GB980780684 IBAN DE89 3704 0044 0532 0130 00",
    "NO9386011117947",
    "MT84MALT011000012345MTLCAST001S",
)
WRONG = ("GB83WEST12345698765432", "GB83 WEST 1234 5698 7654 32 please", "DE89370400440532013001", "GB82WEST123456987654")
NONE = ("sort code 20-00-00 account 12345678", "ABA 021000021, account 1234567890", "cheque")


def test_an_iban_is_known_however_it_is_written(house: House) -> None:
    """In groups, with words before and behind, the shortest and the longest; with a wrong digit it is named and not held; some have none."""
    for payments, says, waits in (
        (RIGHT, "PY4 BANK_REFERENCE: another value", RIGHT[-1]),
        (WRONG, "PY7 BANK_REFERENCE: wrong check digits", RIGHT[-1]),
        (NONE, "PY4 PAYMENT_METHOD: another value", NONE[-1]),
    ):
        for payment in payments:
            house.says(payment=payment)
            assert house.night() == [says], payment
        assert [note["value"] for note in open_changes(house.ledger)] == [SEAL.sealed(waits)]


def test_a_vat_number_with_wrong_check_digits_is_named_and_not_held(house: House) -> None:
    """Of Britain and of states of the EU, Greece by its own letters; of one whose country nobody here can check nothing is said."""
    for number, says in (
        ("GB 980 7806 84", "PY4 VAT_NUMBER: another value"),
        ("GB980780685", "PY7 VAT_NUMBER: wrong check digits"),
        ("de136695976", "PY4 VAT_NUMBER: another value"),
        ("DE136695977", "PY7 VAT_NUMBER: wrong check digits"),
        ("EL094259216", "PY4 VAT_NUMBER: another value"),
        ("EL094259217", "PY7 VAT_NUMBER: wrong check digits"),
        ("NO 995525828 MVA", "PY4 VAT_NUMBER: another value"),
    ):
        house.says(vat=number)
        assert house.night() == [says], number


def test_a_bank_change_cools_off_for_five_working_days_and_a_vat_number_does_not(house: House) -> None:
    """Agreed on Tuesday by two; until the next Tuesday payments wait, and an exception says so."""
    house.says(vat=VAT, payment=IBAN)
    house.night()
    house.agree("BANK_REFERENCE", "edith", "frank")
    house.agree("VAT_NUMBER", "edith", "frank")
    nights = [house.night() for _ in range(7)]
    assert house.written == [("VAT_NUMBER", VAT)]
    assert nights == [["PY9 BANK_REFERENCE: agreed; it goes to Consonance on 2026-06-09"]] * 7
    assert (house.night(), house.written[1:]) == ([], [("BANK_REFERENCE", IBAN)])
    house.says(vat=VAT, payment=IBAN)
    assert (house.night(), len(house.written), open_changes(house.ledger)) == ([], 2, [])


def test_what_cools_off_can_still_be_refused_and_a_newer_value_starts_over(house: House) -> None:
    """One person is enough; nobody agrees to what is agreed."""
    house.says(payment=IBAN)
    house.night()
    house.agree("BANK_REFERENCE", "edith", "frank")
    house.night()
    with pytest.raises(NotFoundError):
        house.agree("BANK_REFERENCE", "grace")
    stale = house.seen("BANK_REFERENCE")
    house.says(payment="GB29NWBK60161331926819")
    assert house.night() == ["PY4 BANK_REFERENCE: another value"]
    with pytest.raises(ConflictError):
        refuse(house.ledger, 45, "BANK_REFERENCE", seen=stale, by="grace", why="an older page")
    house.agree("BANK_REFERENCE", "edith", "frank")
    house.night()
    refuse(house.ledger, 45, "BANK_REFERENCE", seen=house.seen("BANK_REFERENCE"), by="grace", why="the printer knows nothing of it")
    house.now += timedelta(days=30)
    assert (house.night(), house.written) == ([], [])


OTHER = "GB29NWBK60161331926819"


def test_an_account_that_is_changed_back_leaves_nothing_to_agree_to(house: House) -> None:
    """The old one is in force: whether the new one still waited or was refused, nobody is asked, and the new one is never written."""
    house.says(payment=IBAN)
    house.night()
    house.agree("BANK_REFERENCE", "edith", "frank")
    house.now += timedelta(days=9)
    house.night()
    for is_refused in (False, True):
        house.says(payment=OTHER)
        assert house.night() == ["PY4 BANK_REFERENCE: another value"]
        if is_refused:
            refuse(house.ledger, 45, "BANK_REFERENCE", seen=house.seen("BANK_REFERENCE"), by="grace", why="not theirs")
            house.night()
        house.says(payment=IBAN)
        assert (house.night(), open_changes(house.ledger)) == ([], [])
    house.now += timedelta(days=30)
    assert (house.night(), house.written) == ([], [("BANK_REFERENCE", IBAN)])


@pytest.mark.parametrize("later", [OTHER, "sort code 20-00-00 account 12345678", IBAN])
def test_an_account_that_is_changed_again_while_it_cools_off_is_not_written(house: House, later: str) -> None:
    """By another one, in another dress, or by another one and back: whatever comes last is agreed to anew."""
    house.says(payment=IBAN)
    house.night()
    house.agree("BANK_REFERENCE", "edith", "frank")
    house.night()
    for payment in (OTHER, later):
        house.says(payment=payment)
        house.night()
    assert [SEAL.opened(note["value"]) for note in open_changes(house.ledger)] == [later]
    house.now += timedelta(days=30)
    house.night()
    assert house.written == []


def test_an_account_that_was_refused_is_asked_about_again_only_after_another(house: House) -> None:
    """Told again, it stays refused; told again after something else, in whatever dress, it is a change once more."""
    for payment, is_asked in ((IBAN, True), (IBAN, False), ("cheque", True), (IBAN, True)):
        house.says(payment=payment)
        house.night()
        assert len(open_changes(house.ledger)) == is_asked, payment
        if payment == IBAN and is_asked:
            refuse(house.ledger, 45, "BANK_REFERENCE", seen=house.seen("BANK_REFERENCE"), by="grace", why="not theirs")


def test_a_second_account_of_the_same_printer_does_not_void_what_the_first_one_asks(house: House) -> None:
    """ERP has the printer twice: the one that says what it always said changes nothing of what the other one waits for."""
    house.says(payment=IBAN)
    house.night()
    house.agree("BANK_REFERENCE", "edith", "frank")
    house.now += timedelta(days=9)
    house.night()
    house.says(payment=OTHER, party="10")
    house.says(payment=IBAN)
    assert house.night() == ["PY4 BANK_REFERENCE: another value"]
    assert [SEAL.opened(note["value"]) for note in open_changes(house.ledger)] == [OTHER]


def test_of_two_systems_that_claim_one_field_its_owner_is_followed_and_the_other_is_listed(house: House) -> None:
    """CRM owns addresses; ERP tells another one. It is named, CRM's stands, and ERP is told that; what ERP says again is no news."""
    house.says("crm", line1="Mill Lane 3")
    house.says("erp", line1="Mill Lane 3")
    assert house.night() == []
    house.says("erp", line1="Low Road 9")
    assert house.night() == ["PY3 ADDRESS_LINE1: erp's value gave way to its owner's"]
    assert (house.written, [(note["field"], note["system"]) for note in overruled(house.ledger)]) == ([], [("ADDRESS_LINE1", "erp")])
    house.says("erp", line1="Low Road 9")
    assert (house.night(), house.written) == ([], [])
    house.says("crm", line1="High Street 1")
    assert (house.night(), house.written) == ([], [("ADDRESS_LINE1", "High Street 1")])


def blocked(house: House) -> list[str]:
    """Who gets no orders."""
    return sorted({name for note in house.ledger.memory.get_each(BLOCKED) if note["is_blocked"] for name in note["called"]})


def test_a_printer_is_blocked_by_the_owner_of_its_status_alone_until_that_one_frees_it(house: House) -> None:
    """CRM's word changes nothing, an older one of ERP's neither; also once two contacts of ours were merged, ERP's party is free again."""
    for system, status, is_blocked in (
        ("crm", "blocked", False), ("erp", "active", False), ("erp", "Suspended", True), ("crm", "active", True), ("erp", None, True),
    ):  # fmt: skip
        house.says(system, status=status)
        house.night()
        assert blocked(house) == (["Kestrel Print"] if is_blocked else []), (system, status)
    house.says(status="blocked", at="2026-05-31T12:00:00Z")
    house.says(status="active", at="2026-05-31T11:00:00Z")
    assert (house.night(), blocked(house)) == ([], ["Kestrel Print"])
    house.ours = OURS.model_copy(update={"id": 46})
    house.says(status="active")
    assert (house.night(), blocked(house)) == ([], [])


def test_a_printer_that_is_no_contact_of_ours_is_blocked_by_the_name_that_finance_has(house: House) -> None:
    """Also while a person has yet to say who it is; under both names where it is known; and a late word does not free it."""
    house.is_named = False
    house.says(status="blocked", at="2026-05-31T12:00:00Z")
    assert (house.night(), blocked(house)) == ([], ["Kestrel Print"])
    house.says(status="active", at="2026-05-31T11:00:00Z")
    assert (house.night(), blocked(house)) == ([], ["Kestrel Print"])
    house.is_named, house.ours = True, OURS.model_copy(update={"name": "Kestrel Prints"})
    house.says(status="blocked", at="2026-05-31T13:00:00Z")
    assert (house.night(), blocked(house)) == ([], ["Kestrel Print", "Kestrel Prints"])
    house.says(status="active", at="2026-05-31T14:00:00Z")
    assert (house.night(), blocked(house)) == ([], [])


def test_of_a_blocked_printer_the_orders_that_are_still_to_come_are_named(house: House) -> None:
    """And none of another printer, none that is called back, and none whose copies were due long ago."""
    for number, printer, due in ((7, "Kestrel Print Ltd", "2026-07-21"), (8, "Kestrel Print", "2025-07-21"), (9, "Heron", "2026-07-21")):
        content = json.dumps({"dueOn": due, "payload": {"content": {"printer": printer}}}).encode()
        house.ledger.plan([Intent(ORDERS, PRINT, f"order:{number}-101-1", "A", content, "application/json", MONDAY)])
    house.ledger.plan([Intent(ORDERS, PRINT, "order:6-101-1", "A", b'{"orderId": "6-101-1", "steps": [2]}', "application/json", MONDAY)])
    house.says(status="blocked")
    assert house.night() == ["PY5 vendor_status: contact 45 is blocked; open: 7-101-1"]


@pytest.mark.parametrize(
    ("first", "second", "is_taken"),
    [
        ("2026-05-31T10:00:00Z", "2026-05-31T10:00:00.500Z", True),
        ("2026-05-31T10:00:00Z", "2026-05-31T11:30:00+02:00", False),
        ("2026-05-31T10:00:00Z", "2026-05-31T09:59:59Z", False),
        ("2099-01-01T00:00:00Z", "2026-06-02T10:00:00Z", True),
        ("2026-05-31T10:00:00Z", "last Monday", True),
    ],
    ids=["half a second later", "an earlier moment of another zone", "an earlier one", "a clock that ran ahead", "no moment"],
)
def test_the_later_word_counts_whatever_clock_tells_it(house: House, first: str, second: str, *, is_taken: bool) -> None:
    """As moments, and not as text; a moment to come keeps out nothing that is said after it."""
    house.says("crm", line1="High Street 1", at=first)
    house.night()
    house.says("crm", line1="Low Road 9", at=second)
    house.night()
    assert [value for _, value in house.written] == ["High Street 1", *(["Low Road 9"] if is_taken else [])]


def test_parties_whose_names_begin_alike_are_two(house: House) -> None:
    """An id with a slash in it is no other party's."""
    for party in ("7", "7/45"):
        house.says("crm", party=party, line1="Mill Lane 3")
        assert house.night() == []
    names = {name for name in (note["name"] for note in house.ledger.memory.get_each("party:link:")) if "/7" in name}
    assert names == {"party:link:crm/7", "party:link:crm/7%2F45"}


def test_who_was_taken_for_somebody_is_parted_again(house: House) -> None:
    """Proposed, said to be the same, and taken back: nothing more is taken over, and nobody is asked again."""
    house.is_named = False
    house.says("crm", line1="Mill Lane 3")
    (proposed,) = house.night()
    assert proposed.startswith("PY2 party: likely contact 45")
    decide_pair(house.ledger, "crm/9", 45, is_same=True, by="edith")
    house.says("crm", line1="Mill Lane 3", email="new@kestrel.example")
    assert (house.night(), house.written) == ([], [("EMAIL", "new@kestrel.example")])
    part(house.ledger, "crm/9", 45, by="frank", why="another house")
    house.says("crm", line1="Mill Lane 3", email="newer@kestrel.example")
    assert (house.night(), len(house.written)) == ([], 1)
    with pytest.raises(NotFoundError):
        part(house.ledger, "crm/9", 45, by="frank", why="once more")
