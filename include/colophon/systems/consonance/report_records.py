"""Rows of sales, rights deals, payments and to-dos -> our records (contract section 8)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from colophon.domain.finding import Finding
from colophon.domain.payment import Payment
from colophon.domain.rights_deal import DealStatus, RightsDeal, RightsFormat
from colophon.domain.sale import Sale
from colophon.domain.todo import Todo, TodoStatus
from colophon.systems.consonance import cells
from colophon.systems.consonance.cells import Read
from colophon.systems.consonance.report_layouts import SheetSpec
from colophon.systems.consonance.report_rows import ReportRow, amount, read_rows

Rows = Iterable[ReportRow | Finding]

SALES = SheetSpec(
    needed=frozenset(
        [
            "product_id_type",
            "product_id",
            "channel_id",
            "sold_on",
            "list_price",
            "source",
            "sales_quantity",
            "sales_value",
            "return_quantity",
            "return_value",
            "country",
            "original_currency",
            "original_sales_value",
            "original_return_value",
        ]
    ),
    optional=frozenset({"file", "notes"}),
)
RIGHTS_DEALS = SheetSpec(
    needed=frozenset(
        [
            "deal_id",
            "work_id",
            "isbns",
            "contract_id",
            "licensee_id",
            "rights_type",
            "exclusive",
            "territories",
            "excluded_territories",
            "languages",
            "formats",
            "channels",
            "starts_on",
            "expires_on",
            "sell_off_until",
            "status",
            "contact_id",
        ]
    ),
    words={"status": frozenset(DealStatus)},
)
PAYMENTS = SheetSpec(
    needed=frozenset({"contact_id", "contract_id", "paid_on", "amount", "currency"}),
    optional=frozenset({"payment_id", "product_id", "external_reference"}),
    private=frozenset({"amount"}),
)
TODOS = SheetSpec(
    needed=frozenset(
        ["todo_id", "work_id", "description", "assignee_id", "due_on", "completed_on", "completed_by_id", "blocked_by", "tags"]
    ),
)

_PRODUCT_KEYS: Mapping[str, tuple[str, Read[Any]]] = {
    "ISBN": ("isbn13", cells.isbn13),
    "ASIN": ("asin", cells.asin),
    "Internal reference": ("internal_reference", cells.text),
    "Consonance ID": ("product_id", cells.key),
}
_YES_OR_NO = {"Yes": True, "No": False}
_TERRITORY = cells.matching(r"\*|WORLD|ROW|[A-Z]{2}(-[A-Z0-9]{2,3})?", "territory codes such as GB;GB-SCT, or WORLD, ROW, *")
_LANGUAGE = cells.matching(r"\*|[a-z]{3}", "language codes such as eng;fre, or *")
_FORMAT = cells.matching("|".join([r"\*", *RightsFormat]), f"formats, * or some of {', '.join(RightsFormat)}")


def sales(rows: Rows, currency: str) -> Iterator[Sale | Finding]:
    """One record for a sale and one for a return; a row may hold both. List price and values are in `currency`."""
    return read_rows(rows, lambda row: _sales(row, currency))


def rights_deals(rows: Rows) -> Iterator[RightsDeal | Finding]:
    """One deal a row; no deal twice."""
    check = _unique("deal_id")
    return read_rows(rows, lambda row: [_deal(row, check(row))])


def payments(rows: Rows) -> Iterator[Payment | Finding]:
    """One payment a row; none twice, where the file has ids."""
    check = _unique("payment_id")
    return read_rows(rows, lambda row: [_payment(row, check(row))])


def todos(rows: Rows) -> Iterator[Todo | Finding]:
    """One to-do a row; none twice. Milestones are not looked up here."""
    check = _unique("todo_id")
    return read_rows(rows, lambda row: [_todo(row, check(row))])


def _sales(row: ReportRow, currency: str) -> Iterator[Sale]:
    name, read = row.need("product_id_type", cells.word(_PRODUCT_KEYS))
    shared: dict[str, Any] = {
        name: row.need("product_id", read),
        "channel_id": row.need("channel_id", cells.key),
        "sold_on": row.need("sold_on", cells.day),
        "list_price": amount(row, "list_price", currency, cells.positive),
        "source": row.need("source", cells.text),
        "currency": currency,
        "country": row.get("country", cells.country),
        "original_currency": row.get("original_currency", cells.currency),
        "file": row.get("file", cells.text),
        "notes": row.get("notes", cells.prose),
        "origin": row.origin,
    }
    halves = [half for part in ("sales", "return") if (half := _half(row, part, currency, shared["original_currency"]))]
    if not halves:
        raise row.unfit("sales_quantity", "a sale or a return")
    for half in halves:
        yield Sale(**shared, **half)


def _half(row: ReportRow, part: str, currency: str, original: str | None) -> dict[str, Any] | None:
    """Quantity and values of the sale or the return in a row; None where the row has none."""
    quantity = row.get(f"{part}_quantity", cells.whole)
    value = amount(row, f"{part}_value", currency, cells.positive)
    field = f"original_{part}_value"
    foreign = row.get(field, cells.positive)
    if foreign is not None and original is None:
        raise row.unfit("original_currency", "the currency of the original values")
    if foreign is not None and original is not None:
        foreign = amount(row, field, original, cells.positive)
    if quantity is None and (value or foreign):
        raise row.unfit(f"{part}_quantity", f"the quantity that the {part.removesuffix('s')} value is for")
    if not quantity and not value and not foreign:
        return None
    return {"is_return": part == "return", "quantity": quantity, "value": value, "original_value": foreign}


def _deal(row: ReportRow, deal_id: int | None) -> RightsDeal:
    if deal_id is None:
        raise row.unfit("deal_id", "an id")
    starts, expires, sell_off = (row.get(field, cells.day) for field in ("starts_on", "expires_on", "sell_off_until"))
    if starts and expires and expires < starts:
        raise row.unfit("expires_on", f"a day not before {starts}, when the deal starts")
    if expires and sell_off and sell_off < expires:
        raise row.unfit("sell_off_until", f"a day not before {expires}, when the deal expires")
    return RightsDeal(
        id=deal_id,
        work_id=row.need("work_id", cells.key),
        isbns=row.get("isbns", cells.listed(cells.isbn13)),
        contract_id=row.get("contract_id", cells.key),
        licensee_id=row.need("licensee_id", cells.key),
        rights_type=row.need("rights_type", cells.text),
        is_exclusive=row.get("exclusive", cells.word(_YES_OR_NO)),
        territories=_several(row, "territories", _TERRITORY),
        excluded_territories=_several(row, "excluded_territories", _TERRITORY),
        languages=_several(row, "languages", _LANGUAGE),
        formats=_several(row, "formats", _FORMAT),
        channels=_several(row, "channels", cells.text),
        starts_on=starts,
        expires_on=expires,
        sell_off_until=sell_off,
        status=DealStatus(row.need("status", cells.word(row.words("status")))),
        contact_id=row.get("contact_id", cells.key),
        origin=row.origin,
    )


def _several(row: ReportRow, field: str, read: Read[str]) -> tuple[str, ...] | None:
    """A list of codes; `*` stands alone. Blank is None: not recorded."""
    found = row.get(field, cells.listed(read))
    if found and "*" in found and len(found) > 1:
        raise row.unfit(field, "* alone, or a list without it")
    return found


def _payment(row: ReportRow, payment_id: int | None) -> Payment:
    currency = row.need("currency", cells.currency)
    paid = amount(row, "amount", currency, cells.positive)
    if paid is None:
        raise row.unfit("amount", "a value")
    return Payment(
        id=payment_id,
        contact_id=row.need("contact_id", cells.key),
        contract_id=row.need("contract_id", cells.key),
        product_id=row.get("product_id", cells.key),
        paid_on=row.need("paid_on", cells.day),
        amount=paid,
        currency=currency,
        external_reference=row.get("external_reference", cells.text),
        origin=row.origin,
    )


def _todo(row: ReportRow, todo_id: int | None) -> Todo:
    if todo_id is None:
        raise row.unfit("todo_id", "an id")
    completed = row.get("completed_on", cells.day)
    return Todo(
        id=todo_id,
        work_id=row.need("work_id", cells.key),
        description=row.need("description", cells.text),
        assignee_id=row.get("assignee_id", cells.key),
        due_on=row.get("due_on", cells.day),
        completed_on=completed,
        completed_by_id=row.get("completed_by_id", cells.key),
        status=TodoStatus.DONE if completed else TodoStatus.OPEN,
        blocked_by=row.get("blocked_by", cells.listed(cells.key)) or (),
        tags=row.get("tags", cells.listed(cells.text)) or (),
        origin=row.origin,
    )


def _unique(field: str) -> Callable[[ReportRow], int | None]:
    """Reads an id, and refuses one that a row above has."""
    known: set[int] = set()

    def read(row: ReportRow) -> int | None:
        found = row.get(field, cells.key)
        if found in known:
            raise row.unfit(field, "an id that no row above has")
        if found is not None:
            known.add(found)
        return found

    return read
