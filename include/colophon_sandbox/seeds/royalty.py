"""Head contracts, what they pay, and what was paid: one contract a work, with the cases that break naive royalty runs."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from colophon_sandbox.seeds.shelf import Row, organisation

CHANGED = {"revision": 1, "updatedAt": "2026-04-01T10:00:00Z"}
AGENCIES = ("Thornbury & Pike Literary", "Quayside Author Agency", "The Ninth Desk")
# form: basis, rate, escalators of units sold (above, rate)
RATES: dict[str, tuple[str, str, tuple[tuple[int, str], ...]]] = {
    "BB": ("LIST", "10", ((2500, "12.5"), (5000, "15"))),
    "BC": ("LIST", "7.5", ((10000, "10"),)),
    "DG": ("NET", "25", ()),
    "AJ": ("NET", "20", ((5000, "25"),)),
}
EXPORT_PERCENT = "8"
HIGH_DISCOUNT, HIGH_DISCOUNT_PERCENT = 7, "5"
ADVANCES = ((None,), ("1500",), ("5000",), ("12000",), ("60000",))
TRIGGERS = ("Signature", "Delivery", "Publication")
SPLITS = {1: ("100",), 2: ("60", "40"), 3: ("50", "30", "20")}
LAST_STATEMENT = "2025-09-30"


def add(shelf: Any, chance: random.Random) -> None:
    """Contracts for works that have none, terms for nearly all, and payments."""
    agencies = [organisation(shelf.next_id("contact"), name) for name in AGENCIES]
    shelf.records["contacts"] += agencies
    _add_contracts(shelf, chance)
    products: dict[int, list[Row]] = {}
    for product in shelf.records["products"]:
        products.setdefault(product["workId"], []).append(product)
    works = {made["id"]: made for made in shelf.records["works"]}
    # Nobody has typed in the terms of the third contract: its sales have to wait.
    for contract in [c for n, c in enumerate(shelf.records["contracts"]) if n != 2]:
        people = list(dict.fromkeys(one["contactId"] for one in works[contract["workId"]]["contributions"]))
        if people:
            agent = chance.choice(agencies)["id"] if chance.random() < 0.35 else None
            terms = _terms(shelf, chance, contract, products[contract["workId"]], people[:3], agent)
            shelf.records["royaltyTerms"].append(terms)
            shelf.records["payments"] += _payments(shelf, chance, terms)
    _awkward(shelf)


def _add_contracts(shelf: Any, chance: random.Random) -> None:
    known = {contract["workId"] for contract in shelf.records["contracts"]}
    for made in shelf.records["works"]:
        if made["id"] in known or not made["contributions"]:
            continue
        contract_id = shelf.next_id("contract")
        signed = date(2016, 1, 4) + timedelta(days=chance.randrange(0, 3200))
        rights = (("Volume", 50.0), ("Translation", 75.0), ("Audio", 70.0))
        shelf.records["contracts"].append(
            {
                "id": contract_id,
                "clientId": 1,
                "contractName": f"{made['title'][:60]} ({signed.year})",
                "workId": made["id"],
                "signedDate": signed.isoformat(),
                "term": chance.choice(["120", "180", "240"]),
                "terminatedDate": None,
                "terminationReason": None,
                "deliveryDates": [],
                "licensedRights": [
                    {"id": contract_id * 10 + n, "rightType": name, "authorCut": cut} for n, (name, cut) in enumerate(rights)
                ],
            }
        )


def _terms(shelf: Any, chance: random.Random, contract: Row, products: list[Row], people: list[int], agent: int | None) -> Row:
    rates = [rate for product in products if product["onix21ProductFormCode"] in RATES for rate in _rates(shelf, chance, product)]
    rates = rates or [_rate(shelf, products[0]["id"], "NET", "10")]
    advance = chance.choice(ADVANCES)[0]
    opening = None if advance is None else f"-{int(advance) // chance.choice([2, 3, 8])}.00"
    if chance.random() < 0.4:
        opening = None
    return {
        **CHANGED,
        "id": shelf.next_id("terms"),
        "contractId": contract["id"],
        "currencyCode": "GBP",
        "contractSet": None,
        "statementMonths": [3, 9],
        "statementNumber": chance.randint(1, 9),
        "minimumPayment": chance.choice(["25.00", "50.00", None]),
        "rates": rates,
        "splits": [_split(payee, share, opening, agent) for payee, share in zip(people, SPLITS[len(people)], strict=True)],
        "advances": list(_advances(shelf, contract, people, advance)),
        "reserves": [
            {"statementFrom": 1, "statementTo": 2, "ratePercent": "20", "base": "ROYALTY", "formats": ["PRINT"], "releaseAfterStatements": 2},
            {"statementFrom": 3, "statementTo": None, "ratePercent": "10", "base": "ROYALTY", "formats": ["PRINT"], "releaseAfterStatements": 2},
        ][: 2 if chance.random() < 0.6 else 0],
    }  # fmt: skip


def _rates(shelf: Any, chance: random.Random, product: Row) -> Iterator[Row]:
    basis, percent, steps = RATES[product["onix21ProductFormCode"]]
    yield _rate(shelf, product["id"], basis, percent, steps)
    if basis == "LIST":
        yield _rate(shelf, product["id"], "NET", EXPORT_PERCENT, level="MASTERCHANNEL", masterchannel="Export")
        if chance.random() < 0.5:
            yield _rate(shelf, product["id"], "NET", HIGH_DISCOUNT_PERCENT, level="CHANNEL", channelId=HIGH_DISCOUNT)


def _rate(shelf: Any, product_id: int, basis: str, percent: str, steps: tuple[tuple[int, str], ...] = (), **more: Any) -> Row:
    escalators = [
        {"kind": "UNIT", "from": str(above), "fromDate": None, "inclusive": False, "ratePercent": rate, "combine": "REPLACE",
         "countingGroup": f"product-{product_id}", "marginal": True}
        for above, rate in steps
    ]  # fmt: skip
    return {
        "id": shelf.next_id("rate"),
        "level": "PRODUCT",
        "productId": product_id,
        "masterchannel": None,
        "channelId": None,
        "priceBasis": basis,
        "ratePercent": percent,
        "territories": None,
        "escalators": escalators,
        **more,
    }


def _split(payee: int, share: str, opening: str | None, agent: int | None) -> Row:
    return {
        "payee": {"id": payee},
        "productId": None,
        "weight": int(share.replace(".", "")),
        "sharePercent": share,
        "openingBalance": opening,
        "agent": {"id": agent} if agent else None,
        "commissionPercent": "15" if agent else None,
    }


def _advances(shelf: Any, contract: Row, people: list[int], total: str | None) -> Iterator[Row]:
    """Three equal instalments to the first payee; the last one is not paid where the contract is recent."""
    signed = date.fromisoformat(contract["signedDate"])
    for number, trigger in enumerate(TRIGGERS if total else ()):
        due = signed + timedelta(days=300 * number)
        yield {
            "id": shelf.next_id("advance"),
            "payee": {"id": people[0]},
            "joint": len(people) > 1,
            "trigger": trigger,
            "amount": f"{int(total or 0) // 3}.00",
            "currencyCode": "GBP",
            "dueOn": due.isoformat(),
            "paidOn": (due + timedelta(days=21)).isoformat() if due < date(2025, 1, 1) else None,
        }


def _payments(shelf: Any, chance: random.Random, terms: Row) -> Iterator[Row]:
    """Instalments that were paid, and what last autumn's statement left to pay where nothing was unearned."""
    for advance in terms["advances"]:
        if advance["paidOn"]:
            yield payment(shelf, terms["contractId"], advance["payee"]["id"], advance["paidOn"], advance["amount"])
    for split in terms["splits"]:
        if split["openingBalance"] is None and chance.random() < 0.5:
            earned = f"{chance.randint(25, 2400)}.{chance.randint(0, 99):02d}"
            # An agent is paid for the author.
            payee = (split["agent"] or split["payee"])["id"]
            yield payment(shelf, terms["contractId"], payee, LAST_STATEMENT, earned)


def payment(shelf: Any, contract_id: int, contact_id: int, paid_on: str, amount: str, **more: Any) -> Row:
    """One payment in pounds."""
    payment_id = shelf.next_id("payment")
    row = {"id": payment_id, "contactId": contact_id, "contractId": contract_id, "productId": None, "paidOn": paid_on, "amount": amount}
    return {**CHANGED, **row, "currencyCode": "GBP", "externalReference": f"BACS-{payment_id}", **more}


def _awkward(shelf: Any) -> None:
    """Shares that no percentage writes exactly, an accounting across contracts, a date escalator, the same payment twice."""
    several = [terms for terms in shelf.records["royaltyTerms"] if len(terms["splits"]) == 2]
    # 8 % and 7.5 % of one price: 80 parts to 75.
    for split, weight, share in zip(several[0]["splits"], (80, 75), ("51.612903", "48.387097"), strict=True):
        split.update(weight=weight, sharePercent=share)
    joint = shelf.records["royaltyTerms"][:2]
    for terms in joint:
        terms["contractSet"] = "across-1"
    joint[0]["rates"][0]["escalators"].append(
        {"kind": "DATE", "from": None, "fromDate": "2026-01-01", "inclusive": True, "ratePercent": "11", "combine": "REPLACE",
         "countingGroup": None, "marginal": None}
    )  # fmt: skip
    first = shelf.records["payments"][0]
    twice = payment(shelf, first["contractId"], first["contactId"], first["paidOn"], first["amount"])
    shelf.records["payments"].append({**twice, "externalReference": first["externalReference"]})
