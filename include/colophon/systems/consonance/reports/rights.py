"""Rows of rights deals, head grants and teams -> our records (contract section 8)."""

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from colophon.domain.finding import Finding
from colophon.domain.head_grant import HeadGrant
from colophon.domain.rights_deal import DealStatus, RightsDeal, RightsFormat
from colophon.domain.team import TeamMember, TeamRole
from colophon.systems.consonance.reports import cells
from colophon.systems.consonance.reports.cells import Read
from colophon.systems.consonance.reports.layouts import SheetSpec
from colophon.systems.consonance.reports.rows import ReportRow, Rows, read_rows, unique_key

_REACH = [
    "work_id",
    "contract_id",
    "rights_type",
    "exclusive",
    "territories",
    "excluded_territories",
    "languages",
    "formats",
    "channels",
    "starts_on",
    "expires_on",
]
RIGHTS_DEALS = SheetSpec(
    needed=frozenset([*_REACH, "deal_id", "isbns", "licensee_id", "sell_off_until", "status", "contact_id"]),
    optional=frozenset({"renewal_of", "signed_on", "terminated_on"}),
    words={"status": frozenset(DealStatus)},
)
HEAD_GRANTS = SheetSpec(needed=frozenset([*_REACH, "grant_id"]), optional=frozenset({"isbns", "sell_off_until", "contact_id"}))
TEAM = SheetSpec(
    needed=frozenset({"work_id", "role", "contact_id", "manager_id"}),
    optional=frozenset({"starts_on", "ends_on"}),
    words={"role": frozenset(TeamRole)},
)
CONTRACTS = SheetSpec(needed=frozenset({"contract_id", "work_id"}))


class ContractOfWork(NamedTuple):
    """That a contract is there, and which work it is for."""

    id: int
    work_id: int


_TERRITORY = cells.matching(r"\*|WORLD|ROW|[A-Z]{2}(-[A-Z0-9]{2,3})?", "territory codes such as GB;GB-SCT, or WORLD, ROW, *")
_LANGUAGE = cells.matching(r"\*|[a-z]{3}", "language codes such as eng;fre, or *")
_FORMAT = cells.matching("|".join([r"\*", *RightsFormat]), f"formats, * or some of {', '.join(RightsFormat)}")


def rights_deals(rows: Rows) -> Iterator[RightsDeal | Finding]:
    """One deal a row; no deal twice."""
    check = unique_key("deal_id")
    return read_rows(rows, lambda row: [_deal(row, check(row))])


def head_grants(rows: Rows) -> Iterator[HeadGrant | Finding]:
    """One grant a row; no grant twice."""
    check = unique_key("grant_id")
    return read_rows(rows, lambda row: [_grant(row, check(row))])


def team(rows: Rows) -> Iterator[TeamMember | Finding]:
    """One person in one role of one work a row."""
    return read_rows(rows, lambda row: [_member(row)])


def contracts(rows: Rows) -> Iterator[ContractOfWork | Finding]:
    """One contract of one work a row."""
    return read_rows(rows, lambda row: [ContractOfWork(row.need("contract_id", cells.key), row.need("work_id", cells.key))])


def _deal(row: ReportRow, deal_id: int | None) -> RightsDeal:
    if deal_id is None:
        raise row.unfit("deal_id", "an id")
    reach, sell_off = _reach(row, "deal"), row.get("sell_off_until", cells.day)
    if reach["expires_on"] and sell_off and sell_off < reach["expires_on"]:
        raise row.unfit("sell_off_until", f"a day not before {reach['expires_on']}, when the deal expires")
    renewal_of = row.get("renewal_of", cells.key)
    if renewal_of == deal_id:
        raise row.unfit("renewal_of", "the id of another deal")
    return RightsDeal(
        **reach,
        id=deal_id,
        isbns=row.get("isbns", cells.listed(cells.isbn13)),
        contract_id=row.get("contract_id", cells.key),
        licensee_id=row.need("licensee_id", cells.key),
        sell_off_until=sell_off,
        status=DealStatus(row.need("status", cells.word(row.words("status")))),
        signed_on=row.get("signed_on", cells.day),
        terminated_on=row.get("terminated_on", cells.day),
        contact_id=row.get("contact_id", cells.key),
        renewal_of=renewal_of,
    )


def _grant(row: ReportRow, grant_id: int | None) -> HeadGrant:
    if grant_id is None:
        raise row.unfit("grant_id", "an id")
    if row.get("isbns", cells.text):  # a grant has no place for them, and to leave them out would give more than was granted
        raise row.unfit("isbns", "nothing: a grant is for all products of its work")
    return HeadGrant(**_reach(row, "grant"), id=grant_id, contract_id=row.need("contract_id", cells.key))


def _reach(row: ReportRow, kind: str) -> dict[str, Any]:
    """What grants and licences have in common."""
    starts, expires = _term(row, "expires_on", kind)
    return {
        "work_id": row.need("work_id", cells.key),
        "rights_type": row.need("rights_type", cells.text),
        "is_exclusive": row.get("exclusive", cells.word(cells.YES_OR_NO)),
        "territories": _several(row, "territories", _TERRITORY),
        "excluded_territories": _several(row, "excluded_territories", _TERRITORY),
        "languages": _several(row, "languages", _LANGUAGE),
        "formats": _several(row, "formats", _FORMAT),
        "channels": _several(row, "channels", cells.text),
        "starts_on": starts,
        "expires_on": expires,
        "origin": row.origin,
    }


def _term(row: ReportRow, end: str, kind: str) -> tuple[date | None, date | None]:
    """First and last day."""
    starts, ends = row.get("starts_on", cells.day), row.get(end, cells.day)
    if starts and ends and ends < starts:
        raise row.unfit(end, f"a day not before {starts}, when the {kind} starts")
    return starts, ends


def _several(row: ReportRow, field: str, read: Read[str]) -> tuple[str, ...] | None:
    """A list of codes; `*` stands alone. Blank is None: not recorded."""
    found = row.get(field, cells.listed(read))
    if found and "*" in found and len(found) > 1:
        raise row.unfit(field, "* alone, or a list without it")
    return found


def _member(row: ReportRow) -> TeamMember:
    starts, ends = _term(row, "ends_on", "role")
    return TeamMember(
        work_id=row.need("work_id", cells.key),
        role=TeamRole(row.need("role", cells.word(row.words("role")))),
        contact_id=row.need("contact_id", cells.key),
        manager_id=row.get("manager_id", cells.key),
        starts_on=starts,
        ends_on=ends,
        origin=row.origin,
    )
