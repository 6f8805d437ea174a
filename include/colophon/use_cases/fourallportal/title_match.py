"""FP-1, whose object is whose: objects of the portal with the products that they are of, and products that the portal does not have.

An object is of the product of which it was sent last, else of the one with its ISBN.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from colophon.config.portal import PortalTitles
from colophon.domain.delivery import LatestDelivery
from colophon.domain.product import Product
from colophon.systems.fourallportal.availability import isbn_of
from colophon.systems.fourallportal.mapping import PortalMapping
from colophon.systems.fourallportal.records import PortalObject
from colophon.systems.fourallportal.values import content_hash, object_id
from colophon.use_cases.fourallportal.title_facts import next_change
from colophon.use_cases.fourallportal.title_metadata import TitleAtPortal

History = Callable[[Iterable[str]], Mapping[str, LatestDelivery]]
"""What was sent last of some objects, by their ids."""


class Candidate(NamedTuple):
    """An object that has to be looked at: its ISBN, a hash of our fields, and the id of its product as far as that was known (0: not)."""

    obj: PortalObject
    isbn: str
    digest: str
    product_id: int


@dataclass(slots=True)
class Titles:
    """Products by id and ISBN, and what is known of the portal's objects.

    `approved`: works that may go there. `seen`: by object, a hash of our fields and the product's id, where there was nothing to do.
    `due`: by ISBN, when a price changes by itself. `unread`: how exceptions call products that cannot be read now.
    """

    rules: PortalTitles
    history: History
    approved: set[int]
    seen: dict[str, list[Any]]
    due: dict[str, str]
    products: dict[int, Product] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)
    by_isbn: dict[str, int] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)
    object_of: dict[str, str] = field(default_factory=dict)
    matched: dict[int, str] = field(default_factory=dict)
    looked_at: dict[str, list[Any]] = field(default_factory=dict)

    def add(self, products: Iterable[Product], today: date) -> None:
        """Products as they are now."""
        for product in products:
            if product.isbn13:
                self.products[product.id] = product
                self.by_isbn[product.isbn13] = product.id
                self.due.pop(product.isbn13, None)
                if day := next_change(product, today):
                    self.due[product.isbn13] = day.isoformat()

    def candidates(self, page: Iterable[PortalObject], mapping: PortalMapping) -> Iterator[Candidate]:
        """Objects that are new, that changed, whose product changed, or whose ISBN another one has; all others are as they were."""
        for obj in page:
            isbn, digest, known = isbn_of(obj, mapping), content_hash(obj)[:16], self.seen.get(obj.id)
            self.ids.add(obj.id)
            has_changed = (known is not None and known[1] in self.products) or isbn in self.by_isbn
            is_twin = bool(isbn) and self.object_of.setdefault(isbn, obj.id) != obj.id
            if has_changed or is_twin or known is None or known[0] != digest:
                yield Candidate(obj, isbn, digest, known[1] if known else 0)

    def matched_with(self, candidates: Sequence[Candidate], history: Mapping[str, LatestDelivery]) -> Iterator[TitleAtPortal]:
        """Those that are of a product of ours, or were; whoever is nobody's is only remembered. Of two of one product each names the other."""
        for obj, isbn, digest, known_id in candidates:
            last = history.get(obj.id)
            key = (product_id(last) if last else known_id) or self.by_isbn.get(isbn, 0)
            product = self.products.get(key)
            title = TitleAtPortal(obj.id, obj, product, last)
            self.looked_at[title.subject] = [digest, key]
            first = self.object_of.get(isbn, obj.id) if product is None else self.matched.setdefault(product.id, obj.id)
            if first != obj.id and (product is not None or last is not None):
                del self.looked_at[title.subject]
                self.seen.pop(first, None)
                yield TitleAtPortal(obj.id, obj, product, last, twins=(first,))
                yield TitleAtPortal(first, None, product, self.history([first]).get(first), twins=(obj.id,))
            elif (product is not None and (last is not None or self.may_go(product))) or (
                product is None and last is not None and f"isbn:{title.isbn}" not in self.unread
            ):
                yield title
            else:
                self.seen[obj.id] = self.looked_at.pop(title.subject)

    def absent(self, sent: set[str], mapping: PortalMapping) -> Iterator[TitleAtPortal]:
        """What the portal had and has no more; then the products that it never had. :param sent: ids of all objects that were ever sent."""
        gone = set[int]()
        for key, last in self.history(sorted(sent - self.ids)).items():
            product = self.products.get(product_id(last))
            gone.add(product_id(last))
            if any(each.state == "confirmed" for each in (last, *last.held)):
                yield TitleAtPortal(key, None, product, last, is_gone=True)
            elif product is not None:
                yield TitleAtPortal(key, None, product, last)
        for product in self.products.values():
            if product.id not in self.matched and product.id not in gone and self.may_go(product):
                key = object_id(mapping.modules["product"], product.isbn13 or "")
                if key in self.ids:  # it is another product's, which had this ISBN first
                    key = object_id(mapping.modules["product"], f"{product.isbn13}#{product.id}")
                yield TitleAtPortal(key, None, product)

    def may_go(self, product: Product) -> bool:
        """Whether a product that the portal has not from us may go there."""
        is_approved = product.work_id in self.approved or product.publishing_status in self.rules.approved
        return is_approved and product.publishing_status not in self.rules.withdrawn


def product_id(last: LatestDelivery) -> int:
    """Of which product something was sent."""
    return int(last.labels.get("product") or 0)
