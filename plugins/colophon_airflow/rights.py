"""Reading from Consonance what the rights engine judges by."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from colophon.errors import InvalidError, NotFoundError
from colophon_airflow.settings import publisher_config

if TYPE_CHECKING:
    from colophon.domain.product import Product
    from colophon.rights import Atlas, Availability, Holding
    from colophon.rights.facts import Facts
    from colophon.rights.snapshot import RightsSnapshot
    from colophon.systems.consonance.client import ConsonanceClient
    from colophon_airflow.systems.consonance.hook import ConsonanceHook


def holding_of(hook: "ConsonanceHook", isbn: str, embargoes: Mapping[str, date] = MappingProxyType({})) -> "Holding":
    """The product and the rights records of its work, from the account or its reports; what neither tells is unknown.

    :param embargoes: the first day of sale, by ISBN.

    Raises as `product_of`, the client and the reports.
    """
    from colophon.rights.facts import read_facts
    from colophon.systems.consonance.rights_facts import Changed, gather

    with hook.sources() as (client, place):
        product = product_of(client, isbn)
        facts, _ = gather(client, place, [Changed(product.isbn13 or isbn, product.work_id)])
    lines = next(facts.batches(1 << 62))
    return next(found for found in read_facts(lines).holdings(embargoes) if found.product.id == product.id)


def judged_of(hook: "ConsonanceHook", isbns: Iterable[str], embargoes: Mapping[str, date], atlas: "Atlas") -> "dict[str, Availability]":
    """What the rights engine says of the products of some ISBNs; those that Consonance does not have, or has twice, are absent.

    Raises as the client and the reports.
    """
    from colophon.domain.product import Product
    from colophon.rights import judge
    from colophon.rights.facts import read_facts
    from colophon.systems.consonance.rights_facts import Changed, gather

    with hook.sources() as (client, place):
        found = [record for page in client.iter_products_for_rights(sorted(isbns)) for record in page.records]
        only = sorted({Changed(one.isbn13, one.work_id) for one in found if isinstance(one, Product) and one.isbn13})
        facts = gather(client, place, only)[0] if only else None
    lines = next(facts.batches(1 << 62)) if facts else None
    holdings = list(read_facts(lines).holdings(embargoes)) if lines else []
    count = Counter(holding.product.isbn13 for holding in holdings)
    return {isbn: judge(one, atlas) for one in holdings if (isbn := one.product.isbn13) and count[isbn] == 1}


def titles_now(hook: "ConsonanceHook", isbns: Sequence[str]) -> "tuple[list[Product], Facts]":
    """Some products, and what their rights rest on. Raises as `product_of`, the client and the reports."""
    from colophon.rights.facts import read_facts
    from colophon.systems.consonance.rights_facts import Changed, gather

    with hook.sources() as (client, place):
        products = [product_of(client, isbn) for isbn in isbns]
        facts, _ = gather(client, place, sorted({Changed(each.isbn13 or "", each.work_id) for each in products}))
    return products, read_facts(next(facts.batches(1 << 62)))


def snapshot_of(facts: "Facts", channels: Iterable[str], at: datetime, stopped: Iterable[str]) -> "RightsSnapshot":
    """What the rights engine says of all products of some facts at a moment. :param stopped: ISBNs that a person stopped."""
    from colophon.rights import Atlas
    from colophon.rights.hold import days_to_hold
    from colophon.rights.snapshot import snapshot
    from colophon.rights.statuses import statuses_of
    from colophon.stopped import SENTENCE

    config = publisher_config()
    atlas, days = Atlas.load(config.publisher.code_lists), days_to_hold(at, config.limits.rights_hold_hours)
    embargoes = config.embargoes.first_day_of_sale
    return snapshot(*statuses_of(facts, atlas, None, channels, embargoes, days, dict.fromkeys(stopped, SENTENCE)))


def product_of(client: "ConsonanceClient", isbn: str) -> "Product":
    """The product of an ISBN.

    :raises NotFoundError: Consonance has no such product. :raises InvalidError: the product cannot be read.
    """
    from colophon.domain.finding import Finding

    product = client.get_product(isbn)
    if product is None:
        raise NotFoundError(f"Consonance has no product with ISBN {isbn[:20]}", system="consonance", remedy="Check the number.")
    if isinstance(product, Finding):
        raise InvalidError(f"the product cannot be read: {product.field} is {product.found}", system="consonance", remedy=product.remedy)
    return product
