"""What campaigns speak of: titles that come out, where they may be sold, which offers hold there, and in which words.

Where a title may be sold the rights engine says, and nobody else; where prices are fixed, an offer below them is not spoken of.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Any

from colophon.blocks.decision import DecisionContext
from colophon.blocks.letter import NO_LEGAL_TEXT, NO_TEMPLATE, RULES, WINDOW
from colophon.config import Config
from colophon.config.campaigns import Campaign
from colophon.config.letters import ChosenTemplate, LegalText, chosen, destination
from colophon.domain.finding import Finding, Severity
from colophon.domain.product import Product
from colophon.rights.atlas import Atlas
from colophon.use_cases.exstream.partner_views import is_offered
from colophon.use_cases.exstream.reader_tables import fill

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

RETAIL = "02"
"""Type of a price (List 58): recommended, with tax."""
NONE = "-"
"""Stands in tables for an imprint or a language that nobody told, and for no fault."""
MOST_NAMED, LONGEST_NAMED = 5, 60
_NO_WORDS = {NO_LEGAL_TEXT: "no legal text", NO_TEMPLATE: "no template"}


@dataclass(frozen=True)
class Shelf:
    """The titles of a run, for the campaigns that are on."""

    products: tuple[Product, ...]
    campaigns: tuple[Campaign, ...]
    context: DecisionContext

    @classmethod
    def of(cls, products: Iterable[Product], context: DecisionContext) -> "Shelf":
        """What the configuration's campaigns need of all products."""
        on = tuple(campaign for campaign in context.config.campaigns.values() if campaign.is_on(context.as_of.date()))
        return cls(tuple(product for product in products if product.isbn13), on, context)

    @property
    def today(self) -> date:
        """The day of the run."""
        return self.context.as_of.date()

    @cached_property
    def titles(self) -> Mapping[tuple[str, str], list[Product]]:
        """By campaign and work: the formats of which it speaks."""
        found = defaultdict[tuple[str, str], list[Product]](list)
        for campaign in (each for each in self.campaigns if each.is_advertising):
            for product in self.products:
                if (not campaign.isbns or product.isbn13 in campaign.isbns) and self._is_news(campaign, product):
                    found[campaign.id, f"work:{product.work_id}"].append(product)
        return found

    def _is_news(self, campaign: Campaign, product: Product) -> bool:
        if not product.allow_onix_exports or not is_offered(product):
            return False
        out_on = product.publication_on
        return campaign.kind == "letter" or (out_on is not None and out_on <= self.today < out_on + timedelta(campaign.days))

    def sold_in(self, campaign: Campaign, product: Product) -> tuple[str, ...]:
        """Countries in which a format may be sold today; none where nobody knows."""
        rights = self.context.rights.products.get(product.isbn13 or "")
        atlas = Atlas.load(self.context.config.publisher.code_lists)
        return () if rights is None else atlas.names(rights.open_bits(campaign.sale_channel, self.today))

    @cached_property
    def sold(self) -> Mapping[tuple[str, str, str], list[Product]]:
        """By campaign, work and country: the formats that may be sold there."""
        found = defaultdict[tuple[str, str, str], list[Product]](list)
        by_id = {campaign.id: campaign for campaign in self.campaigns}
        for (campaign, what), products in self.titles.items():
            for product in products:
                for country in self.sold_in(by_id[campaign], product):
                    found[campaign, what, country].append(product)
        return found

    def fill(self, engine: "DuckDBPyConnection", scratch: Path) -> None:
        """The tables that selecting needs before anybody is meant."""
        text = "VARCHAR"
        fill(engine, "product", {"isbn": text, "imprint": text}, ((each.isbn13, each.imprint or "") for each in self.products), scratch)
        rows = ((each.isbn13, subject.code) for each in self.products for subject in each.subjects if subject.scheme == "THEMA")
        fill(engine, "genre", {"isbn": text, "code": text}, rows, scratch)
        titles = ((campaign, what, products[0].imprint or NONE) for (campaign, what), products in self.titles.items())
        fill(engine, "title", {"campaign": text, "what": text, "imprint": text}, titles, scratch)
        fill(engine, "fits", {"what": text, "club": text}, sorted(self._fits()), scratch)
        fill(engine, "campaign", {"id": text, "offer": text}, ((each.id, each.offer) for each in self.campaigns), scratch)
        fill(engine, "sold", {"campaign": text, "what": text, "country": text}, self.sold, scratch)
        offers = [dict(zip(_OFFER, row, strict=True)) for row in engine.execute(f"SELECT {', '.join(_OFFER)} FROM offers").fetchall()]  # noqa: S608 - our own names
        days = {"starts_on": "DATE", "ends_on": "DATE"}
        columns = {"campaign": text, "what": text, "country": text, "offer": text, "off": "DECIMAL(9, 4)", **days, "club": text}
        fill(engine, "allowed", columns, self._allowed(offers), scratch)

    def fill_words(self, engine: "DuckDBPyConnection", scratch: Path) -> list[Finding]:
        """In which words letters can be, for whoever is meant; an exception for each country that has none."""
        asked = engine.execute(
            "SELECT DISTINCT c.campaign, c.imprint, r.country, coalesce(r.language, '-') FROM candidate AS c JOIN reader AS r USING (reader_id)"
            " WHERE r.country IS NOT NULL ORDER BY ALL"
        ).fetchall()
        rows, findings = list[tuple[str, ...]](), dict[str, Finding]()
        by_id = {campaign.id: campaign for campaign in self.campaigns}
        for campaign, imprint, country, language in asked:
            template, legal = self.words(by_id[campaign], imprint, country, language)
            rule = NO_TEMPLATE if template is None else NO_LEGAL_TEXT if legal is None else ""
            place = destination(campaign, template) if template else NONE
            rows.append((campaign, imprint, country, language, _NO_WORDS.get(rule, NONE), place))
            if rule:
                subject = f"campaign:{campaign}/{country}"
                expected, remedy = RULES[rule]
                found, owner = f"none for imprint {imprint}, {country}, language {language}", self.context.config.owners.of(rule)
                findings[subject] = Finding(subject=subject, rule=rule, severity=Severity.ERROR, field="words", found=found, expected=expected, remedy=remedy, owner=owner)  # fmt: skip
        columns = ("campaign", "imprint", "country", "language", "fault", "destination")
        fill(engine, "words", dict.fromkeys(columns, "VARCHAR"), rows, scratch)
        return list(findings.values())

    def words(self, campaign: Campaign, imprint: str, country: str, language: str | None) -> tuple[ChosenTemplate | None, LegalText | None]:
        """Template and legal text of a letter."""
        named, spoken = None if imprint == NONE else imprint, None if language == NONE else language
        return chosen(campaign.templates, named, country, spoken), self.context.config.letters.legal_text(
            campaign.kind, named, country, spoken
        )

    def named(self, campaign: Campaign) -> tuple[list[str], int]:
        """The titles that a campaign speaks of, for whoever approves it: the first few, and how many there are."""
        names = sorted({products[0].title.replace("`", "'") for (name, _), products in self.titles.items() if name == campaign.id})
        return [shorten(name, LONGEST_NAMED, placeholder=" …") for name in names[:MOST_NAMED]], len(names)

    def made_of(self, campaign: Campaign, engine: "DuckDBPyConnection") -> str:
        """The hash of what a campaign says, and to whom: an approval is for that, and for nothing else."""
        offers = engine.execute("SELECT DISTINCT what, offer FROM allowed WHERE campaign = ? ORDER BY ALL", [campaign.id]).fetchall()
        config = self.context.config
        said = (campaign.model_dump_json(), config.letters.model_dump_json(), config.reader_campaigns.unsubscribe_url, offers)
        return hashlib.sha256(repr(said).encode()).hexdigest()[:12]

    def _fits(self) -> set[tuple[str, str]]:
        clubs = self.context.config.reader_campaigns.clubs
        return {
            (what, club)
            for (_, what), products in self.titles.items()
            for club, codes in clubs.items()
            if any(subject.scheme == "THEMA" and subject.code.startswith(codes) for product in products for subject in product.subjects)
        }

    def _allowed(self, offers: Iterable[Mapping[str, Any]]) -> Iterator[tuple[Any, ...]]:
        """Each offer in each country in which it may be spoken of."""
        by_isbn = defaultdict[str, list[Mapping[str, Any]]](list)
        for offer in offers:
            by_isbn[offer["isbn"]].append(offer)
        wanting = {campaign.id for campaign in self.campaigns if campaign.offer != "none"}
        for (campaign, what, country), products in self.sold.items():
            for product in products if campaign in wanting else ():
                for offer in by_isbn.get(product.isbn13 or "", ()):
                    off = self._off(offer, product, country)
                    if off is not None:
                        told = f"{offer['offer_id']}|{offer['isbn']}|{offer['price']:.2f}|{offer['currency']}|{offer['name']}"
                        yield (campaign, what, country, told, f"{off:.4f}", offer["starts_on"], offer["ends_on"], offer["club"])

    def _off(self, offer: Mapping[str, Any], product: Product, country: str) -> Decimal | None:
        """By how many percent an offer is below the list price; None: it is not for this country."""
        rules, holds_in = self.context.config.reader_campaigns, self.context.config.publisher.price_territories.get(offer["currency"])
        if (offer["countries"] and country not in offer["countries"].split(";")) or (holds_in is not None and country not in holds_in):
            return None
        if offer["kind"] == "voucher":
            return None if country in rules.no_vouchers else Decimal(0)
        price = next((each for each in product.prices if each.currency == offer["currency"] and self._holds(each)), None)
        off = (price.amount - offer["price"]) * 100 / price.amount if price and price.amount else None
        if off is not None and off < 0:
            return None  # dearer than the list price: a slip, and no offer
        fixed = rules.fixed_price.get(country)
        if fixed and (not fixed.languages or not product.languages or any(each.code in fixed.languages for each in product.languages)):
            return off if off is not None and off <= fixed.percent else None
        return off or Decimal(0)

    def _holds(self, price: Any) -> bool:
        is_on = (price.from_on is None or price.from_on <= self.today) and (price.until_on is None or self.today <= price.until_on)
        return price.type_code == RETAIL and is_on

    def price_in(self, product: Product, country: str) -> str:
        """The list price of a format in a country, with its currency; empty where none is known."""
        territories = self.context.config.publisher.price_territories
        own = [each for each in product.prices if self._holds(each) and country in territories.get(each.currency, ())]
        anywhere = [each for each in product.prices if self._holds(each) and each.currency not in territories]
        return next((f"{each.amount:.2f} {each.currency}" for each in [*own, *anywhere]), "")


def missed(rows: Iterable[tuple[str, date, str, int]], config: Config) -> list[Finding]:
    """The exception for each subscription whose end the law wanted told by now, and nobody was told."""
    says, remedy = RULES[WINDOW]
    return [
        Finding(subject=f"subscription:{name}", rule=WINDOW, severity=Severity.ERROR, field="renewal notice", found=f"ends on {ends_on}, in {country}, and nobody was told",
                expected=f"{says}: {last} days before the end in {country}", remedy=remedy, owner=config.owners.of(WINDOW))
        for name, ends_on, country, last in rows
    ]  # fmt: skip


_OFFER = ("offer_id", "name", "isbn", "price", "currency", "starts_on", "ends_on", "countries", "club", "kind")
