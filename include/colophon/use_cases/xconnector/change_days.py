"""XC-1: the days on which a title's record changes though nobody edits it, so that the nightly run reads it then.

Kept as lines `ISBN day day ...` between runs. Days of rights are not among them: the rights engine knows these.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator
from datetime import date, timedelta

from colophon.config import Config
from colophon.domain.product import Product
from colophon.onix.build import EARLY_MONTHS, months_before
from colophon.onix.profile import Profile
from colophon.quality.rules.supply import LONG_OUT_DAYS


def days_of_change(product: Product, after: date) -> list[date]:
    """Days after this one on which a record of the product may differ from that of the day before, or is judged otherwise."""
    return sorted({day for day in _days(product) if day > after})


def day_lines(products: Iterable[Product], after: date) -> Iterator[str]:
    """The lines of these products, of those that have such days."""
    for product in products:
        days = days_of_change(product, after) if product.isbn13 else []
        if days:
            yield " ".join([product.isbn13 or "", *(day.isoformat() for day in days)])


def due_lines(lines: Iterable[str], after: date, until: date) -> set[str]:
    """ISBNs of the lines that have a day after one day, up to and with another."""
    first, last = after.isoformat(), until.isoformat()
    return {isbn for isbn, *days in map(str.split, lines) if any(first < day <= last for day in days)}


def without(lines: Iterable[str], isbns: Collection[str]) -> Iterator[str]:
    """The lines of other products than these."""
    return (line for line in lines if line.partition(" ")[0] not in isbns)


def tax_begins(config: Config, after: date, until: date) -> bool:
    """Whether a rate begins in these days, which changes the records of all titles that are taxed by it."""
    return any(after < rate.from_on <= until for rate in config.publisher.taxes)


def fingerprint(profile: Profile, config: Config) -> str:
    """What records for a recipient are built by, beside the titles: where it changed, all titles are looked at again."""
    parts = [profile.model_dump(mode="json"), config.publisher.model_dump(mode="json"), config.embargoes.model_dump(mode="json")]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _days(product: Product) -> Iterator[date]:
    if product.publication_on:
        out = product.publication_on
        yield from (months_before(out, EARLY_MONTHS), out, _later(out, 1), _later(out, LONG_OUT_DAYS + 1))
    for price in product.prices:
        yield from [price.from_on] if price.from_on else []
        yield from [_later(price.until_on, 1)] if price.until_on else []
    yield from (text.from_on for text in product.texts if text.from_on)


def _later(day: date, days: int) -> date:
    return day + timedelta(days) if (date.max - day).days > days else date.max
