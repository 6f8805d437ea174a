"""Products for load: quick to make, about 10 KB of ONIX each, mostly clean."""

from datetime import date, timedelta
from typing import Any

from colophon_sandbox.seeds import rights
from colophon_sandbox.seeds.shelf import Row, contributions, cover, isbn13, person, price, product, subject, text, work

PARAGRAPH = (
    "<p>In the long summer after the war a cartographer is asked to draw a country that no longer exists. "
    "What she leaves off the map, and why, is the matter of this book.</p>"
)
FIVE = ("GBP", "EUR", "USD", "AUD", "CAD")


def generate(n: int, seed: int) -> dict[str, Any]:
    """`n` products, one a work; one in fifty has no price. Each has a right that ends, the ends spread evenly over ten years."""
    contacts = [person(key, f"Author {key} Lovelace") for key in range(1, 501)]
    works: list[Row] = []
    products: list[Row] = []
    held: dict[str, list[Row]] = {name: [] for name in rights.RECORDS}
    for number in range(1, n + 1):
        made = work(number, f"Load Title {number:06d}", 1)
        authors = [((number + seed) * 7 + step) % 500 + 1 for step in range(5)]
        made["contributions"] = contributions([(a, "A01") for a in authors], number * 10)
        made["subjectCodes"] = [subject("THEMA", "FBA"), subject("BISAC", "FIC019000"), subject("THEMA", "FV", main=False)]
        made["marketingTexts"] = [
            text(number * 10, "SHORT_DESCRIPTION", f"<p>Short words on title {number}.</p>"),
            text(number * 10 + 1, "MAIN_DESCRIPTION", PARAGRAPH * 20),
        ]
        made["supportingResources"] = [cover(number, f"https://covers.larkspur-vale.example/{number}.jpg")]
        works.append(made)
        rights.add_to(held, number, date(2022, 1, 1) + timedelta(days=number * 7 % 3650))
        products.append(
            product(
                number,
                made,
                "BC",
                isbn13(f"979{seed % 10}{number:08d}"),
                publicationDate=f"20{10 + number % 15}-0{1 + number % 9}-15",
                approximatePageCount=200 + number % 300,
                heightMm="198",
                widthMm="129",
                thicknessMm="22",
                contentLanguages=[{"id": number, "onixLanguageRoleCode": "01", "onixLanguageCode": "eng"}],
                prices=[price(number * 5 + k, "9.99", currency, "02" if k < 2 else "01") for k, currency in enumerate(FIVE)]
                if number % 50
                else [],
            )
        )
    records = {"imprints": [{"id": 1, "name": "Larkspur"}], "contacts": contacts, "works": works, "products": products, **held}
    return {"consonance": records}
