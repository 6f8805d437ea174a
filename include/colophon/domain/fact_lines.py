"""Rows of reports as lines of a staged batch: one JSON object a line, Decimal and dates exact.

What they say is personal (royalties, payments): it stays in the staging location, and only references travel.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar, get_args

from pydantic import TypeAdapter

from colophon.domain.contact_fields import ContactFields
from colophon.domain.head_grant import HeadGrant
from colophon.domain.launch import Launch
from colophon.domain.payment import Payment
from colophon.domain.rights_deal import RightsDeal
from colophon.domain.royalty_terms import RoyaltyTerms
from colophon.domain.sale import Sale
from colophon.domain.team import TeamMember
from colophon.domain.todo import Todo
from colophon.domain.vendor_statement import VendorStatement

Fact = Sale | Payment | RightsDeal | RoyaltyTerms | Todo | HeadGrant | TeamMember | Launch | ContactFields | VendorStatement
T = TypeVar("T", Sale, Payment, RightsDeal, RoyaltyTerms, Todo, HeadGrant, TeamMember, Launch, ContactFields, VendorStatement)


def to_line(fact: Fact) -> str:
    """One line without its line end."""
    return _ADAPTERS[type(fact)].dump_json(fact, exclude_defaults=True).decode()


def from_lines(kind: type[T], lines: Iterable[str]) -> Iterator[T]:
    """The records of a batch, in its order. Raises pydantic's ValidationError on a line that is none of this kind."""
    return map(_ADAPTERS[kind].validate_json, lines)


_ADAPTERS: Mapping[type, TypeAdapter[Any]] = {kind: TypeAdapter(kind) for kind in get_args(Fact)}
