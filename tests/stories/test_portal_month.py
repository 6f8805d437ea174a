"""Days in which both sides are edited by hand at random: each evening every field is right by its owner, and every drift was reported once."""

import json
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from portal_house import LANGUAGE, MORNING, PortalHouse, flat, price, value
from station import Station
from two_accounts import DOCUMENTED, EXTENDED

from colophon.systems.fourallportal.words import words_of
from colophon_sandbox.seeds.shelf import contributions, isbn13, person, product, subject, text, work

TITLES, WORDS, LINKS = "fourallportal__title_metadata", "fourallportal__enriched_content", "fourallportal__format_links"
FORMS = {"BC": "BC", "DG": "ED", "AJ": "AJ"}
CATEGORIES = {"FBA": "Fiction", "YFB": "Children's fiction", "WBA": "Food"}
OURS = ("title", "subtitle", "price", "imprint", "product_state", "isbn")


class Month(PortalHouse):
    """Some works in three formats each, and a model of both sides: what Consonance says, and what people wrote in the portal."""

    def __init__(self, station: Station, account: str, works: int, seed: int) -> None:
        self.station, self.account, self.now, self.random = station, account, MORNING.replace(hour=5), Random(seed)
        self.works = {
            n: work(n, f"Title {n}", 1, subjectCodes=[subject("THEMA", "FBA")], contributions=contributions([(31, "A01")], n * 10))
            for n in range(1, works + 1)
        }
        self.products: dict[int, dict[str, Any]] = {}
        self.numbers = iter(range(10_000))
        for n, row in self.works.items():
            row["marketingTexts"] = [text(n, "MAIN_DESCRIPTION", f"<p>Ours {n}.</p>")]
            for form in FORMS:
                key = len(self.products) + 101
                self.products[key] = product(
                    key, row, form, self.new_isbn(), onixPublishingStatusCode="04", contentLanguages=LANGUAGE, subtitle="A Story"
                )
                self.products[key]["prices"] = [price(key * 10, "9.99", "GBP")]
        self.seed(imprints=[{"id": 1, "name": "Larkspur"}], contacts=[person(31, "Ana Quill")])
        self.told: dict[int, str] = {}
        self.tell()
        self.written: dict[str, dict[str, Any]] = {}
        self.bases: dict[str, tuple[str, str]] = {}

    def new_isbn(self) -> str:
        """One that nobody has."""
        return isbn13(f"9781{next(self.numbers):08d}")

    def tell(self) -> None:
        """Consonance has what the model changed, a work with its products; the other records are not new to anybody."""
        now = {key: json.dumps([row, self.works[row["workId"]]]) for key, row in self.products.items()}
        changed = [self.products[key] for key, row in now.items() if self.told.get(key) != row]
        if changed:
            self.seed(works=[self.works[key] for key in sorted({row["workId"] for row in changed})], products=changed)
        self.told = now

    def object_of(self, key: int) -> str:
        """The portal's object of a product, by what was sent of it."""
        with self.station.ledger() as ledger:
            return next(row.subject for row in ledger.all_of(TITLES, "4allportal") if row.labels.get("product") == str(key)).removeprefix(
                "portal:"
            )

    def expected(self, key: int) -> dict[str, Any]:
        """What the portal shall show of our fields."""
        row = self.products[key]
        made = self.works[row["workId"]]
        names = [CATEGORIES[made["subjectCodes"][0]["code"]]]
        return {
            "isbn": row["isbn13"], "title": {"en_GB": row["fullTitle"]}, "subtitle": {"en_GB": row["subtitle"]}, "authors": ["Ana Quill"],
            "imprint": "Larkspur", "product_form": FORMS[row["onix21ProductFormCode"]], "language": "eng",
            "price": {each["currencyCode"]: each["amount"] for each in row["prices"]}, "categories": {"web": names, "marketplace": names},
            "product_state": "inactive" if row["onixPublishingStatusCode"] == "11" else "active",
        }  # fmt: skip

    def edit_ours(self) -> None:
        """An editor changes something in Consonance."""
        key = self.random.choice(list(self.products))
        row, made = self.products[key], self.works[self.products[key]["workId"]]
        what = self.random.choice(("title", "subtitle", "price", "currency", "status", "isbn", "subject", "text"))
        number = next(self.numbers)
        row |= {
            "title": {"fullTitle": f"Title {number}"}, "subtitle": {"subtitle": f"Story {number}"}, "isbn": {"isbn13": self.new_isbn()},
            "price": {"prices": [{**row["prices"][0], "amount": f"{number % 90 + 1}.50"}, *row["prices"][1:]]},
            "currency": {"prices": [row["prices"][0]] if len(row["prices"]) > 1 else [row["prices"][0], price(key * 10 + 1, "12.00", "EUR")]},
            "status": {"onixPublishingStatusCode": self.random.choice(("04", "11"))},
        }.get(what, {})  # fmt: skip
        if what == "subject":
            made["subjectCodes"] = [subject("THEMA", self.random.choice(list(CATEGORIES)))]
        if what == "text":
            made["marketingTexts"] = [text(made["id"], "MAIN_DESCRIPTION", f"<p>Ours {number}.</p>")]

    def edit_theirs(self, objects: dict[int, str]) -> None:
        """Somebody edits the portal: a field of ours, of theirs, a translation."""
        key = objects[self.random.choice(list(objects))]
        row, number = self.objects().get(key)["values"], next(self.numbers)
        what = self.random.choice(
            ("title", "subtitle", "price", "imprint", "product_state", "isbn", "words", "words", "words", "translation")
        )
        fields: dict[str, Any] = {
            "title": {"title": [*(each for each in row.get("title", []) if each["dimensions"] != {"locale": "en_GB"}), *value(f"By hand {number}", locale="en_GB")]},
            "subtitle": {"subtitle": []}, "price": {"price": value(f"{number}.00", currency="GBP")}, "imprint": {"imprint": value("Somebody")},
            "product_state": {"product_state": value("odd")}, "isbn": {"isbn": value(self.new_isbn())},
            "words": {"keywords": value([f"word {number}"]), "marketing_text": value(f"<p>Theirs {number}.</p>")},
            "translation": {"title": [*(each for each in row.get("title", []) if each["dimensions"] != {"locale": "de_DE"}), *value(f"Titel {number}", locale="de_DE")]},
        }[what]  # fmt: skip
        self.station.sandbox.systems["fourallportal"].objects.put("product", {**row, **fields}, object_id=key)
        if what in {"words", "translation"}:
            mine = (
                {"translation": {"de_DE": f"Titel {number}"}}
                if what == "translation"
                else {name: flat(told) for name, told in fields.items()}
            )
            self.written.setdefault(key, {}).update(mine)

    def said(self, key: str) -> dict[str, Any]:
        """What an object shows, by field."""
        return {name: flat(entries) for name, entries in self.objects().get(key)["values"].items() if entries}

    def reported(self) -> set[str]:
        """ISBNs of products of which drift is an open exception."""
        return {
            subject.removeprefix("isbn:") for rule, subject in self.station.exceptions(TITLES) if rule in {"PORTAL-DRIFT", "PORTAL-BOTH"}
        }

    def check_words(self, objects: dict[int, str]) -> None:
        """Keywords as they wrote them; a text while the editorial one is as it was when theirs was first seen."""
        with self.station.ledger() as ledger:
            rows = words_of(ledger.memory)
            newer = {
                row.subject.removeprefix("isbn:")
                for row in ledger.exceptions.open(use_case=WORDS, limit=1000)
                if row.rule == "PORTAL-NEWER"
            }
        for key, obj in objects.items():
            mine, row = self.written.get(obj, {}), self.products[key]
            ours = self.works[row["workId"]]["marketingTexts"][0]["externalText"]
            if "marketing_text" in mine:
                if self.bases.get(obj, ("", ""))[0] != mine["marketing_text"]:
                    self.bases[obj] = (mine["marketing_text"], ours)
                assert rows[obj].keywords == tuple(mine["keywords"])
                assert [copy.html for copy in rows[obj].copies] == [mine["marketing_text"]]
                assert (row["isbn13"] in newer) == (self.bases[obj][1] != ours)


def live(house: Month, days: int) -> None:
    """So many days."""
    house.run(TITLES)
    objects = {key: house.object_of(key) for key in house.products}
    for _ in range(days):
        before = {key: house.said(obj) for key, obj in objects.items()}
        for _ in range(house.random.randint(1, 4)):
            house.edit_ours()
        for _ in range(house.random.randint(1, 4)):
            house.edit_theirs(objects)
        house.tell()
        after = {key: house.said(obj) for key, obj in objects.items()}
        moved = {
            house.products[key]["isbn13"]
            for key in objects
            for name in OURS
            if _ours(after[key].get(name)) not in (_ours(before[key].get(name)), _ours(house.expected(key)[name]))
        }
        house.run(TITLES)
        assert house.reported() == moved
        house.run(WORDS)
        house.run(LINKS)
        writes = len(house.writes())
        house.run(TITLES)
        assert (house.reported(), len(house.writes())) == (set(), writes)
        for key, obj in objects.items():
            said = house.said(obj)
            assert {name: _ours(said.get(name)) for name in house.expected(key)} == {
                name: _ours(told) for name, told in house.expected(key).items()
            }
            for name, told in house.written.get(obj, {}).items():
                assert said["title"]["de_DE"] == told["de_DE"] if name == "translation" else said[name] == told
        house.check_words(objects)
        assert len(list(house.objects())) == len(objects)
        house.now = (house.now + timedelta(days=1)).replace(hour=5, minute=0)


def _ours(told: Any) -> Any:
    """Without what is in other locales than that of our products."""
    return {name: each for name, each in told.items() if name != "de_DE"} or None if isinstance(told, dict) else told


def test_fp_both_sides_edited_for_some_days(station: Station) -> None:
    """Two of them."""
    live(Month(station, EXTENDED, 1, 7), 2)


@pytest.mark.nightly
@pytest.mark.parametrize(("seed", "account"), [(1, EXTENDED), (2, EXTENDED), (3, DOCUMENTED), (4, DOCUMENTED)])
def test_fp_both_sides_edited_for_a_month(station: Station, seed: int, account: str) -> None:
    """Thirty, with each kind of account."""
    live(Month(station, account, 4, seed), 30)
