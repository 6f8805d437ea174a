"""Sales and returns of seven months by channel, and lines that a royalty run must not stumble over."""

import random
from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from colophon_sandbox.seeds.shelf import Row

CHANGED = {"revision": 1, "updatedAt": "2026-04-30T05:00:00Z"}
MONTHS = ("2025-10", "2025-11", "2025-12", "2026-01", "2026-02", "2026-03", "2026-04")
# channel: masterchannel, source, country, discount in percent, currency and its rate
Channel = tuple[str, str, str, int, str | None, str]
CHANNELS: dict[int, Channel] = {
    1: ("Home", "Brindle Wholesale", "GB", 50, None, "1"),
    2: ("Home", "Online retail", "GB", 55, None, "1"),
    3: ("Export", "Export agents", "DE", 60, "EUR", "1.17"),
    4: ("Digital", "E-book retailers", "GB", 30, None, "1"),
    5: ("Digital", "Audio platforms", "US", 60, "USD", "1.27"),
    6: ("Direct", "Own web shop", "GB", 0, None, "1"),
    7: ("Home", "Book clubs", "GB", 80, None, "1"),
    8: ("Export", "Tokyo book fair", "JP", 60, "JPY", "190"),
}
BY_FORM = {"BB": (1, 2, 3, 6), "BC": (1, 2, 3, 7), "DG": (4,), "AJ": (5,)}
RETURNABLE = (1, 2)
PENNY = Decimal("0.01")
LAST_RUN, FIRST_DAY = 1, "2026-01-01"
"""Consonance's run over everything before a day."""


def add(shelf: Any, chance: random.Random, today: date) -> None:
    """Lines of everything that is out, in the order of product and month."""
    for product in shelf.records["products"]:
        published = product["publicationDate"]
        if not published or published > today.isoformat() or product["onixPublishingStatusCode"] == "01":
            continue
        for month in MONTHS:
            if month >= published[:7]:
                shelf.records["sales"] += _month(shelf, chance, product, month)
    shelf.records["royaltyRuns"].append(
        {
            **CHANGED,
            "id": LAST_RUN,
            "name": "2025 H2",
            "status": "PROCESSED",
            "maxInvoiceDate": "2025-12-31",
            "approvedOn": None,
            "totals": [],
        }
    )
    _awkward(shelf)


def _month(shelf: Any, chance: random.Random, product: Row, month: str) -> Iterator[Row]:
    for channel in BY_FORM.get(product["onix21ProductFormCode"], (1,)):
        # Most books sell little: a long tail, as in life.
        sold = int(chance.paretovariate(1.1)) + chance.randrange(3) - 1
        if sold > 0:
            yield line(shelf, product, channel, f"{month}-{chance.randint(1, 28):02d}", min(sold, 4000))
        if channel in RETURNABLE and month >= "2026-01" and chance.random() < 0.3:
            yield line(shelf, product, channel, f"{month}-{chance.randint(1, 28):02d}", chance.randint(1, 6), isReturn=True)


def line(shelf: Any, product: Row, channel: int, day: str, quantity: int, **more: Any) -> Row:
    """One line; its value follows from list price and discount. Without a price in pounds both are unknown."""
    master, source, country, discount, currency, rate = CHANNELS[channel]
    price = next((one["amount"] for one in product["prices"] if one["currencyCode"] == "GBP"), None)
    value = None if price is None else (Decimal(price) * quantity * (100 - discount) / 100).quantize(PENNY, ROUND_HALF_UP)
    original = None if value is None or currency is None else value * Decimal(rate)
    exact = Decimal(1) if currency == "JPY" else PENNY
    return {
        **CHANGED,
        "id": shelf.next_id("sale"),
        "isReturn": False,
        "productId": product["id"],
        "isbn13": product["isbn13"],
        "channelId": channel,
        "masterchannel": master,
        "salesDate": day,
        "listPrice": price,
        "source": source,
        "quantity": quantity,
        "value": None if value is None else str(value),
        "currencyCode": "GBP",
        "countryCode": country,
        "originalCurrency": currency if original is not None else None,
        "originalValue": None if original is None else str(original.quantize(exact, ROUND_HALF_UP)),
        "file": f"{master.lower()}-{day[:7]}.csv",
        "notes": None,
        "royaltyRunId": LAST_RUN if day < FIRST_DAY else None,
        **more,
    }


def _awkward(shelf: Any) -> None:
    """Each case on a line with a note, on print books of the clean part of the catalogue."""
    print_books = [p for p in shelf.records["products"] if p["onix21ProductFormCode"] in {"BB", "BC"} and p["prices"]]
    tiers, negative, free, cheap, late, unvalued, abroad, twice = print_books[:8]
    rows = [
        line(shelf, tiers, 1, "2026-03-02", 2400, notes="Up to the first step"),
        line(shelf, tiers, 1, "2026-03-03", 9000, notes="Crosses every step in one line"),
        line(shelf, negative, 1, "2026-02-10", 400, isReturn=True, notes="More comes back than was sold"),
        line(shelf, free, 6, "2026-02-11", 12, value="0.00", notes="Review copies"),
        line(shelf, cheap, 7, "2026-02-12", 500, value="95.00", notes="Sold below cost"),
        line(shelf, late, 2, "2025-03-31", 7, royaltyRunId=None, notes="Reported a year late"),
        line(shelf, unvalued, 1, "2026-02-13", 5, value=None, notes="Nobody told what it was worth"),
        line(shelf, abroad, 8, "2026-02-14", 3, notes="A currency without decimals"),
    ]
    same = [line(shelf, twice, 2, "2026-02-15", 4, notes="Two equal lines, and both are true") for _ in range(2)]
    cancelled = [
        line(shelf, p, 1, "2026-02-16", 2, isReturn=True, notes="Returned though it never came out")
        for p in shelf.records["products"]
        if p["onixPublishingStatusCode"] == "01"
    ][:1]
    shelf.records["sales"] += rows + same + cancelled
