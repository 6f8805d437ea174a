"""The cases that break naive feeds: those of the contract (section 14), then one for each rule that Consonance's shape can break."""

from collections.abc import Callable
from typing import Any

from colophon_sandbox.seeds.shelf import Row, price, text

PRODUCTS = 60
"""About so many products stand here; the rest of the catalogue is clean."""

Change = Callable[[Row, Row, Any], None]


def add(shelf: Any, people: list[int], add_work: Callable[..., list[Row]]) -> None:
    """One work for each case, changed after it was made clean."""
    for number, (title, change) in enumerate(CASES):
        products = add_work(shelf, 1 + number % 8, title, people)
        made = shelf.records["works"][-1]
        change(products[0], made, shelf)
    _contracts(shelf)
    _todos(shelf)
    _deals(shelf)


def _set(**values: Any) -> Change:
    return lambda product, _work, _shelf: product.update(values)


def _set_work(**values: Any) -> Change:
    return lambda _product, made, _shelf: made.update(values)


def _two_prices(product: Row, _work: Row, shelf: Any) -> None:
    product["prices"] = [
        price(shelf.next_id("price"), "9.99", "GBP", effectiveTo="2026-08-31"),
        price(shelf.next_id("price"), "12.99", "GBP", effectiveFrom="2026-09-01"),
    ]


def _two_shorts(_product: Row, made: Row, shelf: Any) -> None:
    made["marketingTexts"].append(text(shelf.next_id("text"), "SHORT_DESCRIPTION", "<p>A second short description.</p>"))


def _dirty_html(_product: Row, made: Row, _shelf: Any) -> None:
    made["marketingTexts"][1]["externalText"] = (
        '<p onclick="x()">Kept <em>emphasis</em><br>and a <a href="https://example.com">link</a>.</p><script>alert(1)</script><p>Unclosed'
    )


def _embargoed(_product: Row, made: Row, _shelf: Any) -> None:
    made["marketingTexts"][1]["fromDate"] = "2027-01-15"


def _overlong(_product: Row, made: Row, _shelf: Any) -> None:
    made["marketingTexts"][0]["externalText"] = "<p>" + "Endlessly described. " * 40 + "</p>"


def _gap(_product: Row, made: Row, _shelf: Any) -> None:
    made["contributions"][-1]["sequenceNumber"] = 7


def _bad_role(_product: Row, made: Row, _shelf: Any) -> None:
    made["contributions"][0]["onixContributorRoleCode"] = "Q77"


def _half_volume(_product: Row, made: Row, shelf: Any) -> None:
    made["seriesMemberships"] = [{"id": shelf.next_id("membership"), "partNumber": "0.5", "yearOfAnnual": None, "seriesId": 1}]


def _draft_cover(_product: Row, made: Row, _shelf: Any) -> None:
    made["supportingResources"][0]["status"] = "DRAFT"


def _two_mains(_product: Row, made: Row, _shelf: Any) -> None:
    made["subjectCodes"].append({"scheme": "THEMA", "code": "FBC", "description": None, "main": True})


def _control_character(_product: Row, made: Row, _shelf: Any) -> None:
    made["marketingTexts"][1]["externalText"] = "<p>A page break \x0c hides in here.</p>"


def _bad_isbn(product: Row, _work: Row, _shelf: Any) -> None:
    isbn = product["isbn13"]
    product["isbn13"] = isbn[:-1] + str((int(isbn[-1]) + 1) % 10)


CASES: tuple[tuple[str, Change], ...] = (
    ("Three Formats and One Story", _set()),
    ("No Number Yet", _set(isbn13=None)),
    ("Some Day Soon", _set(onixPublishingStatusCode="02", publicationDate=None, plannedPublicationDate="2027-03-01")),
    ("Called Off", _set(onixPublishingStatusCode="01")),
    ("Later Than Planned", _set(publicationDate="2026-10-01", plannedPublicationDate="2026-06-01", onixPublishingStatusCode="02",
                                onixProductAvailability="10")),
    ("Not for Export", _set(allowOnixExports=False)),
    ("Two Prices, One Date", _two_prices),
    ("Markup from Everywhere", _dirty_html),
    ("Short and Short Again", _two_shorts),
    ("No Cover Approved", _draft_cover),
    ("A Digit Wrong", _bad_isbn),
    ("Free to All", lambda p, _w, _s: p["prices"][0].update(amount="0.00")),
    ("Sold in Atlantis", _set(isForSaleWorldwide=False, forSaleCountryCodes=["GB", "XQ"])),
    ("For Sale and Not", _set(isForSaleWorldwide=False, forSaleCountryCodes=["GB", "FR"], notForSaleCountryCodes=["FR"])),
    ("Rights Unknown", _set(isForSaleWorldwide=None)),
    ("Formless", _set(onix21ProductFormCode=None)),
    ("Volume Nought Point Five", _half_volume),
    ("Mind the Gap", _gap),
    ("Yesterday's Future", _set(onixPublishingStatusCode="02", publicationDate="2024-02-01")),
    ("Not Before January", _embargoed),
    ("Endless", _overlong),
    ("Paid in Florins", lambda p, _w, _s: p["prices"][0].update(currencyCode="ZZZ")),
    ("The Unlisted Role", _bad_role),
    ("Nothing to Say", _set_work(marketingTexts=[])),
    ("Twice the Subject", _two_mains),
    ("Form Feed", _control_character),
    ("No Price at All", _set(prices=[])),
    ("Nobody Wrote It", _set_work(contributions=[])),
    ("Unmeasured", _set(heightMm=None, widthMm=None, thicknessMm=None, approximatePageCount=None)),
    ("Withdrawn from Sale", _set(onixPublishingStatusCode="11", onixProductAvailability="49")),
)  # fmt: skip


def _contracts(shelf: Any) -> None:
    works = [made["id"] for made in shelf.records["works"]]
    terms = [("60", None), ("24", "2026-02-28"), ("", None), ("life", None), ("120", None)]
    for number, (term, ended) in enumerate(terms):
        contract_id = shelf.next_id("contract")
        slipped = {"id": contract_id * 10, "dateDue": "2025-09-01", "slippedDate": "2025-12-01", "deliverableType": "Manuscript"}
        shelf.records["contracts"].append(
            {
                "id": contract_id,
                "clientId": 1,
                "contractName": f"Head contract {contract_id}",
                "workId": works[number],
                "signedDate": "2021-05-31",
                "term": term,
                "terminatedDate": ended,
                "terminationReason": "By agreement" if ended else None,
                "deliveryDates": [slipped] if number == 4 else [],
                "licensedRights": [{"id": contract_id * 10 + 1, "rightType": "Volume", "authorCut": 50.0}],
            }
        )


def _todos(shelf: Any) -> None:
    work_id = shelf.records["works"][0]["id"]
    rows = (
        ("Proof approved", "2026-04-02", "DONE", 3),
        ("Cover approved", None, "OPEN", 1),
        ("Copyedit complete", "2026-03-01", "DONE", 1),
    )
    for description, done, status, revision in rows:
        shelf.records["todos"].append(
            {
                "id": shelf.next_id("todo"),
                "revision": revision,
                "updatedAt": "2026-04-02T10:00:00Z",
                "workId": work_id,
                "description": description,
                "dueOn": "2026-04-01",
                "completedOn": done,
                "status": status,
                "blockedBy": [],
                "tags": ["Milestone"],
                "milestoneCode": None,
            }
        )


def _deals(shelf: Any) -> None:
    work_id, licensee = shelf.records["works"][0]["id"], shelf.records["contacts"][0]["id"]
    for territories, exclusive, until in ((None, False, None), ({"included": ["FR"], "excluded": []}, True, "2026-12-31")):
        shelf.records["rightsDeals"].append(
            {
                "id": shelf.next_id("deal"),
                "revision": 1,
                "updatedAt": "2026-04-01T10:00:00Z",
                "workId": work_id,
                "licenseeId": licensee,
                "rightsType": "Translation",
                "exclusive": exclusive,
                "territories": territories,
                "languages": ["fre"],
                "formats": ["PAPERBACK"],
                "channels": ["*"],
                "startsOn": "2023-07-01",
                "expiresOn": "2026-06-30",
                "sellOffUntil": until,
                "status": "SIGNED",
            }
        )
