"""Whom campaigns are for: readers, what they subscribe to and ordered, offers, partners. Nobody of them exists."""

from datetime import date, timedelta

from colophon_sandbox.seeds.living import House
from colophon_sandbox.seeds.shelf import Row
from colophon_sandbox.seeds.words import FIRST, LAST

READERS, PREFERENCES = 120, ("EMAIL", "EMAIL", "PRINT", "WEB")
CLUBS = ("Book of the month", "Crime shelf", "Histories quarterly")


def add(house: House, today: date) -> None:
    """Readers by turns with a subscription, an order, both; one in eight opted out, one in ten is there twice."""
    chance = house.chance("audiences")
    isbns = [row["isbn13"] for row in house.consonance["products"] if row["isbn13"]]
    for number in range(1, READERS + 1):
        name = f"{chance.choice(FIRST)} {chance.choice(LAST)}"
        consent = {"consent": None if number % 9 == 0 else number % 8 != 0, "optedOutOn": "2026-03-01" if number % 8 == 0 else None}
        mail = f"reader{number - (number % 10 == 0)}@readers.example"
        more = {
            "preference": PREFERENCES[number % 4],
            "country": ("GB", "IE", "DE")[number % 3],
            "language": ("eng", "eng", "ger")[number % 3],
        }
        where = {"line1": f"{number} Rope Walk", "town": "Zedham", "postcode": f"ZZ{number % 9} 2ZZ"}
        given = (
            {"consentOn": "2025-06-01", "consentSource": "the shop"} if consent["consent"] else {"consentOn": None, "consentSource": None}
        )
        reader = house.add("readers", name=name, email=mail, **where, **more, **consent, **given)
        if number % 3:
            _add_subscription(house, reader, number, today)
        if number % 2:
            ordered = (today - timedelta(days=number % 40)).isoformat()
            house.add(
                "orders", readerId=reader["id"], isbn13=chance.choice(isbns), quantity=1 + number % 2, orderedOn=ordered, status="SHIPPED"
            )
    _add_offers(house, isbns, today)
    _add_partners(house)


def _add_subscription(house: House, reader: Row, number: int, today: date) -> None:
    """Ends from a week ago to three months from now."""
    ends = today + timedelta(days=number % 97 - 7)
    house.add("subscriptions", readerId=reader["id"], club=CLUBS[number % 3], startedOn="2025-05-01", endsOn=ends.isoformat())


def _add_offers(house: House, isbns: list[str], today: date) -> None:
    for number, isbn in enumerate(isbns[:24]):
        starts = today + timedelta(days=number - 5)
        ends = starts + timedelta(days=21)
        days = {"startsOn": starts.isoformat(), "endsOn": ends.isoformat()}
        house.add("offers", name=f"Spring offer {number + 1}", isbn13=isbn, price=f"{3 + number % 5}.99", currencyCode="GBP", **days)


def _add_partners(house: House) -> None:
    """The organisations that are no licensees."""
    kinds = {
        "Distribution": "DISTRIBUTOR",
        "Buchlogistik": "DISTRIBUTOR",
        "Services": "DISTRIBUTOR",
        "Printers": "PRINTER",
        "Offset": "PRINTER",
    }
    licensees = {row["licenseeId"] for row in house.consonance["rightsDeals"]}
    for contact in house.consonance["contacts"]:
        if contact["__typename"] == "Organisation" and contact["id"] not in licensees:
            kind = kinds.get(contact["name"].split()[-1]) or ("ESTATE" if contact["name"].startswith("Estate") else "RETAILER")
            house.add("partners", contactId=contact["id"], kind=kind, preference="EMAIL", active=contact["id"] % 6 != 0)
