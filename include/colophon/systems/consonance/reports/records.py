"""Rows of sales, payments, statements and to-dos -> our records (contract section 8)."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from colophon.domain.countries import is_country
from colophon.domain.finding import Finding
from colophon.domain.money import exact_amount, minor_digits
from colophon.domain.payment import Payment
from colophon.domain.rights_receipt import RightsReceipt
from colophon.domain.sale import Sale
from colophon.domain.todo import Todo, TodoStatus
from colophon.domain.vendor_statement import VendorStatement
from colophon.errors import BadRecordError
from colophon.systems.consonance.reports import cells
from colophon.systems.consonance.reports.cells import Read
from colophon.systems.consonance.reports.layouts import SheetSpec
from colophon.systems.consonance.reports.rows import ReportRow, Rows, amount, contract_of, product_of, read_rows, unique_key

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
PAYMENTS = SheetSpec(
    needed=frozenset({"contact_id", "contract_id", "paid_on", "amount", "currency"}),
    optional=frozenset({"payment_id", "product_id", "external_reference"}),
    private=frozenset({"amount"}),
)
_TAKEN_OFF = ("foreign_tax", "bank_charges", "subagent_commission")
RECEIPTS = SheetSpec(
    needed=frozenset({"receipt_id", "contract_id", "rights_type", "received_on", "amount", "currency"}),
    optional=frozenset({"licensee_id", *_TAKEN_OFF}),
    private=frozenset({"amount", *_TAKEN_OFF}),
)
_BALANCES = ("opening_balance", "earnings", "reserve_withheld", "reserve_released", "payment_due", "closing_balance")
STATEMENTS = SheetSpec(
    needed=frozenset(
        [
            "statement_id",
            "batch",
            "run_id",
            "status",
            "number",
            "contact_id",
            "contract_id",
            "period_from",
            "period_to",
            "currency",
            *_BALANCES,
        ]
    ),
    private=frozenset(_BALANCES),
)
TODOS = SheetSpec(
    needed=frozenset(
        ["todo_id", "work_id", "description", "assignee_id", "due_on", "completed_on", "completed_by_id", "blocked_by", "tags"]
    ),
    optional=frozenset({"status", "completed_at", "revision", "updated_at"}),
)
_STATUS = {status.capitalize(): status for status in TodoStatus}

_PRODUCT_KEYS: Mapping[str, tuple[str, Read[Any]]] = {
    "ISBN": ("isbn13", cells.isbn13),
    "ASIN": ("asin", cells.asin),
    "Internal reference": ("internal_reference", cells.text),
    "Consonance ID": ("product_id", cells.key),
}


def sales(rows: Rows, currency: str) -> Iterator[Sale | Finding]:
    """One record for a sale and one for a return; a row may hold both. List price and values are in `currency`."""
    return read_rows(rows, lambda row: _sales(row, currency), product_of)


def payments(rows: Rows) -> Iterator[Payment | Finding]:
    """One payment a row; none twice, where the file has ids."""
    check = unique_key("payment_id")
    return read_rows(rows, lambda row: [_payment(row, check(row))], contract_of)


def receipts(rows: Rows) -> Iterator[RightsReceipt | Finding]:
    """One receipt a row; none twice."""
    check = unique_key("receipt_id")
    return read_rows(rows, lambda row: [_receipt(row, check(row))], contract_of)


def statements(rows: Rows) -> Iterator[VendorStatement | Finding]:
    """One statement a row; none twice."""
    check = unique_key("statement_id")
    return read_rows(rows, lambda row: [_statement(row, check(row))])


def todos(rows: Rows) -> Iterator[Todo | Finding]:
    """One to-do a row, or one of its revisions; none twice. Milestones are not looked up here."""
    known: set[tuple[int, int | None]] = set()

    def read(row: ReportRow) -> Iterator[Todo]:
        found = row.need("todo_id", cells.key), row.get("revision", cells.key)
        if found in known:
            raise row.unfit("todo_id", "an id that no row above has, or another revision of it")
        known.add(found)
        yield _todo(row, *found)

    return read_rows(rows, read)


def _sales(row: ReportRow, currency: str) -> Iterator[Sale]:
    name, read = row.need("product_id_type", cells.word(_PRODUCT_KEYS))
    shared: dict[str, Any] = {
        name: row.need("product_id", read),
        "channel_id": row.need("channel_id", cells.key),
        "sold_on": row.need("sold_on", cells.day),
        "list_price": amount(row, "list_price", currency, cells.positive),
        "source": row.need("source", cells.text),
        "currency": currency,
        "country": row.get("country", _country),
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


def _country(value: object) -> str:
    """A country of ISO 3166: `UK` is none.

    :raises BadRecordError: it is none.
    """
    code = cells.country(value)
    if not is_country(code):
        raise BadRecordError("a country of ISO 3166, such as GB")
    return code


def _receipt_value(row: ReportRow, field: str, currency: str) -> Decimal | None:
    """What came in: it may have two decimals more than the currency, for shops pay parts of a penny.

    :raises BadRecordError: it has still more.
    """
    found = row.get(field, cells.positive)
    most = minor_digits(currency) + 2
    if found is not None and found != round(found, most):
        raise row.unfit(field, f"at most {most} decimals for {currency}")
    return None if found is None else exact_amount(found, currency) or found


def _half(row: ReportRow, part: str, currency: str, original: str | None) -> dict[str, Any] | None:
    """Quantity and values of the sale or the return in a row; None where the row has none."""
    quantity = row.get(f"{part}_quantity", cells.whole)
    value = _receipt_value(row, f"{part}_value", currency)
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


def _receipt(row: ReportRow, receipt_id: int | None) -> RightsReceipt:
    currency = row.need("currency", cells.currency)
    received = amount(row, "amount", currency, cells.positive)
    taken_off = {field: amount(row, field, currency, cells.positive) or Decimal(0) for field in _TAKEN_OFF}
    if receipt_id is None or received is None:
        raise row.unfit("receipt_id" if receipt_id is None else "amount", "a value")
    return RightsReceipt(
        id=receipt_id,
        contract_id=row.need("contract_id", cells.key),
        rights_type=row.need("rights_type", cells.text),
        licensee_id=row.get("licensee_id", cells.key),
        received_on=row.need("received_on", cells.day),
        amount=received,
        currency=currency,
        foreign_tax=taken_off["foreign_tax"],
        bank_charges=taken_off["bank_charges"],
        subagent_commission=taken_off["subagent_commission"],
        origin=row.origin,
    )


def _statement(row: ReportRow, statement_id: int | None) -> VendorStatement:
    currency = row.need("currency", cells.currency)
    balances = {field: amount(row, field, currency, cells.number) for field in _BALANCES}
    starts, ends = row.need("period_from", cells.day), row.need("period_to", cells.day)
    if missing := next((field for field, value in balances.items() if value is None), None if statement_id else "statement_id"):
        raise row.unfit(missing, "a value")
    if ends < starts:
        raise row.unfit("period_to", f"a day not before {starts}, when the period starts")
    return VendorStatement(
        id=statement_id,
        batch=row.need("batch", cells.text),
        run_id=row.need("run_id", cells.key),
        status=row.need("status", cells.text).upper(),
        number=row.need("number", cells.key),
        payee_id=row.need("contact_id", cells.key),
        contract_id=row.need("contract_id", cells.key),
        period_from=starts,
        period_to=ends,
        currency=currency,
        origin=row.origin,
        **balances,  # type: ignore[arg-type]  # none is None by now
    )


def _todo(row: ReportRow, todo_id: int, revision: int | None) -> Todo:
    completed_on, completed_at = row.get("completed_on", cells.day), row.get("completed_at", cells.moment)
    is_done = bool(completed_on or completed_at)
    status = row.get("status", cells.word(_STATUS)) or (TodoStatus.DONE if is_done else TodoStatus.OPEN)
    if status is TodoStatus.OPEN and is_done:
        raise row.unfit("status", "Done, or no day of completion")
    return Todo(
        id=todo_id,
        revision=revision,
        updated_at=row.get("updated_at", cells.moment),
        work_id=row.need("work_id", cells.key),
        description=row.need("description", cells.text),
        assignee_id=row.get("assignee_id", cells.key),
        due_on=row.get("due_on", cells.day),
        completed_on=completed_on,
        completed_at=completed_at,
        completed_by_id=row.get("completed_by_id", cells.key),
        status=status,
        blocked_by=row.get("blocked_by", cells.listed(cells.key)) or (),
        tags=row.get("tags", cells.listed(cells.text)) or (),
        origin=row.origin,
    )
