"""The finding that a record cannot be read (rule G7): that record is an exception, the others go on."""

from collections.abc import Callable
from typing import TypeVar

from colophon.domain.finding import Finding, Severity
from colophon.domain.storable import storable
from colophon.errors import BadRecordError
from colophon.systems.consonance.graphql.wire import KIND_WORDS, Row, child, isbn_of, text, whole, within

R = TypeVar("R")

RULE = "G7"

# Members that hold personal data: a finding tells what kind of value it found there, never the value.
_PERSONAL = {"contributions", "emails", "phones", "addresses", "name", "isni", "inhouseCustomerId", "inhouseSupplierId"}
_MONEY = {"sale", "royalty_terms", "payment"}


def read_or_report(kind: str, row: Row, make: Callable[[Row], R]) -> R | Finding:
    """What `make` makes of the record, or the finding that it cannot be read; `kind` is the word for it, such as "product"."""
    try:
        return make(row)
    except BadRecordError as fault:
        return _finding(kind, row, fault.subject, fault.evidence, fault.sentence)


def _finding(kind: str, row: Row, member: str, found: str, expected: str) -> Finding:
    is_personal = member.partition("[")[0].partition(".")[0] in _PERSONAL
    return Finding(
        subject=_subject(kind, row),
        rule=RULE,
        severity=Severity.ERROR,
        field=member,
        found="a value that is not shown here" if is_personal and found not in KIND_WORDS else found,
        expected=expected,
        remedy=f"Correct {member} of {kind} {_id(row)} in Consonance; it is read again when it changes.",
        owner="operations",
        imprint=_imprint(row),
        about=_about(kind, row),
    )


def _subject(kind: str, row: Row) -> str:
    """As the record would name itself; by its id where even the ISBN is unreadable."""
    try:
        isbn = within(row, "isbn", lambda isbn: isbn_of(isbn, "isbn13")) if kind == "product" else None
    except BadRecordError:
        isbn = None
    return f"isbn:{isbn}" if isbn else f"{kind}:{_id(row)}"


def _id(row: Row) -> str:
    return storable(str(row.get("id")))


def _about(kind: str, row: Row) -> str:
    """What the record is of: its work; of money, the product that was sold, with the run that has royaltied it, or the contract."""
    work_id = _child_id(row, "work")
    if work_id is not None or kind not in _MONEY:
        return "" if work_id is None else f"work:{work_id}"
    if kind == "sale":
        product_id, run_id = _plain(row, "productId"), _plain(row, "royaltyRunId")
        sold = f"product:{product_id}" if product_id is not None else _about_isbn(row)
        return f"{sold} run:{run_id}" if sold and run_id is not None else sold
    contract_id = _child_id(row, "contract") or _plain(row, "contractId")
    contract_set = row.get("contractSet")
    return "" if contract_id is None else about_contract(contract_id, contract_set if isinstance(contract_set, str) else None)


def _about_isbn(row: Row) -> str:
    try:
        isbn = isbn_of(row, "isbn13")
    except BadRecordError:
        return ""
    return f"isbn:{isbn}" if isbn else ""


def about_contract(contract_id: int, contract_set: str | None) -> str:
    """How a finding names the contract that it is about, and the account that it shares with others."""
    return f"contract:{contract_id}{f' set:{contract_set}' if contract_set else ''}"


def _child_id(row: Row, member: str) -> int | None:
    try:
        return whole(child(row, member), "id")
    except BadRecordError:
        return None


def _plain(row: Row, member: str) -> int | None:
    try:
        return whole(row, member)
    except BadRecordError:
        return None


def _imprint(row: Row) -> str:
    try:
        return text(child(child(row, "work"), "imprint"), "name") or ""
    except BadRecordError:
        return ""
