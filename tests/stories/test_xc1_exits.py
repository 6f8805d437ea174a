"""XC-1: every way out is heard, seen from the recipients' own books: what they have after the next night is what we say."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from station import Station

from colophon.config.files import SHIPPED
from colophon.use_cases.xconnector.holds import holds
from colophon_sandbox import seeds

NIGHTLY = "xconnector__metadata_syndication"
NIGHT = datetime(2026, 5, 2, 1, tzinfo=UTC)
CATALOGUE = seeds.catalogue(40, 7)["consonance"]
TITLE, GRANT = CATALOGUE["products"][0], CATALOGUE["headGrants"][0]
WORK = {
    **{name: CATALOGUE[name] for name in ("imprints", "series", "contacts")},
    **{name: [row for row in CATALOGUE[name] if row["workId"] == TITLE["workId"]] for name in ("products", "contracts", "headGrants")},
    "works": [row for row in CATALOGUE["works"] if row["id"] == TITLE["workId"]],
    "rightsDeals": [],
}
ISBN = TITLE["isbn13"]
FORM = {"mode": "delta", "recipients": ["erp-json", "retailer-plain", "distributor-short"], "isbns": [], "dry_run": False}
OTHER_ISBN = "9780000000002"


@pytest.fixture
def house(station: Station) -> Station:
    """One work in three formats, which three recipients have."""
    station.seed("consonance", WORK)
    assert station.run(NIGHTLY, NIGHT, FORM).state == "success"
    assert {name for name, entry in entries(station) if entry["onSale"]} == set(FORM["recipients"])
    return station


def entries(house: Station, isbn: str = ISBN) -> list[tuple[str, Any]]:
    """(recipient, entry) of an ISBN in the recipients' books."""
    books = house.sandbox.systems["xconnector"].books()
    return [(name, entry) for name, book in sorted(books.items()) for entry in book.values() if entry["isbn"] == isbn]


def on_sale(house: Station, isbn: str = ISBN) -> set[str]:
    """Recipients that have an ISBN on sale by their own books."""
    return {name for name, entry in entries(house, isbn) if entry["onSale"]}


def edited(**changes: object) -> Callable[[Station], None]:
    """Somebody edits the title."""

    def edit(house: Station) -> None:
        house.seed("consonance", {"products": [{**TITLE, **changes, "updatedAt": house.now.isoformat()}]})

    return edit


def deleted(house: Station) -> None:
    """The title is deleted in Consonance, which leaves no trace."""
    with house.sandbox.world.lock:
        house.sandbox.world.store.table("consonance.products").drop(str(TITLE["id"]))
        house.sandbox.systems["consonance"].records.index()


def lapsed(house: Station) -> None:
    """The grant ends, and nobody touches the title."""
    house.seed("consonance", {"headGrants": [{**GRANT, "expiresOn": "2026-04-30", "revision": 2}]})


def embargoed(house: Station) -> None:
    """It may not be sold for some days yet."""
    house.configure("embargoes.yaml", f'first_day_of_sale:\n  "{ISBN}": 2026-05-11\n')


def narrowed(house: Station) -> None:
    """The recipients' forms change: none of them takes hardbacks or paperbacks any more."""
    for name in FORM["recipients"]:
        file = house.config / "recipients" / f"{name}.yaml"
        lines = [line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("product_forms")]
        house.configure(f"recipients/{name}.yaml", "\n".join([*lines, "product_forms: [AJ]"]))


WAYS_OUT = {
    "rights gone": lapsed,
    "exports off": edited(allowOnixExports=False),
    "cancelled": edited(onixPublishingStatusCode="01", onixProductAvailability=None),
    "withdrawn from sale": edited(onixPublishingStatusCode="11", onixProductAvailability=None),
    "out of print": edited(onixPublishingStatusCode="07", onixProductAvailability="51"),
    "no longer our product": edited(onixPublishingStatusCode="05", onixProductAvailability=None),
    "embargo": embargoed,
    "form no longer taken": narrowed,
    "ISBN corrected": edited(isbn13=OTHER_ISBN),
    "ISBN removed": edited(isbn13=None),
    "deleted": deleted,
}


@pytest.mark.parametrize("way", WAYS_OUT)
def test_xc1_every_way_out_is_heard_by_who_has_the_title(house: Station, way: str) -> None:
    """The night after, it is off sale in every recipient's own books and in the ledger's words; the night after that says nothing more."""
    WAYS_OUT[way](house)
    report = house.run(NIGHTLY, NIGHT + timedelta(days=1), FORM).returned["report"]
    assert all(sum(found["plan"].values()) == report["read"] for found in report["destinations"].values())
    assert on_sale(house) == set()
    with house.ledger() as ledger:
        told = {held.recipient: held.what for held in holds(ledger.history(ISBN))}
    assert told == dict.fromkeys(FORM["recipients"], "closed")
    assert on_sale(house, OTHER_ISBN) == (set(FORM["recipients"]) if way == "ISBN corrected" else set())
    before = house.effects("xconnector")
    assert house.run(NIGHTLY, NIGHT + timedelta(days=2), FORM).state == "success"
    assert house.effects("xconnector") == before


def test_xc1_what_opens_by_its_day_alone_is_offered_on_that_day(house: Station) -> None:
    """An embargo ends and a price begins: nobody edits anything, and the delta of that night finds both."""
    embargoed(house)
    price = {**TITLE["prices"][0], "id": 99_999, "amount": "7.77", "effectiveFrom": "2026-05-15"}
    edited(prices=[{**TITLE["prices"][0], "effectiveTo": "2026-05-14"}, price])(house)
    house.run(NIGHTLY, NIGHT + timedelta(days=1), FORM)
    assert on_sale(house) == set()
    house.run(NIGHTLY, datetime(2026, 5, 10, 1, tzinfo=UTC), FORM)
    assert on_sale(house) == set()
    house.run(NIGHTLY, datetime(2026, 5, 11, 1, tzinfo=UTC), FORM)
    assert on_sale(house) == set(FORM["recipients"])
    house.run(NIGHTLY, datetime(2026, 5, 14, 1, tzinfo=UTC), FORM)
    house.run(NIGHTLY, datetime(2026, 5, 15, 1, tzinfo=UTC), FORM)
    prices = {(name, amount) for name, entry in entries(house) for *_, amount in entry["prices"]}
    assert prices == {(name, "7.77") for name in FORM["recipients"]}


def test_xc1_two_titles_that_had_each_other_s_isbn_are_put_right(house: Station) -> None:
    """Each without one for a night, by the rule's remedy; nothing that was found meanwhile stays open."""
    other, form = CATALOGUE["products"][1], {**FORM, "recipients": ["retailer-plain"]}
    numbers = {TITLE["id"]: other["isbn13"], other["id"]: ISBN}
    for day, given in enumerate(({}, numbers), start=1):
        rows = [{**row, "isbn13": given.get(row["id"]), "updatedAt": house.now.isoformat()} for row in (TITLE, other)]
        house.seed("consonance", {"products": rows})
        house.run(NIGHTLY, NIGHT + timedelta(days=day), form)
    assert "retailer-plain" in on_sale(house) & on_sale(house, other["isbn13"])
    assert not {"I1", "L4"} & {rule for rule, _ in house.exceptions()}
    with house.ledger() as ledger:
        references = [row.labels["record_reference"] for row in ledger.history(ISBN) if row.destination == "retailer-plain"]
    assert {reference.rpartition(".")[2] for reference in references} == {str(TITLE["id"]), str(other["id"])}


@pytest.mark.parametrize("last", ["9780000000019", ISBN])
def test_xc1_of_an_isbn_corrected_twice_the_last_one_alone_is_on_sale(house: Station, last: str) -> None:
    """To a third one, or back to the first: who has the title has it once, under the number that it has."""
    for day, isbn in enumerate((OTHER_ISBN, last, last), start=1):
        edited(isbn13=isbn)(house)
        house.run(NIGHTLY, NIGHT + timedelta(days=day), FORM)
        for number in (ISBN, OTHER_ISBN, last):
            assert on_sale(house, number) == (set(FORM["recipients"]) if number == isbn else set()), (day, number)


def test_xc1_an_embargo_ends_when_its_day_begins_where_the_publisher_is(house: Station) -> None:
    """In New York it is still the day before when the nightly run begins: the title stays closed for that night."""
    publisher = (SHIPPED / "publisher.yaml").read_text(encoding="utf-8")
    house.configure("publisher.yaml", f"{publisher}\ntime_zone: America/New_York\n")
    embargoed(house)
    for day, opens in ((3, False), (10, False), (11, False), (12, True)):
        house.run(NIGHTLY, datetime(2026, 5, day, 1, tzinfo=UTC), FORM)
        assert on_sale(house) == (set(FORM["recipients"]) if opens else set()), day
