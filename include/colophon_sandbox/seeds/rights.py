"""What head contracts grant and who works on which title; and a catalogue whose rights change day by day."""

import random
from datetime import date, timedelta
from typing import Any

from colophon_sandbox.seeds.shelf import Row, isbn13, organisation, person, product, work

CHANGED = {"revision": 1, "updatedAt": "2026-04-01T10:00:00Z"}
ROLES = ("EDITOR", "RIGHTS_MANAGER", "LEGAL", "MARKETING", "SALES")
WHERE: tuple[Row, ...] = (
    {"included": ["WORLD"], "excluded": []},
    {"included": ["WORLD"], "excluded": ["US", "CA"]},
    {"included": ["GB", "IE", "AU", "NZ", "ZA", "IN"], "excluded": []},
)
RECORDS = ("contracts", "headGrants", "rightsDeals", "teamMembers")
THRESHOLDS = (0, 7, 30, 90, 180)
LEGAL, LICENSEE, FIRST_MANAGER, MANAGERS = 11, 12, 21, 4


def add(shelf: Any, chance: random.Random) -> None:
    """One grant for each head contract, and a team for each work."""
    people = [contact["id"] for contact in shelf.records["contacts"] if contact["__typename"] == "Person"][:12]
    for contract in shelf.records["contracts"]:
        made = grant(shelf.next_id("grant"), contract["id"], contract["workId"])
        shelf.records["headGrants"].append(made | {"territories": chance.choice(WHERE)})
    for made in shelf.records["works"]:
        staff = chance.sample(people, len(ROLES))
        shelf.records["teamMembers"] += [
            member(shelf.next_id("member"), made["id"], role, who) for role, who in zip(ROLES, staff, strict=True)
        ]


def changing(today: date, changes: int = 500, days: int = 30, seed: int = 1) -> dict[str, Any]:
    """Works with one right each that reaches a threshold within so many days after `today`.

    By turns a head contract, a grant with an end of its own, and an exclusive licence for France. Contacts 21 to 24 are rights
    managers, 11 is legal for all works.
    """
    chance = random.Random(seed)
    contacts = [person(LEGAL, "Lou Legal"), organisation(LICENSEE, "Éditions du Hêtre")]
    contacts += [person(FIRST_MANAGER + number, f"Max Manager {number}") for number in range(MANAGERS)]
    records: dict[str, list[Row]] = {"imprints": [{"id": 1, "name": "Larkspur"}], "contacts": contacts}
    records |= {name: [] for name in ("works", "products", *RECORDS)}
    for number in range(1, changes + 1):
        ends = today + timedelta(days=chance.randrange(1, days + 1) + chance.choice(THRESHOLDS))
        _add_work(records, number, ends)
    return {"consonance": records}


def _add_work(records: dict[str, list[Row]], number: int, ends: date) -> None:
    made = work(number, f"The Turning Tide, Volume {number}", 1)
    language = {"id": number, "onixLanguageRoleCode": "01", "onixLanguageCode": "eng"}
    form, isbn = ("BC", "DG")[number % 2], isbn13(f"9781998{number:05d}")
    records["works"].append(made)
    records["products"].append(product(number, made, form, isbn, contentLanguages=[language], publicationDate="2022-03-01"))
    add_to(records, number, ends)


def add_to(records: dict[str, list[Row]], number: int, ends: date) -> None:
    """A work's contract, grant and team, one right of which ends: by turns the contract, the grant, and a licence."""
    kind = number % 3
    signed, term = (_months_before(ends, 60), "60") if kind == 0 else (date(2020, 1, 31), None)
    contract = {"id": number, "clientId": 1, "contractName": f"Head contract {number}", "workId": number, "signedDate": signed.isoformat()}
    records["contracts"].append(contract | {"term": term, "terminatedDate": None, "deliveryDates": [], "licensedRights": []})
    records["headGrants"].append(grant(number, number, number) | ({"expiresOn": ends.isoformat()} if kind == 1 else {}))
    if kind == 2:
        records["rightsDeals"].append(_licence(number, ends))
    people = (("RIGHTS_MANAGER", FIRST_MANAGER + number % MANAGERS), ("LEGAL", LEGAL))
    records["teamMembers"] += [member(2 * number + n, number, role, who) for n, (role, who) in enumerate(people)]


def grant(grant_id: int, contract_id: int, work_id: int) -> Row:
    """Print, e-book and audio in English, everywhere, for as long as the contract runs."""
    return {
        "id": grant_id, **CHANGED, "contractId": contract_id, "workId": work_id, "rightsType": "Volume", "exclusive": True,
        "formats": ["PRINT", "EBOOK", "AUDIO_DOWNLOAD", "AUDIO_PHYSICAL"], "territories": WHERE[0], "languages": ["eng"],
        "channels": ["*"], "startsOn": None, "expiresOn": None,
    }  # fmt: skip


def member(member_id: int, work_id: int, role: str, contact_id: int) -> Row:
    """One person in one role."""
    more = {"managerId": None, "startsOn": None, "endsOn": None}
    return {"id": member_id, **CHANGED, "workId": work_id, "role": role, "contactId": contact_id, **more}


def _licence(number: int, ends: date) -> Row:
    return {
        "id": number, **CHANGED, "workId": number, "productIds": None, "contractId": number, "licenseeId": LICENSEE,
        "rightsType": "Reprint", "exclusive": True, "territories": {"included": ["FR"], "excluded": []}, "languages": ["eng"],
        "formats": ["PRINT", "EBOOK"], "channels": ["*"], "startsOn": "2021-01-01", "expiresOn": ends.isoformat(), "sellOffUntil": None,
        "status": "SIGNED", "signedDate": "2021-01-01", "contactId": None, "renewalOf": None, "terminatedDate": None,
    }  # fmt: skip


def _months_before(day: date, months: int) -> date:
    """Whole years earlier; from the last day of February to the last one."""
    year = day.year - months // 12
    return day.replace(year=year, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=year)
