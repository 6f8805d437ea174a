"""Thirty nights of a catalogue in which rights, days, prices and statuses change: each recipient's own books say what we say."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count, islice
from pathlib import Path
from random import Random
from typing import Any

import pytest
from rights_records import ATLAS, contract, grant

from colophon.blocks.decision import DecisionContext
from colophon.blocks.use_case import channels
from colophon.config import Config
from colophon.config.load import load_config
from colophon.domain.delivery import LatestDelivery
from colophon.domain.departed import Departed
from colophon.domain.facts import Facts, Known
from colophon.domain.finding import Severity
from colophon.domain.product import Product
from colophon.onix.forms import form_of
from colophon.onix.supply import is_gone
from colophon.onix.write import header_of, message
from colophon.rights import judge
from colophon.rights.facts import Facts as RightsFacts
from colophon.rights.facts import read_facts
from colophon.rights.hold import days_to_hold
from colophon.rights.snapshot import snapshot
from colophon.rights.statuses import statuses_of
from colophon.systems.consonance.client import ConsonanceClient
from colophon.systems.consonance.rights_facts import gather
from colophon.systems.consonance.settings import ConsonanceSettings
from colophon.use_cases.xconnector.change_days import day_lines, without
from colophon.use_cases.xconnector.exits import departed, is_closed, is_held
from colophon.use_cases.xconnector.metadata_syndication import CASE
from colophon.use_cases.xconnector.turned import turned_by_day, turned_by_rights
from colophon_sandbox import seeds
from colophon_sandbox.seeds.shelf import isbn13
from colophon_sandbox.serve import running_sandbox
from colophon_sandbox.systems.xconnector.books import books

START, NIGHTS, CHANGES = datetime(2026, 3, 15, 1, tzinfo=UTC), 30, 500
CONFIG = load_config()
DELTA = {"mode": "delta"}
GOODBOOKS = Path(__file__).resolve().parents[4] / "shared" / "data" / "titles" / "goodbooks-10k-books.csv"


class House:
    """A publisher's records, which change; what each recipient has by our ledger, and by its own books."""

    def __init__(self, records: dict[str, Any], seed: int) -> None:
        with running_sandbox(records) as sandbox:
            settings = ConsonanceSettings.from_connection(
                f"{sandbox}/consonance", "sandbox0key0not0real000000000000", {"start_jitter_seconds": 0}
            )
            with ConsonanceClient(settings) as client:
                products = [record for page in client.iter_products() for record in page.records if isinstance(record, Product)]
                lines, _ = gather(client, None)
        self.products = {product.id: product for product in products}
        self.rights: RightsFacts = read_facts(line for batch in lines.batches(1 << 62) for line in batch)
        self.random, self.numbers = Random(seed), count(199_800_000)
        self.embargoes: dict[str, date] = {}
        self.has: dict[tuple[str, str], LatestDelivery] = {}
        self.bodies: dict[str, bytes] = {}
        self.books: dict[str, dict[str, Any]] = {}
        self.days: list[str] = []
        self.before: list[str] | None = None
        self.changed = self.sent = 0

    @property
    def config(self) -> Config:
        """The configuration with the titles that may not be sold yet."""
        return CONFIG.model_copy(update={"embargoes": CONFIG.embargoes.model_copy(update={"first_day_of_sale": dict(self.embargoes)})})

    def change(self, on: date) -> set[int]:
        """Something happens to a title; the products that somebody edited."""
        product = self.random.choice(list(self.products.values()))
        soon = on + timedelta(days=self.random.randint(1, 12))
        kind = self.random.choice(["exports", "status", "price", "dates", "contract", "deal", "embargo", "form", "isbn", "deleted"])
        update: dict[str, Any] = {}
        if kind == "exports":
            update = {"allow_onix_exports": not product.allow_onix_exports}
        elif kind == "status":
            status = self.random.choice(["04", "04", "11", "15", "05", "07", "08"])
            update = {"publishing_status": status, "availability": "20" if status == "04" else None}
        elif kind == "price" and product.prices:
            begins = product.prices[0].model_copy(update={"id": 1, "from_on": soon, "amount": product.prices[0].amount + Decimal("1.00")})
            update = {"prices": (product.prices[0].model_copy(update={"until_on": soon - timedelta(days=1)}), begins, *product.prices[1:])}
        elif kind == "dates":
            update = {"publishing_status": "02", "availability": None, "publication_on": soon}
        elif kind == "embargo" and product.isbn13:
            self.embargoes[product.isbn13] = soon
        elif kind == "form":
            update = {"form_code": self.random.choice(["BB", "BC", "DG"])}
        elif kind == "isbn" and self.random.random() < 0.3:
            update = {"isbn13": isbn13(f"978{next(self.numbers)}")}
        elif kind == "deleted" and self.random.random() < 0.2:
            del self.products[product.id]
            products = tuple(row for row in self.rights.products if row.id != product.id)
            self.rights = replace(self.rights, products=products)
        elif kind in {"contract", "deal"}:
            self._change_rights(kind, product, soon)
        if update:
            self.products[product.id] = product.model_copy(update=update)
            slim = {name: update[name] for name in ("isbn13", "publishing_status", "publication_on", "form_code") if name in update}
            rows = tuple(row.model_copy(update=slim) if row.id == product.id else row for row in self.rights.products)
            self.rights = replace(self.rights, products=rows)
        return {product.id} if update or kind == "embargo" else set()  # where a file of ours changed, all titles are read

    def _change_rights(self, kind: str, product: Product, soon: date) -> None:
        if kind == "contract":
            ends = self.random.choice([soon, None])
            rows = (
                row.model_copy(update={"terminated_on": ends}) if row.work_id == product.work_id else row
                for row in self.rights.contracts or ()
            )
            self.rights = replace(self.rights, contracts=tuple(rows))
        else:
            mine = [row for row in self.rights.deals or () if row.work_id == product.work_id]
            moved = {row.id: replace(row, starts_on=soon, expires_on=soon + timedelta(days=5)) for row in mine}
            self.rights = replace(self.rights, deals=tuple(moved.get(row.id, row) for row in self.rights.deals or ()))

    def night(self, at: datetime, edited: set[int]) -> None:
        """What the nightly run does: what was edited, what turned, what is due, what is no more."""
        on, then = at.date(), (at - timedelta(days=1)).date()
        statuses, _ = statuses_of(
            self.rights, ATLAS, None, channels(CONFIG), self.embargoes, days_to_hold(at, CONFIG.limits.rights_hold_hours)
        )
        lines = [status.to_line() for status in statuses]
        records = list(self.products.values())
        if self.before is not None:
            isbns = turned_by_rights(self.before, then, lines, on, channels(CONFIG), self.embargoes) | (
                turned_by_day(self.days, then, on, self.config) or set()
            )
            records = [product for product in records if product.id in edited or product.isbn13 in isbns]
        self.days = [*without(self.days, {product.isbn13 or "" for product in records}), *day_lines(records, on)]
        self.before, self.standings = lines, statuses
        there = {product.subject for product in self.products.values()}
        gone: dict[str, Departed] = {}
        for name in CONFIG.recipients:
            last = {subject: has for (to, subject), has in self.has.items() if to == name and subject not in there}
            gone |= {title.subject: title for title in departed(there, last, {})}
        intents = self.decided(records, list(gone.values()), at).intents
        self.sent += len(intents)
        for number, name in enumerate(CONFIG.recipients):
            mine = [intent for intent in intents if intent.destination == name]
            new = [intent for intent in mine if self._is_new(intent)]
            self._deliver(name, new, at, number)

    def decided(self, records: list[Product], gone: list[Departed], at: datetime) -> Any:
        """The plan of a run about these."""
        facts = {
            Product: Known(records=tuple(records), source="test", as_of=at),
            Departed: Known(records=tuple(gone), source="test", as_of=at),
        }
        context = DecisionContext(
            at,
            self.config,
            DELTA,
            lambda to, subjects: {subject: self.has[to, subject] for subject in subjects if (to, subject) in self.has},
            rights=snapshot(self.standings),
            content=self.bodies.get,
        )
        return CASE.decide(Facts(facts), context)

    def _is_new(self, intent: Any) -> bool:
        last = self.has.get((intent.destination, intent.subject))
        return last is None or last.content_hash != intent.content_hash

    def _deliver(self, name: str, intents: list[Any], at: datetime, number: int) -> None:
        profile = CONFIG.recipients[name]
        for intent in intents:
            self.has[name, intent.subject] = LatestDelivery(1, intent.content_hash, "confirmed", at, intent.labels)
            self.bodies[intent.content_hash] = intent.content
        if profile.format == "json":
            told = [(intent.labels["event_type"], json.loads(intent.content), b"") for intent in intents]
        else:
            parts = [[i for i in intents if ("closed" in i.labels) is closes] for closes in (True, False)]
            header = header_of(CONFIG.publisher, number=number + 1, sent_at=at)
            files = [b"".join(message(header, [i.content for i in part], profile)) for part in parts if part]
            told = [("title.feed", {}, file) for file in files]
        for kind, data, file in told:
            event = {"type": f"colophon.{kind}.v1", "recipient": name}
            row = {"event": event, "deliveries": [{"status": "acknowledged"}]}
            for recipient, book in books([row], lambda _, data=data: data, lambda _, file=file: file).items():
                self.books.setdefault(recipient, {}).update(book)


def countries(entry: dict[str, Any]) -> int:
    """Countries (bits) in which an entry is on sale."""
    bits = 0
    for places in entry["sold"]:
        bits |= ATLAS.reach(tuple(places["included"])).touched & ~ATLAS.reach(tuple(places["excluded"])).whole
    return bits


def looked_at(house: House, at: datetime) -> int:
    """Compare the books with the ledger and with the rights engine; how many titles are on sale."""
    exact = {holding.product.isbn13: judge(holding, ATLAS) for holding in house.rights.holdings(house.embargoes) if holding.product.isbn13}
    on_sale = 0
    for (name, subject), last in house.has.items():
        isbn, profile = subject.removeprefix("isbn:"), CONFIG.recipients[name]
        entry = next((found for found in house.books[name].values() if found["isbn"] == isbn), None)
        is_open = entry is not None and entry["onSale"]
        coming = entry is not None and b"<ProductAvailability>10<" in house.bodies[last.content_hash].replace(
            b"j396", b"ProductAvailability"
        )
        assert is_open == (is_held(last) and not is_closed(last) and not coming), (name, subject, last.labels, entry)
        if entry is None or not is_open:
            continue
        on_sale += 1
        product = next((product for product in house.products.values() if product.isbn13 == isbn), None)
        assert product is not None, (name, subject)
        assert product.allow_onix_exports, (name, subject)
        assert product.publishing_status in profile.publishing_statuses, (name, subject)
        assert not is_gone(product), (name, subject)
        assert not profile.product_forms or form_of(product).code in profile.product_forms, (name, subject)
        for day in (at.date(), (at + timedelta(days=1)).date()):  # the next night begins on that day
            over = countries(entry) & ~exact[isbn].open_bits(profile.sale_channel, day)
            assert not over, (name, subject, day, ATLAS.names(over))
    # A run about everything has nothing to add: nobody's day, edit or right was missed, and what may go went.
    plan = house.decided(list(house.products.values()), [], at)
    for intent in plan.intents:
        assert not house._is_new(intent), (intent.destination, intent.subject, intent.labels)
    told = {(intent.destination, intent.subject) for intent in plan.intents}
    stays = {(found.blocks, found.subject) for found in plan.findings if found.severity is Severity.ERROR}
    apart = {(name, subject) for name, subjects in plan.out_of_scope.items() for subject in subjects}
    for name in CONFIG.recipients:
        for product in house.products.values():
            assert (name, product.subject) in told | stays | apart
    return on_sale


def nights(house: House, number: int) -> None:
    """So many nights, with all changes spread over them."""
    share, on_sale, closed = CHANGES // number + 1, set[int](), 0
    for night in range(number):
        at = START + timedelta(days=night)
        edited = set[int]().union(*(house.change(at.date()) for _ in range(share))) if night else set()
        house.night(at, edited)
        on_sale.add(looked_at(house, at))
        closed += sum("closed" in has.labels and has.as_of == at for has in house.has.values())
    assert min(on_sale) > 20
    assert closed > 20


@pytest.mark.nightly
def test_thirty_nights_of_the_built_in_catalogue() -> None:
    """500 changes: at the end of each day nothing is on sale that rights close, and what is open and wanted is offered."""
    nights(House(seeds.catalogue(100, 42), 5), NIGHTS)


@pytest.mark.skipif(not GOODBOOKS.exists(), reason="../shared/data/titles is not here")
def test_some_nights_of_books_that_exist() -> None:
    """The same with titles as a large shop has them."""
    with GOODBOOKS.open("rb") as file:
        house = House(seeds.from_csv(b"".join(islice(file, 81))), 6)
    works = sorted({product.work_id for product in house.products.values()})
    contracts = tuple(contract(id=work, work_id=work, term="", signed_on=date(2020, 1, 31)) for work in works)
    grants = tuple(grant(id=work, contract_id=work, work_id=work) for work in works)  # the file tells of no rights
    house.rights = replace(house.rights, contracts=contracts, grants=grants, deals=())
    nights(house, 6)
