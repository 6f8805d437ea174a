"""XC-6: contacts and what CRM and MDM know of them: each field from its owner, who is whom by identifiers, and what persons decide."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from station import Station
from two_accounts import DOCUMENTED, EXTENDED, tell

from colophon.errors import ConflictError
from colophon.ledger import Ledger
from colophon.ledger.persons import Subject
from colophon.parties import agree, decide_pair, mark, open_changes, open_pairs, overruled, refuse
from colophon_sandbox.seeds.shelf import organisation, person

DAG, CRM = "xconnector__party_sync", "crm"
NIGHT = datetime(2026, 5, 4, 3, 15, tzinfo=UTC)
ISNI, VAT, IBAN = "0000000121032683", "GB980780684", "GB82WEST12345698765432"
KEY = "not-a-secret-key-of-sealed-values-0000"
AUTHOR, PRINTER = 44, 45


def contact(**more: Any) -> dict[str, Any]:
    """The author, as Consonance has him."""
    address = {"addressLine1": "Hauptstr. 5", "postcode": "10115", "country": {"value": "DE", "description": "Germany"}}
    return {**person(AUTHOR, "Jürgen Müller", ISNI), "emails": [{"email": "jm@example.org"}], "addresses": [address], **more}


class House:
    """Two contacts, and a CRM that speaks."""

    def __init__(self, station: Station, account: str = EXTENDED) -> None:
        self.station, self.account, self.now, self.number = station, account, NIGHT, 0
        station.connect("xconnector", seal_key=KEY)
        self.has(contact(), organisation(PRINTER, "Kestrel Print"))

    def has(self, *contacts: dict[str, Any]) -> None:
        """Contacts as Consonance has them from now on."""
        self.station.seed("consonance", {"contacts": list(contacts)})

    def says(self, party: str = "77", system: str = CRM, name: str = "Jürgen Müller", *, at: str = "", ids: Any = (), **more: Any) -> None:
        """What another system tells of a party."""
        self.number += 1
        moment = at or f"2026-05-03T10:{self.number:02d}:00Z"
        address = more.pop("address", {"line1": "Hauptstr. 5", "postcode": "10115", "country": "DE"})
        data = {
            "partyId": party, "system": system, "names": {"display": name, "inverted": None, "organisation": more.pop("organisation", None)},
            "identifiers": [{"type": kind, "value": value} for kind, value in ids],
            "addresses": [{"line1": None, "line2": None, "city": None, "postcode": None, "country": None, "kind": "post"} | address] if address else [],
            "taxStatus": None, "paymentPreference": None, "vendorStatus": None,
            "fieldTimes": dict.fromkeys(("names", "identifiers", "addresses", "taxStatus", "paymentPreference", "vendorStatus"), moment), **more,
        }  # fmt: skip
        head = {"specversion": "1.0", "id": f"p-{self.number}", "source": f"/{system}", "type": "colophon.party.changed.v1"}
        self.station.seed("xconnector", {"inbox": [{**head, "subject": f"party:{party}", "time": moment, "data": data}]})

    def run(self, times: int = 1, state: str = "success") -> Any:
        """So many nights; the last one."""
        for _ in range(times):
            if self.account == DOCUMENTED:
                tell(self.station, DOCUMENTED, as_of=self.now)
            run = self.station.run(DAG, self.now)
            assert run.state == state, run.logs
            self.now = max(self.now + timedelta(days=1), self.station.now)
        return run

    def written(self) -> list[tuple[int, str, str]]:
        """What Consonance was told: contact, field and value; by mutation, or what waits in the tray."""
        rows = self.station.sandbox.world.store.table("consonance.externalRecords")
        inputs = [json.loads(row["payload"]) for row in rows if row["kind"] == "upsertContactFields"]
        with self.station.ledger() as ledger:
            inputs += [row.payload for row in ledger.tray.rows() if row.state == "pending"]
        return sorted((given["contactId"], field["name"], field["value"]) for given in inputs for field in given["fields"])

    def told(self) -> list[dict[str, Any]]:
        """What the CRM acknowledged of contacts, oldest first."""
        rows = {row["event"]["id"]: json.loads(row["data"]) for row in self.station.sandbox.world.store.table("xconnector.messages")}
        return [rows[key.partition("/")[0]] for key in self.station.effects("xconnector.acknowledged")]

    def rules(self) -> list[tuple[str, str]]:
        """Rule and subject of the open exceptions."""
        return self.station.exceptions(DAG)

    def clear(self, *canaries: str) -> list[str]:
        """Which of some values stand anywhere in the ledger, readable."""
        kept = b"".join(file.read_bytes() for file in self.station.folder.glob("ledger.db*"))
        return [value for value in canaries if value.encode() in kept]


@pytest.fixture(params=[EXTENDED, pytest.param(DOCUMENTED, marks=pytest.mark.nightly)])
def house(request: pytest.FixtureRequest, station: Station) -> House:
    """With each kind of account; by file only at night."""
    return House(station, request.param)


NEW_ROAD = {"line1": "Neue Str. 7", "postcode": "20095", "country": "DE"}


def test_xc6_a_an_address_that_crm_owns_comes_to_consonance_once(house: House) -> None:
    """Street and postcode, and nothing else; told again, it changes nothing."""
    house.says(ids=[("isni", ISNI), ("email", "jm@example.org")])
    house.run()
    house.says(ids=[("isni", ISNI), ("email", "jm@example.org")], address=NEW_ROAD)
    house.run()
    house.says(ids=[("isni", ISNI), ("email", "jm@example.org")], address=NEW_ROAD)
    house.run()
    assert house.written() == [(AUTHOR, "ADDRESS_LINE1", "Neue Str. 7"), (AUTHOR, "POSTCODE", "20095")]
    assert house.rules() == []


def test_xc6_b_a_name_that_consonance_owns_goes_to_crm(house: House) -> None:
    """Once; without tax and bank details, which are not ours to tell."""
    house.run()
    house.has(contact(name="Jürgen K. Müller"))
    house.run(2)
    told = [row["names"]["display"] for row in house.told() if row["partyId"] == AUTHOR]
    assert told == ["Jürgen Müller", "Jürgen K. Müller"]
    assert {row["taxStatus"] for row in house.told()} | {row["paymentPreference"] for row in house.told()} == {None}


def test_xc6_c_of_a_field_that_both_changed_the_owner_wins_and_the_other_is_listed(house: House) -> None:
    """CRM has married him off; Consonance's name holds, CRM is told it again, and what gave way is listed, sealed."""
    house.says(ids=[("isni", ISNI)])
    house.run()
    house.has(contact(name="Jürgen K. Müller"))
    house.says(ids=[("isni", ISNI)], name="Jürgen Müller-Lüdenscheidt")
    house.run(2)
    assert house.rules() == [("PY3", "party:crm/77")]
    with house.station.ledger() as ledger:
        assert [(note["field"], note["system"]) for note in overruled(ledger)] == [("NAME", CRM)]
    assert [row["names"]["display"] for row in house.told() if row["partyId"] == AUTHOR] == ["Jürgen Müller", "Jürgen K. Müller"]
    assert not [row for row in house.written() if row[1] == "NAME"]


def test_xc6_c_a_name_that_changes_after_another_gave_way_to_it_goes_to_crm_too(house: House) -> None:
    """CRM is put right once, and follows Consonance from then on."""
    for name in ("Jürgen Müller", "J. Müller"):
        house.says(name=name, ids=[("isni", ISNI)])
        house.run()
    house.has(contact(name="Jürgen K. Müller"), organisation(PRINTER, "Kestrel Print"))
    house.run(2)
    told = [row["names"]["display"] for row in house.told() if row["partyId"] == AUTHOR]
    assert told == ["Jürgen Müller", "Jürgen Müller", "Jürgen K. Müller"]
    house.says(name="Jürgen K. Müller", ids=[("isni", "000000012146438X")])
    house.run()
    assert len([row for row in house.told() if row["partyId"] == AUTHOR]) == 4


def test_xc6_d_the_same_isni_is_matched_and_another_birth_year_is_not(house: House) -> None:
    """One is linked; the namesake, born in another year at the same address, is nobody of ours."""
    house.has(contact(name="Jürgen Müller (1961)"))
    house.says("77", ids=[("isni", ISNI)], name="Juergen Mueller", address=NEW_ROAD)
    house.says("78", name="Jürgen Müller (1984)")
    house.run()
    assert ("POSTCODE" in {row[1] for row in house.written()}, house.rules()) == (True, [])
    with house.station.ledger() as ledger:
        assert (open_pairs(ledger), ledger.memory.get("party:link:crm/77") is not None) == ([], True)


@pytest.mark.parametrize("is_same", [True, False])
def test_xc6_d_a_likely_duplicate_is_proposed_and_the_decision_is_remembered(house: House, *, is_same: bool) -> None:
    """J. Müller at Jürgen Mueller's address: nothing is taken until a person says who he is, and then he is asked no more."""
    house.has(contact(name="Jürgen Mueller", isni=None))
    house.says(name="J. Müller", ids=[("email", "new@example.org")])
    run = house.run()
    assert (house.written(), house.rules()) == ([], [("PY2", "party:crm/77")])
    with house.station.ledger() as ledger:
        (pair,) = open_pairs(ledger)
        assert (pair["contact"], pair["reasons"]) == (AUTHOR, ["a name that fits", "the same postcode and house number"])
        decide_pair(ledger, "crm/77", AUTHOR, is_same=is_same, by="edith")
    house.run()
    house.says(name="J. Müller", ids=[("email", "newer@example.org")])
    house.run()
    with house.station.ledger() as ledger:
        assert open_pairs(ledger) == []
    assert house.written() == ([(AUTHOR, "EMAIL", "newer@example.org")] if is_same else [])
    assert (house.rules(), [line for line in run.logs if "new@example.org" in line]) == ([], [])


def test_xc6_e_vat_and_bank_changes_wait_for_a_second_person_and_are_nowhere_to_read(house: House) -> None:
    """Sealed in the ledger, absent from logs and XComs; one person twice is one; once it has cooled off Consonance has them."""
    house.says(
        "9",
        "erp",
        "Kestrel Print",
        organisation="Kestrel Print",
        ids=[("supplier_id", f"S{PRINTER}"), ("vat", VAT)],
        paymentPreference=f"IBAN {IBAN}",
    )
    runs = [house.run()]
    assert [rule for rule, _ in house.rules()] == ["PY4", "PY4"]
    assert not [row for row in house.written() if row[1] in {"VAT_NUMBER", "BANK_REFERENCE"}]
    with house.station.ledger() as ledger:
        assert [note["field"] for note in open_changes(ledger)] == ["BANK_REFERENCE", "VAT_NUMBER"]
        for field, seen in _marks(ledger):
            assert agree(ledger, PRINTER, field, seen=seen, by="edith", approvers=2) == 1
            with pytest.raises(ConflictError):
                agree(ledger, PRINTER, field, seen=seen, by="edith", approvers=2)
    runs.append(house.run())
    assert not [row for row in house.written() if row[1] in {"VAT_NUMBER", "BANK_REFERENCE"}]
    with house.station.ledger() as ledger:
        for field, seen in _marks(ledger):
            assert agree(ledger, PRINTER, field, seen=seen, by="frank", approvers=2) == 0
    runs.append(house.run())
    assert ("PY9", f"contact:{PRINTER}/BANK_REFERENCE") in house.rules()
    house.now += timedelta(days=7)  # five working days
    runs.append(house.run())
    got = {name: value for who, name, value in house.written() if who == PRINTER}
    if house.account == EXTENDED:
        assert (got["VAT_NUMBER"], got["BANK_REFERENCE"]) == (VAT, f"IBAN {IBAN}")
    else:  # what waits for a sheet waits sealed
        assert {got[name].partition(":")[0] for name in ("VAT_NUMBER", "BANK_REFERENCE")} == {"sealed"}
    assert (house.rules(), house.clear(VAT, IBAN)) == ([], [])
    assert not [line for run in runs for line in [*run.logs, str(run.xcoms)] if VAT in line or IBAN in line]


def test_xc6_e_a_refused_change_and_a_wrong_check_digit_change_nothing(house: House) -> None:
    """Refused by one person; an IBAN that cannot be right is not even held; without a key nothing is kept at all."""
    supplier = [("supplier_id", f"S{PRINTER}")]
    house.says("9", "erp", "Kestrel Print", organisation="Kestrel Print", ids=[*supplier, ("vat", VAT)])
    house.run()
    with house.station.ledger() as ledger:
        refuse(ledger, PRINTER, "VAT_NUMBER", seen=dict(_marks(ledger))["VAT_NUMBER"], by="edith", why="the printer says no")
    house.says("9", "erp", "Kestrel Print", organisation="Kestrel Print", ids=supplier, paymentPreference="GB83WEST12345698765432")
    house.run()
    assert ({row[1] for row in house.written()} & {"VAT_NUMBER", "BANK_REFERENCE"}, house.rules()) == (set(), [("PY7", "party:erp/9")])
    house.station.connect("xconnector")
    house.says("9", "erp", "Kestrel Print", organisation="Kestrel Print", ids=supplier, paymentPreference="GB29NWBK60161331926819")
    house.run()
    assert (house.clear("GB29NWBK60161331926819"), house.station.exceptions("inbound")) == ([], [("HOOK", "connection:xconnector")])
    house.station.connect("xconnector", seal_key=KEY)
    house.run()
    assert ([rule for rule, _ in house.rules()], house.station.exceptions("inbound")) == (["PY4"], [])


def test_xc6_f_open_orders_of_a_blocked_vendor_are_named(house: House) -> None:
    """Those that a printer of this name has, or is to have."""
    with house.station.ledger() as ledger:
        from colophon.domain.delivery import Intent

        content = json.dumps({"payload": {"content": {"printer": "Kestrel Print"}}}).encode()
        ledger.plan([Intent("xconnector__production_orders", "production-print", "order:7-101-1", "A", content, "application/json", NIGHT)])
    house.says("9", "erp", "Kestrel Print", organisation="Kestrel Print", ids=[("supplier_id", f"S{PRINTER}")], vendorStatus="Blocked")
    house.run()
    with house.station.ledger() as ledger:
        (row,) = ledger.exceptions.open(use_case=DAG)
    assert (row.rule, row.found) == ("PY5", f"contact {PRINTER} is blocked; open: 7-101-1")
    assert (PRINTER, "VENDOR_STATUS", "Blocked") in house.written()


def test_xc6_g_somebody_deleted_in_crm_is_flagged_and_stays(house: House) -> None:
    """An exception; the contact is told to CRM as before."""
    house.says(ids=[("isni", ISNI)], vendorStatus="deleted")
    house.run()
    assert house.rules() == [("PY6", "party:crm/77")]
    assert AUTHOR in {row["partyId"] for row in house.told()}


def test_xc6_h_our_own_words_that_come_back_stop_after_one(house: House) -> None:
    """CRM answers each of our events with one of its own, and the address it had sent comes back from Consonance."""
    house.says(ids=[("isni", ISNI), ("email", "jm@example.org")])
    house.run()
    house.says(ids=[("isni", ISNI), ("email", "jm@example.org")], address=NEW_ROAD)
    house.run()
    house.says(ids=[("isni", ISNI), ("email", "jm@example.org")], address=NEW_ROAD)
    told = len(house.told())
    house.run(2)
    assert (len(house.told()), len(house.written()), house.rules()) == (told, 2, [])


def test_xc6_the_same_number_under_another_name_is_an_exception(house: House) -> None:
    """And so is a number that two of ours have; nothing is taken over."""
    house.says("77", name="Hanna Ölberg", ids=[("isni", ISNI)], address=NEW_ROAD)
    house.run()
    assert (house.written(), house.rules()) == ([], [("PY1", "party:crm/77")])


def test_xc6_who_is_erased_is_nowhere_to_read(station: Station) -> None:
    """What CRM said, what it was told, what was written back, and what is remembered; the other contact stays."""
    house = House(station)
    house.says(ids=[("isni", ISNI), ("email", "canary@example.org")], address=NEW_ROAD)
    house.run()
    assert house.clear("canary@example.org") == ["canary@example.org"]
    with station.ledger() as ledger:
        subject = Subject(key=str(AUTHOR), named=f"contact:{AUTHOR}")
        assert {"event", "delivery", "words"} <= {row["kind"] for row in ledger.persons.export(subject)}
        ledger.persons.erase(subject)
        assert list(ledger.memory.get_each("party:")) == []
        assert {row.subject for row in ledger.newest(DAG, CRM) if ledger.content(row.content_hash)} == {f"party:{PRINTER}"}
    assert house.clear("canary@example.org") == []


def test_xc6_two_masters_of_one_field_and_words_that_came_late(house: House) -> None:
    """CRM speaks of a vendor's status, which is ERP's: it is not taken. An older address does not come back."""
    house.says(ids=[("isni", ISNI)], address=NEW_ROAD, at="2026-05-03T12:00:00Z", vendorStatus="preferred")
    house.run()
    house.says(ids=[("isni", ISNI)], address={"line1": "Alte Str. 1", "postcode": "10999", "country": "DE"}, at="2026-05-01T12:00:00Z")
    house.run()
    assert house.written() == [(AUTHOR, "ADDRESS_LINE1", "Neue Str. 7"), (AUTHOR, "POSTCODE", "20095")]


def test_xc6_a_dry_run_takes_and_tells_nothing_and_an_unreadable_event_is_parked(station: Station) -> None:
    """The others go on."""
    house = House(station)
    head = {"specversion": "1.0", "id": "p-0", "source": "/crm", "type": "colophon.party.changed.v1", "subject": "party:1"}
    station.seed("xconnector", {"inbox": [{**head, "time": "2026-05-03T09:00:00Z", "data": {"partyId": "1"}}]})
    house.says(ids=[("isni", ISNI)], address=NEW_ROAD)
    assert station.run(DAG, NIGHT, {"dry_run": True}).state == "success"
    assert (house.told(), house.written()) == ([], [])
    house.run()
    assert (len(house.written()), [rule for rule, _ in house.rules()]) == (2, ["PY8"])


def _marks(ledger: Ledger) -> list[tuple[str, str]]:
    """What waits for persons: fields, and which value of each."""
    return [(note["field"], mark(note)) for note in open_changes(ledger)]
