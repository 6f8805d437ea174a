"""A statement as people read it: texts in reading order, for the web page and the paper alike."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from colophon.royalties.policy import Basis
from colophon.royalties.rounding import BPS
from colophon.royalties.row import SALES
from colophon.royalties.statement.ledgers import Headline, Ledger, headline, reserves_and_advances, way_to_payment
from colophon.royalties.statement.payload import Edition, SalesRow, Statement, Sublicence
from colophon.royalties.statement.wording import PART_OF_A_BUNDLE, amount, count, day, fine, money, percent, printable

KINDS = {
    SALES: "",
    "RERATED": "earlier sales, at the new rate",
    "LIMITED": "returned beyond what such sales had earned",
    "REVERSED": "reversal",
    "CORRECTED": "correction",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One statement row as eight texts; `note` says what else made it: currency, deductions, a correction."""

    channel: str
    territory: str
    of: str
    sold: str
    returned: str
    net: str
    rate: str
    earnings: str
    note: str


@dataclass(frozen=True, slots=True)
class Form:
    """One edition of a title; `sums` are labels and amounts below its rows, `remarks` what else is to say: thresholds, copies left out."""

    name: str
    detail: str
    rows: tuple[Row, ...]
    copies: str
    earnings: str
    sums: tuple[tuple[str, str], ...]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Title:
    """One title in its editions."""

    name: str
    forms: tuple[Form, ...]


@dataclass(frozen=True, slots=True)
class Licence:
    """One row of rights income."""

    type: str
    licensee: str
    income: str
    tax: str
    charges: str
    base: str
    share: str
    amount: str


@dataclass(frozen=True, slots=True)
class Page:
    """Everything on a statement, as text."""

    id: str
    currency: str
    payer: str
    payer_address: tuple[str, ...]
    contact: str
    payee: str
    payee_address: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    headline: Headline
    way: tuple[Ledger, ...]
    titles: tuple[Title, ...]
    licences: tuple[Licence, ...]
    has_territories: bool
    has_tax: bool
    has_charges: bool
    ledgers: tuple[Ledger, ...]
    notes: tuple[str, ...]
    compliance: tuple[str, ...]
    trail: tuple[tuple[str, str], ...]


def page_of(statement: Statement, compliance: Sequence[str] = ()) -> Page:
    """The texts of a statement, with the compliance texts of the payee's group."""
    payer, payee = statement.payer, statement.payee
    return Page(
        id=printable(statement.id),
        currency=statement.currency,
        payer=printable(payer.name),
        payer_address=tuple(printable(line) for line in payer.address),
        contact=printable(payer.contact),
        payee=printable(payee.name),
        payee_address=tuple(printable(line) for line in payee.address),
        facts=tuple(_facts(statement)),
        headline=headline(statement),
        way=way_to_payment(statement),
        titles=tuple(_titles(statement)),
        licences=tuple(_licence(one, statement.currency) for one in statement.sublicences),
        has_territories=any(row.territory != "ALL" for edition in statement.editions for row in edition.rows),
        has_tax=any(one.foreign_tax for one in statement.sublicences),
        has_charges=any(one.bank_charges for one in statement.sublicences),
        ledgers=reserves_and_advances(statement),
        notes=tuple(_notes(statement)),
        compliance=tuple(printable(text) for text in compliance),
        trail=(
            ("Statement", printable(statement.id)),
            ("Content", statement.content_hash),
            ("Policy", statement.policy_id),
            *((("Software", statement.software),) if statement.software else ()),
        ),
    )


def _facts(statement: Statement) -> Iterator[tuple[str, str]]:
    period, payee, first = statement.period, statement.payee, statement.agreements
    yield "Period", f"{day(period.starts_on)} to {day(period.ends_on)}"
    yield "Issued", day(statement.issued_on)
    yield "Statement", f"No. {statement.number}"
    yield "Payment", f"by {day(pay_on)}" if (pay_on := statement.remittance.pay_on) else ""
    yield "Contracts" if len(first) > 1 else "Contract", "; ".join(printable(one.name) or str(one.contract_id) for one in first)
    yield "Imprint", ", ".join(sorted({printable(one.imprint) for one in first if one.imprint}))
    yield "Territory", ", ".join(sorted({_territory(one.territory) for one in first if one.territory}))
    yield "Currency", statement.currency
    yield "Payee number", str(payee.id)
    yield "Tax number", printable(payee.tax_id or "")
    yield "Tax status", printable(payee.tax_words or payee.tax_status or "")


def _territory(text: str) -> str:
    return "World" if text == "WORLD" else printable(text)


def _titles(statement: Statement) -> Iterator[Title]:
    by_contract = {one.contract_id: one.title for one in statement.agreements}
    named = [
        (printable(one.title or by_contract.get(one.contract_id, "")) or f"Product {one.product_id}", one) for one in statement.editions
    ]
    for name, group in groupby(sorted(named, key=lambda pair: (pair[1].contract_id, pair[0])), key=lambda pair: pair[0]):
        yield Title(name, tuple(_form(edition, statement.currency) for _, edition in group))


def _form(edition: Edition, currency: str) -> Form:
    told = [
        f"ISBN {edition.isbn}" if edition.isbn else "",
        f"published {day(edition.published_on)}" if edition.published_on else "",
        "" if edition.units_to_start is None else f"{count(edition.units_to_start)} copies before",
        "" if edition.units_to_date is None else f"{count(edition.units_to_date)} to date",
        "" if edition.earned_to_date is None else f"{money(edition.earned_to_date, currency)} earned since publication",
    ]
    possible = (("Withheld as a reserve", -edition.withheld), ("Released from reserves", edition.released))
    return Form(
        name=printable(edition.form) or f"Product {edition.product_id}",
        detail=" · ".join(filter(None, told)),
        rows=tuple(_row(one, currency) for one in edition.rows),
        copies=count(edition.units),
        earnings=amount(edition.earnings, currency),
        sums=tuple((label, amount(minor, currency)) for label, minor in possible if minor),
        remarks=tuple(_remarks(edition)),
    )


def _remarks(edition: Edition) -> Iterator[str]:
    yield from (f"Rate: {text}." for text in edition.thresholds)
    for one in edition.left_out:
        yield f"{count(one.copies)} {'copy' if abs(one.copies) == 1 else 'copies'} without royalty: {printable(one.words)}."
    if edition.made:
        told = [f"{printable(one.words)} {count(one.copies)}" for one in edition.made]
        sold = "" if edition.units_to_date is None else f", sold to date {count(edition.units_to_date)}"
        yield f"Copies: {', '.join(told)}{sold}."


def _row(row: SalesRow, currency: str) -> Row:
    foreign = row.sale_currency != currency
    return Row(
        channel=printable(row.channel) or "All channels",
        territory="" if row.territory == "ALL" else printable(row.territory),
        of=_of(row, foreign=foreign),
        sold=count(row.sold),
        returned=count(-row.returned) if row.returned else "",
        net=count(row.units),
        rate=money(row.rate // 1_000_000, row.sale_currency) if row.basis == Basis.FIXED.value else percent(row.rate),
        earnings=amount(row.earnings, currency),
        note="; ".join(_row_notes(row)),
    )


def _of(row: SalesRow, *, foreign: bool) -> str:
    write = money if foreign else amount
    if row.basis == Basis.LIST.value:
        return write(row.price or 0, row.sale_currency)
    if row.basis != Basis.NET.value:
        return "per copy"
    if row.receipts_rest:
        return f"net {f'{row.sale_currency} ' if foreign else ''}{fine(row.receipts or 0, row.receipts_rest, row.sale_currency)}"
    return f"net {write(row.receipts or 0, row.sale_currency)}"


def _row_notes(row: SalesRow) -> Iterator[str]:
    if KINDS.get(row.kind, row.kind):
        yield KINDS.get(row.kind, row.kind) + (f" of statement {printable(row.corrects)}" if row.corrects else "")
    if row.reason:
        yield printable(row.reason)
    if row.keep != BPS and PART_OF_A_BUNDLE not in row.reason:
        yield f"after deductions of {percent((BPS - row.keep) * 100)}"
    if row.fx is not None:
        rate = f"{row.fx.rate_e8 / 100_000_000:.8f}".rstrip("0")
        yield f"{money(row.fx.amount or 0, row.sale_currency)} at {rate}, {day(row.fx.on)}, {printable(row.fx.source)}"


def _licence(one: Sublicence, currency: str) -> Licence:
    return Licence(
        type=printable(one.type),
        licensee=printable(one.sublicensee or ""),
        income=amount(one.income, currency),
        tax=amount(-one.foreign_tax, currency) if one.foreign_tax else "",
        charges=amount(-one.bank_charges, currency) if one.bank_charges else "",
        base=amount(one.base, currency),
        share=percent(one.share),
        amount=amount(one.amount, currency),
    )


def _notes(statement: Statement) -> Iterator[str]:
    rows = [row for edition in statement.editions for row in edition.rows]
    yield from _basis_notes(rows)
    if any(row.returned for row in rows):
        yield "Returned copies are taken back at the rate of the row that they stand in."
    if any(one.income != one.base for one in statement.sublicences):
        yield "Rights income is shared after foreign tax and bank charges."
    if statement.joint is not None:
        yield "All contracts of a joint account earn out its advance together before anything is shared."
    yield from (printable(note) for note in statement.remittance.notes)


def _basis_notes(rows: Iterable[SalesRow]) -> Iterator[str]:
    bases = {row.basis for row in rows}
    if Basis.LIST.value in bases:
        yield "Earnings on a price are net copies x price x rate, rounded once for each row."
    if Basis.NET.value in bases:
        yield "Earnings on receipts (net) are what we received x rate, rounded once for each row."
