"""Reading from Consonance what the rights engine judges by."""

from typing import TYPE_CHECKING

from colophon.errors import InvalidError, NotFoundError

if TYPE_CHECKING:
    from colophon.domain.product import Product
    from colophon.rights import Holding
    from colophon.systems.consonance.client import ConsonanceClient


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


def holding_of(client: "ConsonanceClient", isbn: str) -> "Holding":
    """The product and the rights records of its work; what the account does not offer is unknown.

    Raises as `product_of`.
    """
    from colophon.domain.finding import Finding
    from colophon.rights import Holding

    product = product_of(client, isbn)
    work, rights = [product.work_id], client.rights
    grants = [row for page in rights.head_grants(work) for row in page.records] if rights.offers("head_grants") else None
    deals = [row for page in rights.rights_deals(work) for row in page.records] if rights.offers("rights_deals") else None
    # Only contracts that grant something can open a cell, so that the others need not be read.
    ids = sorted({grant.contract_id for grant in grants or () if not isinstance(grant, Finding)})
    contracts = [row for page in client.iter_contracts(ids) for row in page.records]
    return Holding(
        product=product,
        contracts=tuple(c for c in contracts if not isinstance(c, Finding)),
        grants=None if grants is None else tuple(g for g in grants if not isinstance(g, Finding)),
        deals=None if deals is None else tuple(d for d in deals if not isinstance(d, Finding)),
        unreadable=tuple(row for row in (*contracts, *(grants or ()), *(deals or ())) if isinstance(row, Finding)),
    )
