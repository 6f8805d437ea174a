"""XC-1: why a title leaves a recipient who has it, in words for that recipient, and what has been told of it already."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import NamedTuple

from colophon.domain.delivery import LatestDelivery
from colophon.domain.delivery_states import CLOSED, FINAL_BAD, IN_PART
from colophon.domain.departed import Departed
from colophon.domain.product import Product
from colophon.onix.codelists import CodeLists
from colophon.onix.forms import form_of
from colophon.onix.profile import Profile
from colophon.onix.supply import is_gone
from colophon.onix.territory import Saleable
from colophon.quality.gates import is_offered

CLOSED_AS = "closed_as"
"""Label of a closing: what it says, so that the same is not told twice."""
PRODUCT = "product"
"""Label of what went under the reference of an earlier product with its ISBN: the row id of the one that has it now."""
NOT_HERE = "no longer for sale in this market"
_UNSTATED = frozenset({"00", "09"})
"""List 64: nobody has said what it is. That is a fault of the record, and no exit."""


class Exit(NamedTuple):
    """`kind` for us, `says` for the recipient; `opens_on`: it is closed until then. `keeps_rights`: it may be sold, and cannot be had."""

    kind: str
    says: str
    opens_on: date | None = None
    keeps_rights: bool = False


def exit_of(product: Product, profile: Profile, where: Saleable | None, lists: CodeLists, *, opens_on: date | None) -> Exit | None:
    """Why a recipient may no longer offer a title that it has; None where nothing of what is known says so.

    :param where: the countries that rights allow; None: nobody knows. :param opens_on: its first day of sale, which is still to come.
    """
    return next(_exits(product, profile, where, lists, opens_on), None)


def _exits(product: Product, profile: Profile, where: Saleable | None, lists: CodeLists, opens_on: date | None) -> Iterator[Exit]:
    status, form = product.publishing_status or "", form_of(product).code
    if is_gone(product) and status not in profile.publishing_statuses and _is_stated(status, lists):
        yield Exit("status", f"publishing status {status}: {lists.lists[64][status]}", keeps_rights=where is not None)
    if where is not None and not is_offered(profile, where, lists):
        if opens_on is not None:
            yield Exit("embargo", f"not to be sold before {opens_on.isoformat()}", opens_on)
        yield Exit("rights", NOT_HERE)
    if not product.allow_onix_exports and "allow_onix_exports" not in product.missing_fields:
        yield Exit("exports", "no longer offered")
    if status not in profile.publishing_statuses and _is_stated(status, lists):
        yield Exit("status", f"publishing status {status}: {lists.lists[64][status]}")
    if profile.product_forms and form not in profile.product_forms and form != "00" and lists.has(150, form):
        yield Exit("form", f"product form {form} is no longer supplied")
    if is_gone(product):
        yield Exit("status", "no longer available", keeps_rights=where is not None)


def is_held(last: LatestDelivery | None) -> bool:
    """Whether a recipient may have a title: something went, and was not refused."""
    return last is not None and any(delivery.state not in FINAL_BAD for delivery in last.held)


def is_closed(last: LatestDelivery | None) -> bool:
    """Whether the newest that a recipient has, or will have, takes the title off sale altogether."""
    return last is not None and last.state not in FINAL_BAD and last.labels.get(CLOSED, IN_PART) != IN_PART


def row_of(delivery: LatestDelivery) -> str:
    """The row id of the product that a delivery is of."""
    return delivery.labels.get(PRODUCT) or delivery.labels.get("record_reference", "").rpartition(".")[2]


def reference_of(product: Product, last: LatestDelivery | None) -> str | None:
    """The reference under which a product goes on: it is the one that had it, or was made anew after that one was gone. None: its own."""
    is_same = last is not None and (row_of(last) == str(product.id) or last.labels.get(CLOSED) == "missing")
    return last.labels.get("record_reference") if last and is_same else None


def taken_of(last: LatestDelivery) -> LatestDelivery:
    """The newest that a recipient took, or may have."""
    return next((delivery for delivery in last.held if delivery.state not in FINAL_BAD), last)


def departed(there: Collection[str], last: Mapping[str, LatestDelivery], renamed: Mapping[str, str]) -> list[Departed]:
    """Titles that a recipient has and the system of record has no more under that name, each with why.

    :param there: subjects of all records that there are, readable or not. :param last: what it has of subjects that are not among
    them. :param renamed: ISBN by the row id of products that were read.
    """
    titles = []
    for subject, delivery in sorted(last.items()):
        number = row_of(delivery)
        if not is_held(delivery) or is_closed(delivery) or f"unreadable:{number}" in there:
            continue
        new, is_left = renamed.get(number), f"product:{number}" in there
        reason = f"its ISBN is {new}" if new else "it has no ISBN" if is_left else "no longer listed"
        titles.append(Departed(subject=subject, reason=reason, kind="renumbered" if new or is_left else "missing"))
    return titles


def _is_stated(status: str, lists: CodeLists) -> bool:
    return status not in _UNSTATED and lists.has(64, status)
