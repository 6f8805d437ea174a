"""Whom a title is made by: teams in all roles with managers, leavers and stand-ins; partners, estates, translators; contact fields."""

import random
from datetime import date, timedelta
from typing import Any

from colophon_sandbox.seeds.living import House
from colophon_sandbox.seeds.shelf import Row, organisation, person

STAFF = {
    "PRODUCTION_MANAGER": ("Ines Falk", "Tom Okafor", "Ruta Jonaitis"),
    "DESIGNER": ("Milo Brandt", "Aiko Mori", "Sunniva Dahl"),
    "METADATA_SPECIALIST": ("Petra Novak", "Dev Acharya"),
    "APPROVER": ("Grace Oyelaran", "Luis Ferreira"),
    "OPERATIONS": ("Hana Kim", "Owen Price"),
    "MANAGER": ("Margit Vale", "Edward Larkspur"),
}
LEAVER, STAND_IN = "Lee Departing", "Sam Steps-In"
PARTNERS = (
    ("Northmoor Distribution", "GB"),
    ("Elbe Buchlogistik", "DE"),
    ("Prairie Book Services", "US"),
    ("Fenland Printers", "GB"),
    ("Adria Offset", "IT"),
    ("Harbour Street Books", "GB"),
    ("Estate of Winifred Ashby", "GB"),
    ("Estate of Tomás Quirós", "ES"),
)
TRANSLATORS = ("Clara Weiss", "Jean-Luc Morel", "Yuki Tanabe")
STREETS, CITIES = ("Mill Lane", "Quay Street", "Chapel Row", "Orchard Way"), ("Norwich", "Leith", "Cardiff", "Galway")
BY_TURNS = {
    "DELIVERY_PREFERENCE": ("EMAIL", "PRINT", "WEB", "EMAIL"),
    "LANGUAGE": ("eng", "eng", "ger", "fre"),
    "TAX_STATUS": ("HOME", "HOME", "ABROAD"),
    "PAYMENT_METHOD": ("BACS", "SEPA", "CHEQUE"),
    "VENDOR_STATUS": ("ACTIVE", "ACTIVE", "ACTIVE", "BLOCKED"),
}


def add(house: House, today: date) -> None:
    """Everybody, then teams, then what is known of each contact."""
    staff = {role: [_person(house, name) for name in names] for role, names in STAFF.items()}
    _add_teams(house, staff, today)
    for name, country in PARTNERS:
        partner = organisation(house.next_id("contacts"), name)
        numbers = {"vatNumber": f"{country}{900_000_000 + partner['id']}", "inhouseCustomerId": f"C{partner['id']}"}
        house.consonance["contacts"].append({**partner, **numbers, "country": country})
    _add_translators(house)
    for contact in house.consonance["contacts"]:
        _tell_fields(house, contact)


def _person(house: House, name: str) -> int:
    made = person(house.next_id("contacts"), name)
    house.consonance["contacts"].append(made)
    return int(made["id"])


def _add_teams(house: House, staff: dict[str, list[int]], today: date) -> None:
    """Each role that no work has yet; the first works' production manager left, and for some of them nobody stands in."""
    leaver, stand_in = _person(house, LEAVER), _person(house, STAND_IN)
    for place, made in enumerate(house.consonance["works"]):
        manager = staff["MANAGER"][made["imprintId"] % 2]
        for role, people in staff.items():
            who = people[made["imprintId"] % len(people)]
            if role == "PRODUCTION_MANAGER" and place < 12:
                left = (today - timedelta(days=20)).isoformat()
                _join(house, made["id"], role, leaver, manager, endsOn=left)
                if place < 8:
                    _join(house, made["id"], role, stand_in, manager, startsOn=left, endsOn=(today + timedelta(days=60)).isoformat())
            else:
                _join(house, made["id"], role, who, None if role == "MANAGER" else manager)


def _join(house: House, work_id: int, role: str, contact_id: int, manager_id: int | None, **more: Any) -> None:
    row = {"workId": work_id, "role": role, "contactId": contact_id, "managerId": manager_id, "startsOn": None, "endsOn": None, **more}
    house.add("teamMembers", **row)


def _add_translators(house: House) -> None:
    """One for each of six works, after its authors."""
    ids = [_person(house, name) for name in TRANSLATORS]
    for place, made in enumerate(house.consonance["works"][20:26]):
        row = {"id": house.next_id("contributions"), "sequenceNumber": len(made["contributions"]) + 1, "productIds": []}
        made["contributions"].append({**row, "onixContributorRoleCode": "B06", "contactId": ids[place % len(ids)]})


def _tell_fields(house: House, contact: Row) -> None:
    """Its address, numbers, consent and how it is paid; one in eleven opted out, one in seven never gave a consent."""
    key, chance = contact["id"], random.Random(f"{house.seed} contact {contact['id']}")
    country = contact.pop("country", None) or chance.choice(("GB", "GB", "IE", "DE"))
    street, city = f"{1 + key % 90} {STREETS[key % 4]}", CITIES[key % 4 - 1]
    phone, postcode = f"+44 1632 {960_000 + key % 1000}", f"ZZ{1 + key % 9} 1ZZ"
    contact["phones"] = [{"phoneNumber": phone, "phoneType": "Work"}]
    names = ("addressLine2", "building", "subBuilding", "careOf", "departmentName", "organisationName", "postOfficeBox")
    place = {"addressLine1": street, "addressLine3": city, "postcode": postcode, "country": {"description": country, "value": country}}
    contact["addresses"] = [dict.fromkeys(names) | place]
    told = {
        "EMAIL": contact["emails"][0]["email"],
        "PHONE": phone,
        "ADDRESS_LINE1": street,
        "CITY": city,
        "POSTCODE": postcode,
        "COUNTRY": country,
        "VAT_NUMBER": contact.get("vatNumber"),
        "CUSTOMER_ID": contact["inhouseCustomerId"],
        "SUPPLIER_ID": contact["inhouseSupplierId"],
        "ISNI": contact["isni"],
        "TAX_ID": f"TAXNO-{key:06d}-CANARY",
        "BANK_REFERENCE": f"GB00BANK{key:06d}CANARY",
        "CONSENT_EXTERNAL": None if key % 7 == 0 else "true" if key % 3 else "false",
        "OPTED_OUT": "true" if key % 11 == 0 else "false",
        **{name: values[key % len(values)] for name, values in BY_TURNS.items()},
    }
    for name, value in told.items():
        if value is not None:
            more = {"source": "crm", "observedAt": "2026-04-20T09:00:00Z", "externalReference": None}
            house.add("contactFields", contactId=key, name=name, value=value, **more)
