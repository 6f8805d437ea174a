"""A house with readers: a title with two formats that comes out, a crime club, and lists of readers beside Consonance.

house = furnish(station)
readers(house, reader("R1", prefers="PRINT"), reader("R2"))
members(house, ("S1", "R1", "Crime shelf", "2026-01-01", "2027-01-01"))
house.run(DAG, morning(1))
assert [each["Name"] for each in posted(house, "launch")] == [...]
"""

import csv
import json
import os
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from letter_house import _REACH, RIGHTS
from station import Station

from colophon_sandbox.seeds.shelf import person, price, product, subject, work

DAG = "exstream__reader_campaigns"
CLUB, ISBN, EBOOK = "Crime shelf", "9781999000004", "9781999000011"
READER = ("Reader ID", "Name", "E-mail", "Address line 1", "Town", "Postcode", "Country", "Language", "Delivery preference", "Consent",
          "Consent given on", "Consent given at", "Consent wording", "Opted out on", "Objected to post on", "Born on", "Status")  # fmt: skip
MEMBER = ("Subscription ID", "Reader ID", "Club", "Started on", "Ends on")
ORDER = ("Order ID", "Reader ID", "ISBN", "Quantity", "Ordered on", "Amount", "Currency")
OFFER = ("Offer ID", "Name", "ISBN", "Price", "Currency", "Starts on", "Ends on", "Countries", "Club", "Kind")
RULES = """
unsubscribe_url: "https://larkspur.example/out?reader={{reader}}"
clubs: {{Crime shelf: [FF], Histories quarterly: [NH]}}
seeds: [{{name: The desk, email: seed@larkspur.example}}]
email_advertising: {{default: {{by: consent}}, US: {{by: opt_out}}, CA: {{by: implied, days: 730}}}}
own_consent_from: {{default: 16, GB: 13}}
renewal: {{FR: {{first: 90, last: 30}}}}
fixed_price: {{DE: {{percent: 0}}, AT: {{percent: 0, languages: [ger]}}, FR: {{percent: 0}}, NL: {{percent: 0, languages: [dut]}}}}
no_vouchers: [DE]
line_length: {{FR: 38}}
{more}
"""


def morning(day: int, month: int = 6) -> datetime:
    """Seven in the morning of a day in June 2026; the 1st is a Monday."""
    return datetime(2026, month, day, 6, tzinfo=UTC)


def furnish(station: Station, *, published: str = "2026-06-01", territories: Sequence[str] = ("WORLD",)) -> Station:
    """*Sea Room*, a crime novel of Larkspur, in paperback and e-book, out since the first of June; three campaigns; no reader yet."""
    sea = work(
        9,
        "Sea Room",
        1,
        contributions=[{"id": 71, "sequenceNumber": 1, "productIds": [], "onixContributorRoleCode": "A01", "contactId": 44}],
    )
    sea["subjectCodes"] = [subject("THEMA", "FFC")]
    days = {
        "publicationDate": published,
        "onixPublishingStatusCode": "04",
        "prices": [price(1, "12.00", "GBP"), price(2, "15.00", "EUR"), price(3, "18.00", "USD")],
    }
    grants = [{**RIGHTS["headGrants"][0], "territories": {"included": list(territories), "excluded": []}, **_REACH}]
    station.seed(
        "consonance",
        {"imprints": [{"id": 1, "name": "Larkspur"}], "works": [sea], "contacts": [person(44, "Ada Quill")], **RIGHTS, "headGrants": grants,
         "products": [product(101, sea, "BC", ISBN, **days), product(102, sea, "DG", EBOOK, **days)]},
    )  # fmt: skip
    station.connect("consonance", reports_location=str(station.folder / "reports"))
    rules(station)
    for name, lines in {
        "launch": "kind: launch\nsegment: {genre_clubs: true}\noffer: if_any",
        "renewal": "kind: renewal",
        "orders": "kind: order\ndays: 7",
    }.items():
        campaign(station, name, lines)
    for file in (station.config / "campaigns").glob("*.yaml"):
        if file.stem not in {"launch", "renewal", "orders"}:
            file.unlink()
    listed(station, "readers", READER, [])
    for name, header in (("subscriptions", MEMBER), ("orders", ORDER), ("offers", OFFER)):
        listed(station, name, header, [])
    return station


def rules(house: Station, more: str = "") -> None:
    """The rules of all campaigns, with more lines."""
    house.configure("reader_campaigns.yaml", RULES.format(more=more))


def campaign(house: Station, name: str, lines: str) -> None:
    """A campaign's file."""
    house.configure(
        f"campaigns/{name}.yaml", f'id: {name}\nname: The {name}\ntemplates: [{{template: AuthorLetter, version: "4"}}]\n{lines}\n'
    )


def reader(key: str, **more: str) -> list[str]:
    """A row of somebody in London who gave consent and likes e-mail; `more` by our names of the columns."""
    row = {"id": key, "name": f"Reader {key}", "email": f"{key.lower()}@readers.example", "line1": "1 Row", "city": "London", "postcode": "N1 1AA",
           "country": "GB", "language": "eng", "prefers": "EMAIL", "consent": "Yes", "consent_on": "2025-01-01", "source": "the shop", "wording": "v3",
           "out": "", "post": "", "born": "", "status": "Active"}  # fmt: skip
    assert not more.keys() - row.keys()
    return list((row | more).values())


def listed(house: Station, name: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A list as it is from now on, written a minute ago by the station's clock."""
    folder = house.folder / "reports"
    folder.mkdir(exist_ok=True)
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    fresh(house)


def fresh(house: Station, at: datetime | None = None) -> None:
    """All lists were written just now."""
    written = ((at or house.now) - timedelta(hours=1)).timestamp()
    for file in (house.folder / "reports").iterdir():
        os.utime(file, (written, written))


def readers(house: Station, *rows: Sequence[str]) -> None:
    """The list of readers."""
    listed(house, "readers", READER, rows)


def members(house: Station, *rows: Sequence[str]) -> None:
    """The list of subscriptions; a reader's id alone is a member of the crime club for years."""
    whole = [(f"S-{row}", row, CLUB, "2026-01-01", "2028-01-01") if isinstance(row, str) else row for row in rows]
    listed(house, "subscriptions", MEMBER, whole)


def orders(house: Station, *rows: Sequence[str]) -> None:
    """The list of orders."""
    listed(house, "orders", ORDER, rows)


def offers(house: Station, *rows: dict[str, str]) -> None:
    """The list of offers; each says what differs from ten pounds for the paperback, all June."""
    usual = {"id": "O1", "name": "June", "isbn": ISBN, "price": "10.00", "currency": "GBP", "from": "2026-06-01", "until": "2026-06-30", "countries": "",
             "club": "", "kind": "Price"}  # fmt: skip
    listed(house, "offers", OFFER, [list((usual | row).values()) for row in rows])


def on(house: Station, day: int, month: int = 6, **more: Any) -> Any:
    """The run of a morning, with lists of that night."""
    fresh(house, morning(day, month))
    return house.run(DAG, morning(day, month), **more)


def posted(house: Station, *campaigns: str) -> list[dict[str, Any]]:
    """What went, or waits, of some campaigns, by subject, with `subject`, `state` and `labels`."""
    with house.ledger() as ledger:
        rows = [row for name in campaigns for row in ledger.newest(DAG, name)]
        return [
            json.loads(ledger.content(row.content_hash) or b"{}") | {"subject": row.subject, "state": row.state, "labels": row.labels}
            for row in sorted(rows, key=lambda row: (row.as_of, row.subject))
        ]


def who(house: Station, *campaigns: str) -> list[str]:
    """Ids of the readers who got a letter of some campaigns."""
    return [each["subject"].rpartition(":")[2] for each in posted(house, *campaigns)]


def kept_back(run: Any, campaign: str) -> dict[str, int]:
    """Why readers got none, as `decide` counted it."""
    rows = run.xcoms["decide", -1]["counts"]
    return next((row["kept_back"] for row in rows if row["id"] == campaign), {})
