"""The sandbox's records as report files with the columns of contract section 8, and as an iCalendar feed."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from werkzeug.wrappers import Response

from colophon_sandbox.systems.consonance import audience_files, contact_fields
from colophon_sandbox.systems.consonance.ical import feed
from colophon_sandbox.systems.consonance.records import AUDIENCES, Records, Row
from colophon_sandbox.systems.consonance.sheets import Cell, Table, as_csv, as_workbook

CALENDAR = "todos.ics"
ROYALTIES = "contract_royalties.xlsx"
FORMATS = ("csv", "xlsx")
_MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "ics": "text/calendar; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def content(records: Records, name: str, form: str) -> bytes | None:
    """The bytes of a file by its name; None where there is none of that name. `form` is the one of all plain lists."""
    if name == CALENDAR:
        return feed(list(records.table("todos").values()))
    if name == ROYALTIES:
        return as_workbook(_royalties(records))
    list_name, _, ending = name.partition(".")
    if ending != form:
        return None
    if list_name in AUDIENCES and records.table(list_name):
        table = audience_files.table(records, list_name)
    elif list_name in _LISTS:
        table = _LISTS[list_name](records)
    else:
        return None
    return as_csv(table) if form == "csv" else as_workbook({list_name: table})


def names(records: Records, form: str) -> list[str]:
    """All files that there are; an audience that nobody keeps has none."""
    kept = [name for name in AUDIENCES if records.table(name)]
    return [CALENDAR, ROYALTIES, *(f"{name}.{form}" for name in (*_LISTS, *kept))]


def write_reports(records: Records, folder: Path, form: str = "csv") -> list[Path]:
    """All files into a folder, which is made where it is not there. ValueError for a format that there is not."""
    if form not in FORMATS:
        raise ValueError(f"the format must be one of {', '.join(FORMATS)}")
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name in names(records, form):
        (folder / name).write_bytes(content(records, name, form) or b"")
        written.append(folder / name)
    return written


def made_at(now: datetime, days_ago: int = 0) -> datetime:
    """When the reports that there are at `now` were made: at four in the morning, of that day or of one before."""
    today = now.replace(hour=4, minute=0, second=0, microsecond=0)
    return today - timedelta(days=days_ago + (now < today))


def as_answer(body: bytes, name: str, made: datetime) -> Response:
    """A file as a server gives it."""
    answer = Response(body, content_type=_MEDIA_TYPES.get(name.rpartition(".")[2], "application/octet-stream"))
    answer.last_modified = made
    answer.set_etag(hashlib.sha256(body).hexdigest()[:32])
    return answer


def _sales(records: Records) -> Table:
    header = (
        "Product ID type", "Product ID", "Channel ID", "Sales date", "List price", "Source", "Sales quantity", "Sales value",
        "Return quantity", "Return value", "Country code", "Original currency", "Original sales value", "Original return value",
        "File", "Notes",
    )  # fmt: skip
    return [header, *map(_sale, _rows(records, "sales"))]


def _sale(row: Row) -> list[Cell]:
    figures: list[Cell] = [row["quantity"], _number(row.get("value"))]
    original = _number(row.get("originalValue"))
    sold, back = ([None, None], figures) if row["isReturn"] else (figures, [None, None])
    return [
        "ISBN" if row.get("isbn13") else "Consonance ID", row.get("isbn13") or row["productId"], row["channelId"], _day(row["salesDate"]),
        _number(row.get("listPrice")), row["source"], *sold, *back, row.get("countryCode"), row.get("originalCurrency"),
        None if row["isReturn"] else original, original if row["isReturn"] else None, row.get("file"), row.get("notes"),
    ]  # fmt: skip


def _deals(records: Records) -> Table:
    header = (
        "Deal ID", "Work ID", "ISBNs", "Contract ID", "Licensee contact ID", "Rights type", "Exclusive", "Territories",
        "Excluded territories", "Languages", "Formats", "Channels", "Starts on", "Expires on", "Sell-off until", "Deal stage", "Contact ID",
        "Renewal of", "Signed on", "Terminated on",
    )  # fmt: skip

    def cells(row: Row) -> list[Cell]:
        isbns = [records.table("products")[key].get("isbn13") for key in row.get("productIds") or ()]
        return [
            row["id"], row["workId"], _several(isbns), row.get("contractId"), row["licenseeId"], row["rightsType"], *_reach(row),
            _day(row.get("sellOffUntil")), row["status"].capitalize(), row.get("contactId"), row.get("renewalOf"), _day(row.get("signedDate")),
            _day(row.get("terminatedDate")),
        ]  # fmt: skip

    return [header, *map(cells, _rows(records, "rightsDeals"))]


def _grants(records: Records) -> Table:
    header = (
        "Deal ID", "Work ID", "ISBNs", "Contract ID", "Rights type", "Exclusive", "Territories", "Excluded territories", "Languages",
        "Formats", "Channels", "Starts on", "Expires on", "Sell-off until", "Contact ID",
    )  # fmt: skip

    def cells(row: Row) -> list[Cell]:
        return [row["id"], row["workId"], None, row["contractId"], row["rightsType"], *_reach(row), None, None]

    return [header, *map(cells, _rows(records, "headGrants"))]


def _reach(row: Row) -> list[Cell]:
    """From `Exclusive` to `Expires on`."""
    exclusive, where = row.get("exclusive"), row.get("territories") or {}
    return [
        None if exclusive is None else "Yes" if exclusive else "No", _several(where.get("included")), _several(where.get("excluded")),
        _several(row.get("languages")), _several(row.get("formats")), _several(row.get("channels")), _day(row.get("startsOn")),
        _day(row.get("expiresOn")),
    ]  # fmt: skip


def _team(records: Records) -> Table:
    rows = _rows(records, "teamMembers")
    words = [row["role"].replace("_", " ").capitalize() for row in rows]
    cells = [
        [row["workId"], word, row["contactId"], row.get("managerId"), _day(row.get("startsOn")), _day(row.get("endsOn"))]
        for row, word in zip(rows, words, strict=True)
    ]
    return [("Work ID", "Role", "Contact ID", "Manager contact ID", "Starts on", "Ends on"), *cells]


def _contracts(records: Records) -> Table:
    return [("Contract ID", "Work ID"), *([row["id"], row.get("workId")] for row in _rows(records, "contracts"))]


def _payments(records: Records) -> Table:
    header = ("Payment ID", "Contact ID", "Contract ID", "Product ID", "Paid on", "Amount", "Currency code", "External reference")

    def cells(row: Row) -> list[Cell]:
        paid = _day(row["paidOn"]), _number(row["amount"])
        return [
            row["id"],
            row["contactId"],
            row["contractId"],
            row.get("productId"),
            *paid,
            row["currencyCode"],
            row.get("externalReference"),
        ]

    return [header, *map(cells, _rows(records, "payments"))]


def _receipts(records: Records) -> Table:
    header = (
        "Receipt ID", "Contract ID", "Rights type", "Licensee contact ID", "Received on", "Amount", "Currency code", "Foreign tax",
        "Bank charges", "Sub-agent commission",
    )  # fmt: skip

    def cells(row: Row) -> list[Cell]:
        taken_off = [_number(row.get(name)) for name in ("foreignTax", "bankCharges", "subagentCommission")]
        what = [row["id"], row["contractId"], row["rightType"], row.get("licenseeId"), _day(row["receivedOn"])]
        return [*what, _number(row["amount"]), row["currencyCode"], *taken_off]

    return [header, *map(cells, _rows(records, "rightsReceipts"))]


def _todos(records: Records) -> Table:
    header = (
        "Todo ID", "Work ID", "Description", "Assignee contact ID", "Due on", "Completed on", "Completed by contact ID", "Blocked by", "Tags",
        "Status", "Completed at", "Revision", "Updated at",
    )  # fmt: skip

    def cells(row: Row) -> list[Cell]:
        completed = _day(row.get("completedOn")), row.get("completedById")
        more = [_several(row.get("blockedBy")), _several(row.get("tags")), row["status"].capitalize()]
        more += [row.get("completedAt"), row["revision"], row["updatedAt"]]
        return [row["id"], row["workId"], row["description"], row.get("assigneeId"), _day(row.get("dueOn")), *completed, *more]

    return [header, *map(cells, _rows(records, "todos"))]


_LISTS: Mapping[str, Callable[[Records], Table]] = {
    "sales": _sales, "rights_deals": _deals, "head_grants": _grants, "team": _team, "payments": _payments,
    "rights_receipts": _receipts, "todos": _todos, "contracts": _contracts,
    "contacts": contact_fields.table,
}  # fmt: skip

_KINDS = {"UNIT": "Unit", "DATE": "Date", "DISCOUNT": "Discount", "SALE_VALUE": "Sale value"}
_BASES = {"NET": "Net", "LIST": "Retail"}


def _royalties(records: Records) -> dict[str, Table]:
    """The four sheets."""
    rate = (
        "Contract ID",
        "Product ID",
        "Total Paid Across All Payees %",
        "Net/Retail",
        *(f"{kind} escalators" for kind in _KINDS.values()),
        "Guaranteed minimum",
        "Guaranteed maximum",
    )
    payee = (
        "Contract ID", "Product ID", "Contact ID", "Share %", "Advance amount", "Advance trigger", "Advance paid date",
        "Reserve % by statement", "Past payment total", "Opening balance", "Agent contact ID", "Commission %",
        "Joint advance", "Account set", "Next statement number", "Minimum payment", "Statement months", "Reserve base", "Reserve formats",
        "Reserve released after statements",
    )  # fmt: skip
    sheets: dict[str, list[Any]] = {
        "Product rates": [rate],
        "Masterchannel rates": [(*rate, "Masterchannel")],
        "Channel rates": [(*rate, "Channel ID")],
        "Royalty payees": [payee],
    }
    for terms in _rows(records, "royaltyTerms"):
        for one in terms["rates"]:
            sheet, cells = _rate(records, terms["contractId"], one)
            sheets[sheet].extend(cells)
        sheets["Royalty payees"].extend(_payees(terms))
    return {**sheets}


def _rate(records: Records, contract_id: int, rate: Row) -> tuple[str, list[list[Cell]]]:
    """Sheet and rows of a rate; one for all of the work is a row for each product."""
    agreed = [_number(rate.get(f"guaranteed{word}")) for word in ("Minimum", "Maximum")]
    more = [_number(rate["ratePercent"]), _BASES[rate["priceBasis"]], *(_steps(rate["escalators"], kind) for kind in _KINDS), *agreed]
    level = rate["level"]
    if level == "WORK":
        work_id = records.table("contracts")[contract_id]["workId"]
        return "Product rates", [[contract_id, product["id"], *more] for product in records.products_of(work_id)]
    if level == "PRODUCT":
        return "Product rates", [[contract_id, rate["productId"], *more]]
    own = rate["masterchannel"] if level == "MASTERCHANNEL" else rate["channelId"]
    return f"{level.capitalize()} rates", [[contract_id, rate.get("productId"), *more, own]]


def _payees(terms: Row) -> Iterator[list[Cell]]:
    """A row for each payee, and one more for each further instalment of an advance; one of all together stands with the first payee."""
    advances = defaultdict(list)
    for advance in terms.get("advances") or ():
        cells = [_number(advance["amount"]), advance["trigger"], _day(advance.get("paidOn"))]
        whose = terms["splits"][0] if advance["joint"] else advance
        advances[whose["payee"]["id"]].append((cells, "Yes" if advance["joint"] else None))
    reserves = ";".join(f"{reserve['statementFrom']}:{reserve['ratePercent']}" for reserve in terms.get("reserves") or ()) or None
    reserve: Row = next(iter(terms.get("reserves") or ()), {})
    formats = ";".join(reserve.get("formats") or ()) or None
    months = ";".join(map(str, terms.get("statementMonths") or ())) or None
    of_contract = (
        terms.get("contractSet"), terms["statementNumber"], _number(terms.get("minimumPayment")), months, reserve.get("base"), formats,
        reserve.get("releaseAfterStatements"),
    )  # fmt: skip
    for split in terms["splits"]:
        whose = [terms["contractId"], split.get("productId"), split["payee"]["id"]]
        (first, is_joint), *others = advances.pop(split["payee"]["id"], []) or [([None, None, None], None)]
        agent = (split.get("agent") or {}).get("id")
        owed = None, _number(split.get("openingBalance")), agent, _number(split.get("commissionPercent"))
        yield [*whose, _number(split["sharePercent"]), *first, reserves, *owed, is_joint, *of_contract]
        for other, is_other_joint in others:
            yield [*whose, None, *other, None, None, None, None, None, is_other_joint, *(None for _ in of_contract)]


def _steps(escalators: Iterable[Row], kind: str) -> str | None:
    found = [f"{e.get('from') or e.get('fromDate')}:{e['ratePercent']}" for e in escalators if e["kind"] == kind]
    return ";".join(found) or None


def _rows(records: Records, name: str) -> list[Row]:
    return [row for _, row in sorted(records.table(name).items())]


def _several(values: Iterable[Any] | None) -> str | None:
    return ";".join(str(value) for value in values or () if value is not None) or None


def _number(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None
