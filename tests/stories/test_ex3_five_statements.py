"""EX-3: five statements as their payees get them: a long one, one abroad, one through an agent, an estate's, one that was held and released.

They come out of the DAG. To look at them, name a folder: STATEMENTS_TO=statements COLOPHON_NIGHTLY=1 pytest -m nightly tests/stories/test_ex3_five_statements.py
"""

import json
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from station import Station
from two_accounts import EXTENDED, tell

from colophon.config.files import SHIPPED
from colophon.royalties.statement.page import page_of
from colophon.royalties.statement.paper import pdf_of
from colophon.royalties.statement.payload import Statement
from colophon.royalties.statement.web import html_of
from colophon.use_cases.exstream import statement_letters
from colophon_sandbox import seeds
from colophon_sandbox.seeds.shelf import isbn13

DAG = "exstream__royalty_statements"
FORM = {"period": "2026H1", "policy": "standard", "shards": 1}
DAY = datetime(2026, 9, 1, 6, tzinfo=UTC)
BASE = 500_000
HELD, LONG, ESTATE, AGENT, ABROAD = 1, 12, 13, 15, 25
NAMES = {HELD: "held-then-released", LONG: "long", ESTATE: "estate", AGENT: "agent", ABROAD: "foreign"}
EDITIONS = 24
CHROMIUM = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
Row = dict[str, Any]


def many_editions(house: dict[str, list[Row]]) -> None:
    """The payee of the long statement has two dozen editions, thresholds, an advance, and sales through each kind of channel."""
    key = BASE + LONG
    terms = next(row for row in house["royaltyTerms"] if row["id"] == key)
    book = next(row for row in house["products"] if row["workId"] == key)
    sold = next(row for row in house["sales"] if row["productId"] == book["id"])
    [agreed] = [rate for rate in terms["rates"] if rate["productId"] == book["id"]]
    steps = [
        {"kind": "UNIT", "from": "500", "inclusive": False, "marginal": True, "ratePercent": "10", "combine": "REPLACE"},
        {"kind": "DISCOUNT", "from": "58", "inclusive": True, "marginal": False, "ratePercent": "50", "combine": "MULTIPLY"},
    ]
    for number in range(EDITIONS):
        made = 900_000 + number
        house["products"].append({**book, "id": made, "isbn13": isbn13(f"97919900{number:04d}"), "subtitle": f"Volume {number}"})
        terms["rates"].append({**agreed, "id": made, "productId": made, "guaranteedMinimum": None, "escalators": steps})
        for place, (where, channel, discount) in enumerate((("Home", 1, 50), ("Home", 2, 60), ("Export", 3, 55))):
            copies = 40 + 137 * number * (place + 1) % 900
            value = f"{copies * float(sold['listPrice']) * (100 - discount) / 100:.2f}"
            house["sales"].append({**sold, "id": 910_000 + 10 * number + place, "isReturn": False, "productId": made, "channelId": channel,
                                   "isbn13": None, "masterchannel": where, "quantity": copies, "value": value})  # fmt: skip
    terms["advances"] = [{"id": 1, "payee": {"id": key}, "joint": False, "trigger": "Signature", "amount": "3000.00", "currencyCode": "GBP",
                          "dueOn": None, "paidOn": "2026-02-01"}]  # fmt: skip


def through_an_agent_and_abroad(house: dict[str, list[Row]]) -> None:
    """Enough for a payment through the agent; sales in dollars and a licence with foreign tax and bank charges for the payee abroad."""
    for number, row in ((AGENT, {}), (ABROAD, {"currencyCode": "USD", "countryCode": "US"})):
        sold = next(one for one in house["sales"] if one["productId"] == BASE + 2 * number)
        house["sales"].append({**sold, "id": 920_000 + number, "isReturn": False, "quantity": 900, "value": "4500.00", **row})
    receipt = {"contractId": BASE + ABROAD, "rightType": "Audio", "amount": "500.00", "currencyCode": "GBP", "foreignTax": "50.00"}
    house["rightsReceipts"].append({**house["rightsReceipts"][0], **receipt, "id": 930_000, "bankCharges": "12.50"})


def configure(station: Station, **more: Any) -> None:
    """The shipped settings with what a dollar is worth, and more."""
    shipped = yaml.safe_load((SHIPPED / "royalties.yaml").read_text(encoding="utf-8"))
    dollar = {"currency": "USD", "into": "GBP", "rate": "0.7912", "on": "2026-06-30", "source": "ECB", "policy": "ACTUAL_RECEIPT"}
    station.configure("royalties.yaml", yaml.safe_dump({**shipped, "exchange_rates": [dollar], **more}))


@pytest.fixture
def statements(station: Station, monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[Statement, list[str]]]:
    """Each statement that left and its compliance texts, by name."""
    house = seeds.payees(ABROAD)["consonance"]
    many_editions(house)
    for contact in house["contacts"]:
        contact["emails"] = [{"email": one["email"].replace("skip@", "payee@")} for one in contact["emails"]]  # nobody is left out here
    through_an_agent_and_abroad(house)
    first = next(row for row in house["sales"] if row["productId"] == BASE + 2 * HELD)
    first.update(isReturn=False, quantity=40_000, value="180000.00")
    station.seed("consonance", house)
    tell(station, EXTENDED, as_of=DAY)  # receipts of licences come in a file
    configure(station)
    made: dict[str, tuple[Statement, list[str]]] = {}
    letter_of = statement_letters.letter_of

    def kept(statement: Statement, *, compliance: list[str], **more: Any) -> Any:
        if name := NAMES.get(statement.payee.id - BASE):
            made[name] = statement, compliance
        return letter_of(statement, compliance=compliance, **more)

    monkeypatch.setattr(statement_letters, "letter_of", kept)
    assert station.run(DAG, DAY, FORM).state == "success"
    assert set(made) == {*NAMES.values()} - {NAMES[HELD]}
    released = {"account": f"contract:{BASE + HELD}", "period": "2026H1", "rule": "HOLD-FIRST", "by": "J. Marlow", "why": "a film"}
    configure(station, released=[released])
    station.advance(3600)
    assert station.run(DAG, None, FORM).state == "success"
    return made


@pytest.fixture
def widths() -> Iterator[Any]:
    """How wide a page is in a window of a width; the picture goes to a file where one is named."""
    if CHROMIUM is None:
        pytest.skip("needs Chromium (apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])

        def width(html: str, window: int, picture: Path | None) -> int:
            page = browser.new_page(viewport={"width": window, "height": 900})
            page.set_content(html)
            if picture:
                page.screenshot(path=picture, full_page=True)
            found = int(page.evaluate("document.documentElement.scrollWidth"))
            page.close()
            return found

        yield width
        browser.close()


@pytest.mark.nightly
def test_five_statements_are_pages_that_fit_paper_desk_and_telephone(
    statements: dict[str, tuple[Statement, list[str]]], widths: Any
) -> None:
    """Each is typeset, and its web page is no wider than the window, on a desk and on a telephone."""
    folder = Path(os.environ["STATEMENTS_TO"]) if "STATEMENTS_TO" in os.environ else None
    assert set(statements) == set(NAMES.values())
    for name, (statement, compliance) in statements.items():
        page = page_of(statement, compliance)
        html, pdf = html_of(page), pdf_of(page, statement.issued_on)
        assert pdf.startswith(b"%PDF-")
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{name}.html").write_text(html, encoding="utf-8")
            (folder / f"{name}.pdf").write_bytes(pdf)
            (folder / f"{name}.json").write_text(json.dumps(json.loads(statement.canonical()), indent=1), encoding="utf-8")
        for window in (1280, 390):
            assert widths(html, window, folder / f"{name}-{window}.png" if folder else None) == window
