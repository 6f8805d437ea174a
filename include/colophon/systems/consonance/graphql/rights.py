"""EXT: head grants, outbound licences and teams through GraphQL, for accounts whose schema has them (contract section 6).

Without the features the facts are *unknown*, never "none": the caller asks `offers` first, or gets an error.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any, TypeVar

from colophon.domain.finding import Finding
from colophon.domain.head_grant import HeadGrant
from colophon.domain.rights_deal import DealStatus, RightsDeal
from colophon.domain.team import TeamMember, TeamRole
from colophon.systems.consonance.graphql import wire
from colophon.systems.consonance.graphql.extension import Extension
from colophon.systems.consonance.graphql.queries import Document
from colophon.systems.consonance.graphql.wire import Row, child, day, each, flag, isbn_of, required_int, required_text, texts, whole, within
from colophon.systems.consonance.unreadable import read_or_report

W = TypeVar("W", bound=StrEnum)

_REACH = "id revision work { id } contract { id } rightsType exclusive territories { included excluded } languages formats channels startsOn expiresOn"
HEAD_GRANTS = Document(
    "HeadGrantsPage",
    "headGrants",
    f"query HeadGrantsPage($search: RightsSearchAttributes!) {{ headGrants(headGrantSearch: $search) {{ {_REACH} }} }}",
)
RIGHTS_DEALS = Document(
    "RightsDealsPage",
    "rightsDeals",
    f"query RightsDealsPage($search: RightsSearchAttributes!) {{ rightsDeals(rightsDealSearch: $search) {{ {_REACH}"
    " products { isbn { isbn13 } } licensee { id } sellOffUntil status signedDate terminatedDate renewalOf contact { id } } }",
)
TEAM = Document(
    "TeamMembersPage",
    "teamMembers",
    "query TeamMembersPage($search: WorkRowSearchAttributes!) { teamMembers(teamMemberSearch: $search) {"
    " id revision work { id } role contact { id } manager { id } startsOn endsOn } }",
)


class Rights:
    """The rights of one account, as pages by ascending id; all, or those of some works."""

    def __init__(self, extension: Extension) -> None:
        self._extension = extension

    def offers(self, feature: str) -> bool:
        """Whether the account has `head_grants`, `rights_deals` or `team`."""
        return self._extension.offers(feature)

    def head_grants(self, work_ids: Iterable[int] | None = None) -> Iterator[Any]:
        """Pages of `HeadGrant | Finding`.

        :raises FeatureMissingError: the account does not have them.
        """
        return self._extension.pages("head_grants", HEAD_GRANTS, head_grant_from, work_ids=work_ids)

    def rights_deals(self, work_ids: Iterable[int] | None = None) -> Iterator[Any]:
        """Pages of `RightsDeal | Finding`. Raises as `head_grants`."""
        return self._extension.pages("rights_deals", RIGHTS_DEALS, rights_deal_from, work_ids=work_ids)

    def team(self, work_ids: Iterable[int] | None = None) -> Iterator[Any]:
        """Pages of `TeamMember | Finding`. Raises as `head_grants`."""
        return self._extension.pages("team", TEAM, team_member_from, work_ids=work_ids)


def head_grant_from(row: Row) -> HeadGrant | Finding:
    """One grant."""
    return read_or_report("head_grant", row, lambda row: HeadGrant(**_shared(row), contract_id=within(row, "contract", _id)))


def rights_deal_from(row: Row) -> RightsDeal | Finding:
    """One outbound licence."""
    return read_or_report("rights_deal", row, _deal)


def team_member_from(row: Row) -> TeamMember | Finding:
    """One person in one role of one work."""
    return read_or_report("team_member", row, _member)


def _member(row: Row) -> TeamMember:
    return TeamMember(
        id=required_int(row, "id"),
        revision=whole(row, "revision"),
        work_id=within(row, "work", _id),
        role=_one_of(row, "role", TeamRole),
        contact_id=within(row, "contact", _id),
        manager_id=whole(child(row, "manager"), "id"),
        starts_on=day(row, "startsOn"),
        ends_on=day(row, "endsOn"),
    )


def _deal(row: Row) -> RightsDeal:
    return RightsDeal(
        **_shared(row),
        isbns=_isbns(row),
        contract_id=whole(child(row, "contract"), "id"),
        licensee_id=within(row, "licensee", _id),
        sell_off_until=day(row, "sellOffUntil"),
        status=_one_of(row, "status", DealStatus),
        signed_on=day(row, "signedDate"),
        terminated_on=day(row, "terminatedDate"),
        contact_id=whole(child(row, "contact"), "id"),
        renewal_of=whole(row, "renewalOf"),
    )


def _shared(row: Row) -> dict[str, Any]:
    """What grants and licences have in common. null and [] are *not recorded*; that nothing is excluded needs no record."""
    return {
        "id": required_int(row, "id"),
        "revision": whole(row, "revision"),
        "work_id": within(row, "work", _id),
        "rights_type": required_text(row, "rightsType"),
        "is_exclusive": flag(row, "exclusive"),
        "territories": within(row, "territories", lambda places: tuple(texts(places, "included"))) or None,
        "excluded_territories": within(row, "territories", lambda places: tuple(texts(places, "excluded"))) or None,
        "languages": tuple(texts(row, "languages")) or None,
        "formats": tuple(texts(row, "formats")) or None,
        "channels": tuple(texts(row, "channels")) or None,
        "starts_on": day(row, "startsOn"),
        "expires_on": day(row, "expiresOn"),
    }


def _isbns(row: Row) -> tuple[str, ...] | None:
    """The products named; one without an ISBN cannot be named, so that the licence then counts for all of the work."""
    found = each(row, "products", lambda product: within(product, "isbn", lambda isbn: isbn_of(isbn, "isbn13")))
    known = tuple(isbn for isbn in found if isbn)
    return known if known and len(known) == len(found) else None


def _one_of(row: Row, member: str, words: type[W]) -> W:
    value = required_text(row, member)
    if value not in words.__members__:
        raise wire.unreadable(member, value, f"one of {', '.join(words)}")
    return words(value)


def _id(row: Row) -> int:
    return required_int(row, "id")
