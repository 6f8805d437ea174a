"""The built-in catalogue of an invented publisher. The same titles and seed give the same books."""

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from colophon_sandbox.seeds import agenda, awkward, rights, royalty, sales, supplement
from colophon_sandbox.seeds.shelf import Row, contributions, cover, isbn13, isni, person, price, product, subject, text, work
from colophon_sandbox.seeds.words import FIRST, HOSTILE, IMPRINTS, KINDS, LAST, NOUNS, PLACES, PRAISE, TITLES

TODAY = date(2026, 5, 1)
RIGHTS: tuple[Row, ...] = (
    {"isForSaleWorldwide": True},
    {"isForSaleWorldwide": True, "notForSaleCountryCodes": ["US", "CA"]},
    {"isForSaleWorldwide": False, "forSaleCountryCodes": ["GB", "IE", "AU", "NZ", "ZA", "IN", "DE", "FR"]},
)


class Shelf:
    """What grows while a catalogue is made: records, and ids that never repeat."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.records: dict[str, list[Row]] = {name: [] for name in ("imprints", "series", "contacts", "works", "products", "contracts")}
        self.records |= {
            name: [] for name in ("todos", "rightsDeals", "headGrants", "teamMembers", "royaltyTerms", "sales", "payments", "royaltyRuns")
        }
        self._ids: dict[str, int] = {}

    def next_id(self, name: str) -> int:
        """The next id of a kind of record."""
        self._ids[name] = self._ids.get(name, 100) + 1
        return self._ids[name]

    def isbn(self) -> str:
        """The next ISBN of the invented publisher."""
        return isbn13(f"9781999{self.next_id('isbn') - 101:05d}")


def catalogue(titles: int, seed: int, counted: str = "products") -> dict[str, Any]:
    """About `titles` products, or exactly so many works (`counted`), the awkward ones among them."""
    clean = titles - {"products": awkward.PRODUCTS, "works": len(awkward.CASES)}[counted]
    shelf = Shelf(seed)
    shelf.records["imprints"] = [{"id": key, "name": name} for key, (name, _) in IMPRINTS.items()]
    people = [_person(shelf) for _ in range(60)]
    for number in range(1, 9):
        name = f"{PLACES[number]} {'Mysteries' if number % 2 else 'Histories'}"
        shelf.records["series"].append({"id": number, "name": name, "subtitle": None, "titleWithSubtitle": name, "printIssn": None})
    hostile = iter(HOSTILE)
    used: set[str] = set()
    while len(shelf.records[counted]) < clean:
        imprint_id = shelf.random.choice(list(IMPRINTS))
        title = next(hostile, "") or _title(shelf, IMPRINTS[imprint_id][1])
        if title not in used:
            used.add(title)
            _add_work(shelf, imprint_id, title, people)
    awkward.add(shelf, [p["id"] for p in people], _add_work)
    # A source of chance each, so that a change in one leaves the others as they are.
    royalty.add(shelf, random.Random(f"{seed} royalty"))
    sales.add(shelf, random.Random(f"{seed} sales"), TODAY)
    agenda.add(shelf, random.Random(f"{seed} agenda"), TODAY)
    rights.add(shelf, random.Random(f"{seed} rights"))
    supplement.add(shelf, random.Random(f"{seed} supplement"))
    return {"consonance": shelf.records}


def _person(shelf: Shelf) -> Row:
    name = f"{shelf.random.choice(FIRST)} {shelf.random.choice(LAST)}"
    code = isni(f"0000000{shelf.random.randrange(10**8):08d}") if shelf.random.random() < 0.5 else None
    made = person(shelf.next_id("contact"), name, code)
    shelf.records["contacts"].append(made)
    return made


def _title(shelf: Shelf, kind: str) -> str:
    noun = shelf.random.choice(list(NOUNS))
    pattern = shelf.random.choice(TITLES[kind].split("|"))
    return pattern.format(noun=noun, noun_plural=NOUNS[noun], place=shelf.random.choice(PLACES))


def _add_work(shelf: Shelf, imprint_id: int, title: str, people: list[Any], **more: Any) -> list[Row]:
    """A work with all that a demanding retailer wants; returns its products."""
    kind = IMPRINTS[imprint_id][1]
    thema, bisac, bic, formats, list_price, pages = KINDS[kind]
    made = work(shelf.next_id("work"), title, imprint_id, season=shelf.random.choice(["Spring 2026", "Autumn 2026", "Spring 2027"]))
    if kind in {"history", "academic"}:
        made["subtitle"] = f"{shelf.random.choice(PLACES)} and the Making of a Modern Idea"
    authors = shelf.random.sample(people, 1 if shelf.random.random() < 0.7 else 2)
    pairs = [(a["id"] if isinstance(a, dict) else a, "A01") for a in authors]
    if kind in {"children", "graphic"}:
        other = shelf.random.choice(people)
        pairs.append((other["id"] if isinstance(other, dict) else other, "A12"))
    made["contributions"] = contributions(pairs, shelf.next_id("contribution") * 10)
    made["subjectCodes"] = [subject("THEMA", thema), subject("BISAC", bisac), subject("BIC", bic)]
    if shelf.random.random() < 0.25:
        made["seriesMemberships"] = [
            {"id": shelf.next_id("membership"), "partNumber": str(shelf.random.randint(1, 9)), "yearOfAnnual": None,
             "seriesId": shelf.random.randint(1, 8)}
        ]  # fmt: skip
    made["marketingTexts"] = _texts(shelf, title)
    made["supportingResources"] = [cover(shelf.next_id("resource"), f"https://covers.larkspur-vale.example/{made['id']}.jpg")]
    shelf.records["works"].append(made)
    published = date(2019, 1, 15) + timedelta(days=shelf.random.randrange(0, 3000))
    rights = shelf.random.choice(RIGHTS)
    return [_add_product(shelf, made, form, published, list_price, pages, {**rights, **more}) for form in formats]


def _add_product(shelf: Shelf, made: Row, form: str, published: date, list_price: str, pages: int, more: Row) -> Row:
    future = published > TODAY
    shown: Row = {
        "publicationDate": published.isoformat(),
        "plannedPublicationDate": published.isoformat(),
        "onixPublishingStatusCode": "02" if future else "04",
        "onixProductAvailability": "10" if future else "20",
        "contentLanguages": [{"id": shelf.next_id("language"), "onixLanguageRoleCode": "01", "onixLanguageCode": "eng"}],
        "updatedAt": f"2026-04-{1 + shelf.random.randrange(30):02d}T09:00:00Z",
    }
    if form in {"BB", "BC"}:
        height, width = ("234", "156") if form == "BB" else ("198", "129")
        shown |= {"approximatePageCount": pages, "heightMm": height, "widthMm": width, "thicknessMm": str(max(6, pages // 14))}
    elif form == "DG":
        shown["absolutePageCount"] = pages
    else:
        shown["durationMinutes"] = pages * 2
    row = product(shelf.next_id("product"), made, form, shelf.isbn(), **{**shown, **more})
    base = Decimal(list_price) * (Decimal("0.6") if form in {"DG", "BC"} and pages > 100 else 1)
    pounds = base.quantize(Decimal(1)) - Decimal("0.01")
    row["prices"] = [
        price(shelf.next_id("price"), str(pounds), "GBP"),
        price(shelf.next_id("price"), str((pounds * Decimal("1.2")).quantize(Decimal(1)) - Decimal("0.01")), "EUR"),
        price(shelf.next_id("price"), str((pounds * Decimal("1.3")).quantize(Decimal(1)) - Decimal("0.01")), "USD", "01"),
    ]
    shelf.records["products"].append(row)
    return row


def _texts(shelf: Shelf, title: str) -> list[Row]:
    praise = shelf.random.sample(PRAISE, 3)
    escaped = title.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    main = f"<p><strong>{escaped}</strong> begins with a door left open.</p><p>{praise[0]} {praise[1]}</p><p>{praise[2]}</p>"
    return [
        text(shelf.next_id("text"), "SHORT_DESCRIPTION", f"<p>{praise[0]}</p>"),
        text(shelf.next_id("text"), "MAIN_DESCRIPTION", main),
    ]
