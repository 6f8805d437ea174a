"""Reading from Consonance what the rights engine judges by."""

from collections.abc import Mapping
from contextlib import nullcontext
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING

from colophon.errors import InvalidError, NotFoundError

if TYPE_CHECKING:
    from colophon.domain.product import Product
    from colophon.rights import Holding
    from colophon.systems.consonance.client import ConsonanceClient
    from colophon_airflow.hooks.consonance import ConsonanceHook


def holding_of(hook: "ConsonanceHook", isbn: str, embargoes: Mapping[str, date] = MappingProxyType({})) -> "Holding":
    """The product and the rights records of its work, from the account or its reports; what neither tells is unknown.

    :param embargoes: the first day of sale, by ISBN.

    Raises as `product_of`, the client and the reports.
    """
    from colophon.rights.facts import read_facts
    from colophon.systems.consonance.rights_facts import Changed, gather

    with hook.client as client, hook.reports if hook.settings.reports_location else nullcontext() as place:
        product = product_of(client, isbn)
        facts, _ = gather(client, place, [Changed(product.isbn13 or isbn, product.work_id)])
    lines = next(facts.batches(1 << 62))
    return next(found for found in read_facts(lines).holdings(embargoes) if found.product.id == product.id)


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
