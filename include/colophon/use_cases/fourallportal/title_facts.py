"""What the portal shall say of a product, by our names of its fields; and what nobody can say, which stays there as it is."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from colophon.config import Config
from colophon.domain.finding import Finding
from colophon.domain.product import Price, Product
from colophon.onix.forms import form_of
from colophon.onix.prices import round_to_currency
from colophon.onix.subject_codes import SubjectCodes
from colophon.systems.fourallportal.mapping import PortalMapping
from colophon.systems.fourallportal.mapping_parts import FieldRule
from colophon.systems.fourallportal.orders import Fact
from colophon.systems.fourallportal.rules import fault

ENABLED, DISABLED = "enabled", "disabled"
_RETAIL = ("02", "01")
"""List 58 with and without tax: the price that the public sees."""


class TitleFacts(NamedTuple):
    """Facts by our names. A field that a fault keeps as it is has none, and the fault is among the `findings`."""

    facts: Mapping[str, tuple[Fact, ...]]
    findings: tuple[Finding, ...] = ()


def title_facts(product: Product, config: Config, mapping: PortalMapping, today: date) -> TitleFacts:
    """All fields that Consonance owns, of a product with an ISBN."""
    facts, findings = dict[str, tuple[Fact, ...]](), list[Finding]()
    code, subject = product.language or config.publisher.default_language, product.subject
    locale = config.portal_locales.locales.get(code)
    for name, rule in mapping.product.ours.items():
        if "locale" in rule.dimensions and locale is None:
            continue
        if name == "categories":
            told, faults = _categories(product, config, rule, today)
            findings += faults
            facts |= {name: told} if told else {}
        elif name == "price":
            facts[name] = tuple(_prices(product, today))
        else:
            dimensions = {"locale": locale} if "locale" in rule.dimensions and locale else {}
            facts[name] = (Fact(value=_VALUES[name](product, config), dimensions=dimensions),)
    if locale is None:
        findings.append(fault("PORTAL-LOCALE", subject, "language", code, "a language of portal_locales.yaml", config.owners))
    return TitleFacts(facts, tuple(findings))


def next_change(product: Product, today: date) -> date | None:
    """The next day on which a price begins or is over, by itself."""
    days = [day for price in product.prices for day in (price.from_on, price.until_on and price.until_on + timedelta(days=1)) if day]
    return min((day for day in days if day > today), default=None)


def _prices(product: Product, today: date) -> Iterator[Fact]:
    """The price of today for each currency, as the public sees it."""
    holds = [
        price for price in product.prices if (price.from_on or today) <= today <= (price.until_on or today) and price.type_code in _RETAIL
    ]
    chosen: dict[str, Price] = {}
    for price in sorted(
        holds,
        key=lambda price: (_RETAIL.index(price.type_code), price.qualifier != "05", -(price.from_on or date.min).toordinal(), price.id),
    ):
        chosen.setdefault(price.currency, price)
    yield from (
        Fact(value=str(round_to_currency(price.amount, currency)), dimensions={"currency": currency})
        for currency, price in sorted(chosen.items())
    )


def _categories(product: Product, config: Config, rule: FieldRule, today: date) -> tuple[tuple[Fact, ...], list[Finding]]:
    """Of Thema's subjects, the main one first; qualifiers are none. A code that nobody mapped is a fault, and then nothing is said."""
    table, codes = config.portal_categories, SubjectCodes.load(config.publisher.subject_codes)
    thema = sorted((subject for subject in product.subjects if subject.scheme == "THEMA"), key=lambda subject: not subject.is_main)
    findings, told = list[Finding](), list[Fact]()
    for subject in thema:
        if subject.is_main and subject.code[:1].isdigit():
            findings.append(_uncategorised(product, config, subject.code, "a subject; this is a qualifier"))
        if (state := codes.fault("93", subject.code, today)) and not subject.code[:1].isdigit():
            findings.append(_uncategorised(product, config, f"{subject.code}, which is {state}", "a code in use"))
    subjects = [subject.code for subject in thema if not subject.code[:1].isdigit()]
    for channel in config.portal_channels.channels if "channel" in rule.dimensions else [""]:
        found = {code: table.category(channel, code) for code in subjects}
        for code in (code for code, category in found.items() if category is None):
            near = table.near(channel, code)
            where = f"a row of portal_categories.yaml for {channel or 'all'}" + (f"; the nearest is {near}" if near else "")
            findings.append(_uncategorised(product, config, code, where))
        names = tuple(dict.fromkeys(name for name in found.values() if name))
        told.append(Fact(value=names or None, dimensions={"channel": channel} if channel else {}))
    distinct = list({finding.found: finding for finding in findings}.values())
    return (() if findings else tuple(told)), distinct


def _uncategorised(product: Product, config: Config, found: str, expected: str) -> Finding:
    return fault("PORTAL-CATEGORY", product.subject, f"category of {found}", found, expected, config.owners)


def _state(product: Product, config: Config) -> str:
    return DISABLED if product.publishing_status in config.portal_titles.withdrawn else ENABLED


def _authors(product: Product) -> tuple[str, ...] | None:
    names = [each.name for each in sorted(product.contributors, key=lambda each: each.sequence) if each.role.startswith("A")]
    return tuple(dict.fromkeys(names)) or None


_VALUES: Mapping[str, Callable[[Product, Config], str | tuple[str, ...] | None]] = {
    "title": lambda product, _: product.title or None,
    "subtitle": lambda product, _: product.subtitle or None,
    "authors": lambda product, _: _authors(product),
    "imprint": lambda product, _: product.imprint or None,
    "form": lambda product, _: form_of(product).code,
    "language": lambda product, _: product.language,
    "publication_date": lambda product, _: product.publication_on.isoformat() if product.publication_on else None,
    "state": _state,
}
