"""A royalty run for load: so many payees with contracts, sales of the first half of 2026, Consonance's own totals, and contact fields.

One payee in ten has a co-author, one in fifteen an agent who is registered for VAT; one in twenty-five lives abroad, every second of
them with a treaty that no certificate proves; one in forty is an estate. E-books have receipts of parts of a penny. Some payees had
something on account, which now and then was entered twice. One in a hundred has an e-mail address that Exstream leaves out (`skip@`), one in a hundred one
that bounces (`ndlv@`). Tax numbers and bank data are invented, and easy to find again where they must not be.
"""

import random
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from colophon_sandbox.seeds.shelf import Row, isbn13, organisation, person, price, product, work

BASE = 500_000
CHANGED = {"revision": 1, "updatedAt": "2026-07-05T05:00:00Z"}
IMPRINTS = {BASE + 1: "Marlow House", BASE + 2: "Quill Academic"}
# masterchannel, channel, discount in percent
CHANNELS = (("Home", 1, 50), ("Home", 2, 55), ("Export", 3, 60))
ABROAD = (
    ("88 Canary Row Apt 4", "10014", "United States", "US", "New York NY"),
    ("12 Canary Row, Hinterhaus", "10967", "Germany", "DE", "Berlin"),
    ("12 Canary Row, 2-chome", "101-0051", "Japan", "JP", "Tokyo"),
    ("7 Canary Row", "75011", "France", "FR", "Paris"),
)
"""Street, postcode, country, its code and town of payees abroad."""
RIGHTS = (("Translation", 75.0), ("Audio", 70.0))
TRANSLATIONS, LICENSEE, AGENCY = 9, BASE, BASE - 1
SUBSCRIPTION = ("Digital", 5)
PART_OF_A_PENNY = "0.2916"
RATE = {"BC": ("LIST", "7.5"), "DG": ("NET", "25")}
TAX_ID, BANK = "TAXNO-{:06d}-CANARY", "GB00BANK{:06d}CANARY"
PREFERENCES = ("EMAIL", "EMAIL", "EMAIL", "PRINT", "WEB")
LAST_DAY = "2026-06-30"
EACH_AGENT = 15
RUN_ID = BASE + 1
ODD = 7
"""Consonance's total of this product is a penny off."""


def payees(n: int, seed: int = 1) -> dict[str, Any]:
    """So many payees, each with a contract on a work of their own."""
    chance = random.Random(f"{seed} payees")
    names = (
        "imprints",
        "contacts",
        "works",
        "products",
        "contracts",
        "royaltyTerms",
        "sales",
        "payments",
        "contactFields",
        "royaltyRuns",
        "rightsReceipts",
    )
    records: dict[str, list[Row]] = {name: [] for name in names}
    records["imprints"] = [{"id": key, "name": name} for key, name in IMPRINTS.items()]
    records["contacts"].append(organisation(LICENSEE, "Hörverlag Nachtigall"))
    if n >= EACH_AGENT:
        records["contacts"].append(
            {**organisation(AGENCY, "Canary Wharf Literary Agency"), "addresses": [_address("1 Canary Row", "ZZ1 1ZZ")]}
        )
        records["contactFields"].append(_field(AGENCY, 0, "TAX_STATUS", "VAT"))
    totals: list[Row] = []
    for number in range(1, n + 1):
        _contact(records, number)
        made = _work(records, number)
        forms = ("BC", "DG") if number % 3 == 0 else ("BC",)
        products = [_product(records, made, number, form, place) for place, form in enumerate(forms)]
        _contract(records, made, number, products, co_author=number + 1 if number % 10 == 0 and number < n else None)
        for row in products:
            totals.append(_total(row, number, _sales(records, chance, row)))
        _rights(records, number, products[0])
        _on_account(records, number)
    if len(totals) > ODD:
        totals[ODD]["royaltyAmount"] = str(Decimal(totals[ODD]["royaltyAmount"]) + Decimal("0.01"))
    run = {"id": RUN_ID, "name": "2026 H1", "status": "PROCESSED", "maxInvoiceDate": LAST_DAY, "approvedOn": None, "totals": totals}
    records["royaltyRuns"].append({**CHANGED, **run})
    return {"consonance": records}


def _contact(records: dict[str, list[Row]], number: int) -> None:
    key = BASE + number
    script = {17: "skip", 67: "ndlv"}.get(number % 100)
    made = person(key, f"{'Estate of ' if number % 40 == 13 else ''}Royal Payee{number}")
    made["emails"] = [{"email": f"{script}@payees.example" if script else f"payee{number}@payees.example"}]
    is_abroad = number % 25 == 0
    home = (f"{number} Canary Row", "ZZ1 1ZZ", "United Kingdom", "GB", "Canary Wharf")
    *address, town = ABROAD[number // 25 % len(ABROAD)] if is_abroad else home
    made["addresses"] = [_address(*address)]
    records["contacts"].append(made)
    preference = "EMAIL" if script else PREFERENCES[number % len(PREFERENCES)]
    status = "HOME" if not is_abroad else "TREATY_0" if number % 50 == 0 else "ABROAD"
    told = {
        "DELIVERY_PREFERENCE": preference,
        "TAX_STATUS": status,
        "TAX_ID": TAX_ID.format(number),
        "BANK_REFERENCE": BANK.format(number),
        "CITY": town,
    }
    records["contactFields"] += [_field(key, place, name, value) for place, (name, value) in enumerate(told.items())]


def _field(contact_id: int, place: int, name: str, value: str) -> Row:
    row = {"id": contact_id * 10 + place, "contactId": contact_id, "name": name, "value": value, "source": "seed"}
    return {**CHANGED, **row, "observedAt": CHANGED["updatedAt"], "externalReference": None}


def _address(street: str, postcode: str, country: str = "United Kingdom", code: str = "GB") -> Row:
    more = dict.fromkeys(
        ("addressLine2", "addressLine3", "building", "subBuilding", "careOf", "departmentName", "organisationName", "postOfficeBox")
    )
    return {"addressLine1": street, **more, "postcode": postcode, "country": {"description": country, "value": code}}


def _work(records: dict[str, list[Row]], number: int) -> Row:
    made = work(BASE + number, f"Earned Title {number:05d}", BASE + (2 if number % 20 == 0 else 1))
    made["contributions"] = [
        {"id": BASE + number, "sequenceNumber": 1, "onixContributorRoleCode": "A01", "contactId": BASE + number, "productIds": []}
    ]
    records["works"].append(made)
    return made


def _product(records: dict[str, list[Row]], made: Row, number: int, form: str, place: int) -> Row:
    key = BASE + number * 2 + place
    row = product(key, made, form, isbn13(f"97919{number * 2 + place:07d}"), publicationDate="2024-03-01")
    row["prices"] = [price(key, f"{8 + number % 5}.99", "GBP")]
    records["products"].append(row)
    return row


def _contract(records: dict[str, list[Row]], made: Row, number: int, products: list[Row], co_author: int | None) -> None:
    key = BASE + number
    records["contracts"].append(
        {"id": key, "clientId": 1, "contractName": f"Agreement {number}", "workId": made["id"], "signedDate": "2023-01-10", "term": "240",
         "terminatedDate": None, "terminationReason": None, "deliveryDates": [], "licensedRights": _licensed(key),
         "guaranteedRoyaltyValue": 75.0 if number % 25 == 8 else None}
    )  # fmt: skip
    opening = ("-250.00", None, "3.10")[number % 3]
    shares = [(key, 80, "51.612903"), (BASE + co_author, 75, "48.387097")] if co_author else [(key, 1, "100")]
    has_agent = number % EACH_AGENT == 0
    agent = {"agent": {"id": AGENCY} if has_agent else None, "commissionPercent": "15" if has_agent else None}
    records["royaltyTerms"].append(
        {**CHANGED, "id": key, "contractId": key, "currencyCode": "GBP", "contractSet": None, "statementMonths": [3, 9],
         "statementNumber": 4, "minimumPayment": "25.00", "rates": [_rate(row, number) for row in products],
         "splits": [{"payee": {"id": payee}, "productId": None, "weight": weight, "sharePercent": share,
                     "openingBalance": opening, **agent} for payee, weight, share in shares],
         "advances": [], "reserves": _reserves() if number % 4 == 0 else []}
    )  # fmt: skip


def _licensed(key: int) -> list[Row]:
    return [{"id": key * 10 + n, "rightType": kind, "authorCut": cut} for n, (kind, cut) in enumerate(RIGHTS)]


def _rate(row: Row, number: int) -> Row:
    """One payee in twelve has a guaranteed minimum on the rate, one in twelve an agreed maximum."""
    basis, percent = RATE[row["onix21ProductFormCode"]]
    more: Row = {"masterchannel": None, "channelId": None, "territories": None, "escalators": []}
    more |= {"guaranteedMinimum": "60.00" if number % 12 == 6 else None, "guaranteedMaximum": "20.00" if number % 12 == 11 else None}
    return {"id": row["id"], "level": "PRODUCT", "productId": row["id"], "priceBasis": basis, "ratePercent": percent, **more}


def _reserves() -> list[Row]:
    more = {"base": "ROYALTY", "formats": ["PRINT"], "releaseAfterStatements": 2}
    return [{"statementFrom": 1, "statementTo": None, "ratePercent": "10", **more}]


def _sales(records: dict[str, list[Row]], chance: random.Random, row: Row) -> list[Row]:
    """Lines of six months; some come back."""
    lines: list[Row] = []
    for month in range(1, 7):
        master, channel, discount = CHANNELS[chance.randrange(3)]
        for is_return, quantity in ((False, int(chance.paretovariate(1.2)) + chance.randrange(20)), (True, chance.randrange(3))):
            if quantity:
                lines.append(
                    _line(len(records["sales"]) + len(lines), row, (master, channel, discount), month, quantity, is_return=is_return)
                )
    lines += _parts_of_a_penny(records, row, len(lines))
    records["sales"] += lines
    return lines


def _parts_of_a_penny(records: dict[str, list[Row]], row: Row, before: int) -> list[Row]:
    """What a subscription shop pays for e-books: no line of it is a whole number of pence."""
    if row["onix21ProductFormCode"] != "DG":
        return []
    first = len(records["sales"]) + before
    lines = (_line(first + n, row, (*SUBSCRIPTION, 0), 6, 1, is_return=False) for n in range(3))
    return [{**line, "listPrice": None, "value": PART_OF_A_PENNY, "source": "Subscription shop"} for line in lines]


def _line(place: int, row: Row, where: tuple[str, int, int], month: int, quantity: int, *, is_return: bool) -> Row:
    master, channel, discount = where
    listed = Decimal(row["prices"][0]["amount"])
    value = (listed * quantity * (100 - discount) / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return {
        **CHANGED, "id": BASE + 1 + place, "isReturn": is_return, "productId": row["id"], "isbn13": row["isbn13"], "channelId": channel,
        "masterchannel": master, "salesDate": f"2026-{month:02d}-{1 + place % 28:02d}", "listPrice": str(listed), "source": "Wholesaler",
        "quantity": quantity, "value": str(value), "currencyCode": "GBP", "countryCode": "GB", "originalCurrency": None,
        "originalValue": None, "file": f"sales-2026-{month:02d}.csv", "notes": None, "royaltyRunId": RUN_ID,
    }  # fmt: skip


def _rights(records: dict[str, list[Row]], number: int, row: Row) -> None:
    """A translation licence as a line of the rights channel; an audio licence as a receipt with tax and charges taken off."""
    if number % 9 == 4:
        line = _line(len(records["sales"]), row, ("Rights", TRANSLATIONS, 0), 5, 1, is_return=False)
        records["sales"].append({**line, "listPrice": None, "value": "400.00", "countryCode": "FR", "source": "Éditions de la Clairière"})
    if number % 9 == 7:
        receipt = {
            "id": BASE + number,
            "contractId": BASE + number,
            "rightType": "Audio",
            "licenseeId": LICENSEE,
            "receivedOn": "2026-04-14",
        }
        taken_off = {"foreignTax": "50.00", "bankCharges": "12.50", "subagentCommission": None}
        records["rightsReceipts"].append({**CHANGED, **receipt, "amount": "500.00", "currencyCode": "GBP", **taken_off})


def _on_account(records: dict[str, list[Row]], number: int) -> None:
    """One payee in thirty had something on account; every second of these payments was entered twice."""
    for _ in range(2 if number % 60 == 19 else 1 if number % 60 == 49 else 0):
        key = BASE + len(records["payments"]) + 1
        row = {"id": key, "contactId": BASE + number, "contractId": BASE + number, "productId": None, "paidOn": "2026-05-04"}
        records["payments"].append({**CHANGED, **row, "amount": "2.50", "currencyCode": "GBP", "externalReference": f"BACS-{number}"})


def _total(row: Row, number: int, lines: list[Row]) -> Row:
    """What this sandbox's Consonance makes of the lines: by masterchannel, each rounded half up."""
    basis, percent = RATE[row["onix21ProductFormCode"]]
    sums: dict[str, Decimal] = defaultdict(Decimal)
    units, value = 0, Decimal(0)
    for line in lines:
        sign = -1 if line["isReturn"] else 1
        units += sign * line["quantity"]
        value += sign * Decimal(line["value"])
        sums[line["masterchannel"]] += sign * (line["quantity"] * Decimal(line["listPrice"]) if basis == "LIST" else Decimal(line["value"]))
    royalty = sum(((one * Decimal(percent) / 100).quantize(Decimal("0.01"), ROUND_HALF_UP) for one in sums.values()), Decimal(0))
    told = {"netUnits": units, "salesValue": str(value), "royaltyAmount": str(royalty), "currencyCode": "GBP"}
    return {"productId": row["id"], "contractId": BASE + number, **told}
