"""What licences brought in, from sales of a rights channel and from the report of receipts, account by account (P8)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from colophon.domain.rights_receipt import RightsReceipt
from colophon.domain.royalty_terms import RoyaltyTerms
from colophon.domain.sale import Sale
from colophon.errors import BadRecordError
from colophon.royalties.rights_income import Receipt
from colophon.royalties.row import line_hash
from colophon.royalties.sales_lines import content_of
from colophon.royalties.statement.period import Period
from colophon.royalties.whole_numbers import minor
from colophon.royalty_run.facts import ContractFact
from colophon.royalty_run.faults import NO_SHARE, OTHER_CURRENCY, RECEIVED_TWICE
from colophon.royalty_run.hashes import packed, unpacked
from colophon.royalty_run.instalments import AGAIN, COUNTED, HELD, identity, told_in
from colophon.royalty_run.kept import Entry, Past
from colophon.royalty_run.records import AccountInput, Suspense

RECEIPT = "receipt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A receipt as it came in; `is_earlier`: another run of the system of record has royaltied it, None: it does not say."""

    receipt: Receipt
    currency: str
    on: date
    is_earlier: bool | None = None
    licensee: str = ""

    @property
    def what(self) -> tuple[object, ...]:
        """What two entries of one receipt have in common."""
        return self.receipt.contract_id, self.receipt.rights_type, self.on, self.receipt.gross


@dataclass(slots=True)
class Receipts:
    """All receipts of a run up to its last day, by contract."""

    by_contract: dict[int, list[Received]] = field(default_factory=lambda: defaultdict(list))
    _equals: dict[int, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))

    def take_sale(self, sale: Sale, contract_id: int, rights_type: str, *, is_earlier: bool) -> None:
        """A line of a rights channel; a return gives money back.

        :raises BadRecordError: no value, or one with more decimals than its currency.
        """
        if sale.value is None:
            raise BadRecordError("A line of rights income has no value.", evidence="no value")
        gross = minor(sale.value, sale.currency) * (-1 if sale.is_return else 1)
        # Known by what it says, as a line of copies is: another export has other rows. Equal ones are told apart by counting them.
        said = content_of(sale, sale.product_id or 0, None, gross)
        equals = self._equals[said]
        equals.setdefault(sale.line_id, len(equals))
        name = f"licence:{said:016x}:{equals[sale.line_id]}:{contract_id}"
        receipt = Receipt(id=name, contract_id=contract_id, rights_type=rights_type, gross=gross)
        self.by_contract[contract_id].append(
            Received(receipt=receipt, currency=sale.currency, on=sale.sold_on, is_earlier=is_earlier, licensee=sale.source)
        )

    def take(self, one: RightsReceipt, licensee: str) -> None:
        """A row of the report."""
        amounts = (one.amount, one.foreign_tax, one.bank_charges, one.subagent_commission)
        gross, tax, charges, commission = (minor(amount, one.currency) for amount in amounts)
        receipt = Receipt(
            id=f"receipt:{one.id}", contract_id=one.contract_id, rights_type=one.rights_type, gross=gross, foreign_tax=tax,
            bank_charges=charges, subagent_commission=commission,
        )  # fmt: skip
        self.by_contract[one.contract_id].append(Received(receipt=receipt, currency=one.currency, on=one.received_on, licensee=licensee))

    def of(self, contracts: Iterable[int]) -> list[Received]:
        """Those of some contracts, in a fixed order."""
        found = (one for contract in contracts for one in self.by_contract.get(contract, []))
        return sorted(found, key=lambda one: (one.on, one.receipt.contract_id, -one.receipt.gross, one.receipt.id))


def with_receipts(
    account: AccountInput,
    joined: Sequence[RoyaltyTerms],
    received: Sequence[Received],
    facts: Mapping[int, ContractFact],
    period: Period,
    past: Past,
) -> AccountInput:
    """The account with what its licences brought in since it was last approved (D2); what came in before its first run here is not ours."""
    taken = set(unpacked(past.opening.taken)) if past.opening else set()
    approved = None if past.approved is None else set(unpacked(past.approved.taken))
    before = {line_hash(one.receipt.id) for one in received if not past.opening and _is_before_us(one, period)}
    fresh = [one for one in received if (key := line_hash(one.receipt.id)) not in taken | before and (approved is None or key in approved)]
    times: dict[tuple[object, ...], set[bool]] = defaultdict(set)
    for one in fresh:
        times[one.what].add(one.is_earlier is None)
    currencies = {terms.contract_id: terms.currency for terms in joined}
    good: list[tuple[Receipt, int]] = []
    held: list[Suspense] = []
    entries: list[Entry] = []
    for one in fresh:
        receipt, shares = one.receipt, _shares(facts.get(one.receipt.contract_id), one.receipt.rights_type)
        reason = (
            RECEIVED_TWICE if len(times[one.what]) > 1
            else OTHER_CURRENCY if one.currency != currencies[receipt.contract_id]
            else NO_SHARE if len(shares) != 1
            else ""
        )  # fmt: skip
        if reason:
            subject = f"contract:{receipt.contract_id}"
            held.append(Suspense(line_id=receipt.id, subject=subject, reason=reason, blocks=account.account_id))
        else:
            good.append((receipt, shares[0]))
        entries.append(_entry(one, HELD if reason else COUNTED))
    others = ((RECEIPT, one.currency, COUNTED if line_hash(one.receipt.id) in before else AGAIN if line_hash(one.receipt.id) in taken else HELD,
               one.receipt.gross) for one in received if one not in fresh)  # fmt: skip
    return replace(
        account,
        receipts=tuple(good),
        held=tuple(held),
        receipts_read=len(received),
        receipts_before=packed(before),
        entries=(*account.entries, *entries),
        tally=(*account.tally, *told_in(others)),
    )


def _entry(one: Received, state: str) -> Entry:
    receipt = one.receipt
    return Entry(identity=identity(RECEIPT, receipt.id), kind=RECEIPT, contract_id=receipt.contract_id, payee_id=0, currency=one.currency,
                 amount=receipt.gross, on=one.on, state=state, use=receipt.rights_type)  # fmt: skip


def _is_before_us(one: Received, period: Period) -> bool:
    return one.on < period.starts_on if one.is_earlier is None else one.is_earlier


def _shares(fact: ContractFact | None, rights_type: str) -> list[int]:
    return [share for kind, share in (fact.rights if fact else ()) if kind == rights_type]
