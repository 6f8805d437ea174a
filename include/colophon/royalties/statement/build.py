"""From the engine's results to statements: nothing is computed here that the engine has not, but sums of what is shown."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

from colophon.royalties.account import AccountStatement, WeightsOf, weights_by
from colophon.royalties.currency import Converted
from colophon.royalties.payout import Paid, Payout
from colophon.royalties.policy import Basis
from colophon.royalties.reserve import Vintage, total
from colophon.royalties.rights_income import RightsRow
from colophon.royalties.standing import Recouped
from colophon.royalties.statement.facts import Agreement, Book, Facts
from colophon.royalties.statement.payload import (
    Balance,
    Charged,
    Commission,
    Copies,
    Edition,
    Fx,
    Held,
    PaymentState,
    Remittance,
    ReserveLedger,
    SalesRow,
    Share,
    Statement,
    Sublicence,
)
from colophon.royalties.statement.period import Period
from colophon.royalties.whole_numbers import split

Remittances = Mapping[tuple[str, int], Remittance]
"""What becomes of a due, by account and payee."""


def statements_of(
    account: AccountStatement, remittances: Remittances, facts: Facts, *, period: Period, issued_on: date
) -> tuple[Statement, ...]:
    """One statement for each payee of the account, by payee id.

    A payee sees what the own shares are of; of an account with a joint balance, all, since all of it earns that out (A5).

    :param remittances: of the whole run, see `remittances_of`.
    :raises KeyError: a payee without facts.
    """
    return tuple(_statement(account, payee, remittances, facts, period, issued_on) for payee in sorted(account.payees))


def remittances_of(payout: Payout, agents: Mapping[int, str]) -> Remittances:
    """The run's payments and carried dues, to be looked up by statement."""
    carried = {
        (due.account_id, due.payee_id): Remittance(state=PaymentState.CARRIED, accounts=(due.account_id,), due=due.amount)
        for due in payout.carried
        if due.amount
    }
    paid = {(due.account_id, due.payee_id): one for one in payout.paid for due in one.dues if due.amount}
    made = {id(one): _paid(one, agents) for one in payout.paid}
    return {**carried, **{key: made[id(one)] for key, one in paid.items()}}


def _paid(paid: Paid, agents: Mapping[int, str]) -> Remittance:
    rates = [agent.commission for due in paid.dues for agent in due.agents]
    return Remittance(
        state=PaymentState.PAID,
        accounts=tuple(due.account_id for due in paid.dues),
        due=paid.due,
        commissions=tuple(
            Commission(agent_id=one.agent_id, agent=agents.get(one.agent_id, ""), rate=rate, amount=one.amount, vat=one.vat)
            for one, rate in zip(paid.commissions, rates, strict=True)
        ),
        tax_rate=paid.tax_rate,
        tax=paid.tax,
        vat=paid.vat,
        net=paid.net,
        notes=paid.warnings,
    )


def _statement(account: AccountStatement, payee: int, remittances: Remittances, facts: Facts, period: Period, issued_on: date) -> Statement:
    weights = weights_by(account.shares)

    def shows(contract_id: int, product_id: int | None, territory: str | None = None) -> bool:
        return account.is_joint or any(payee == other for other, _ in weights(contract_id, product_id, territory))

    rows = [one for one in account.rows if shows(one.row.key.contract_id, one.row.key.product_id, one.row.key.territory_group)]
    every = (account.reserve_opening, account.reserve.withheld, account.reserve.released, account.reserve.closing)
    opening, withheld, released, closing = (
        [one for one in held if one.payee_id is None and shows(one.contract_id, one.product_id)] for held in every
    )
    rights = [row for row in account.rights if shows(row.receipt.contract_id, None)]
    editions = _editions(
        rows, withheld, released, facts, lambda contract, product: contract in account.contract_ids and shows(contract, product)
    )
    earnings, income = sum(one.amount for one in rows), sum(row.amount for row in rights)
    top_up = sum(one.amount for one in account.top_ups if shows(one.contract_id, one.product_id))
    charges = [one for one in account.charges if one.payee_id == payee or (one.payee_id is None and shows(one.contract_id, one.product_id))]
    charged = sum(one.amount for one in charges if one.payee_id is None)
    remittance = _dated(remittances.get((account.account_id, payee)), account.account_id, facts)
    return Statement(
        id=f"{period.label}:{account.account_id}:{payee}",
        account_id=account.account_id,
        number=account.statement,
        policy_id=account.policy_id,
        software=facts.software,
        issued_on=issued_on,
        period=period,
        currency=account.currency,
        payer=facts.payer,
        payee=facts.payees[payee],
        agreements=tuple(facts.agreements.get(one, Agreement(contract_id=one)) for one in account.contract_ids if shows(one, None)),
        editions=editions,
        sublicences=tuple(_sublicence(row, facts) for row in rights),
        earnings=earnings,
        rights_income=income,
        top_up=top_up,
        reserve=ReserveLedger(opening=total(opening), withheld=total(withheld), released=total(released), closing=total(closing)),
        own_reserve=_own_reserve(payee, every),
        held=tuple(_held(one) for one in closing),
        charges=tuple(Charged(label=one.label, on=one.on, amount=one.amount, own=one.payee_id is not None) for one in charges),
        movement=earnings - total(withheld) + total(released) + income + top_up - charged,
        joint=_balance(account.joint) if account.is_joint else None,
        shares=_shares(account, payee, weights),
        balance=_balance(account.payees[payee]),
        remittance=remittance,
    )


def _dated(remittance: Remittance | None, account_id: str, facts: Facts) -> Remittance:
    """With the day of payment, or the minimum that it is below."""
    if remittance is None:
        return Remittance(state=PaymentState.NOTHING_DUE)
    if remittance.state is PaymentState.CARRIED:
        return remittance.model_copy(update={"minimum": facts.minimums.get(account_id)})
    return remittance.model_copy(update={"pay_on": facts.pay_on})


def _held(one: Vintage) -> Held:
    return Held(product_id=one.product_id, statement=one.statement, amount=one.amount, due_statement=one.due_statement, due_on=one.due_on)


def _own_reserve(payee: int, every: Sequence[Sequence[Vintage]]) -> ReserveLedger | None:
    """The reserve of this payee's part alone, if there is or was one."""
    opening, withheld, released, closing = (total(one for one in held if one.payee_id == payee) for held in every)
    if not any((opening, withheld, released, closing)):
        return None
    return ReserveLedger(opening=opening, withheld=withheld, released=released, closing=closing)


def _editions(
    rows: Sequence[Converted], withheld: Sequence[Vintage], released: Sequence[Vintage], facts: Facts, shows: Callable[[int, int], bool]
) -> tuple[Edition, ...]:
    by_product: dict[tuple[int, int], list[SalesRow]] = defaultdict(list)
    for one in rows:
        by_product[one.row.key.contract_id, one.row.key.product_id].append(_row(one, facts))
    kept, given = _by_product(withheld), _by_product(released)
    found = []
    for contract, product in sorted({*by_product, *kept, *given, *(key for key in facts.left_out if shows(*key))}):
        own = by_product.get((contract, product), [])
        book = facts.books.get(product, Book(product_id=product))
        before, units = facts.units_before.get((contract, product)), sum(row.units for row in own)
        earned, earnings = facts.earned_before.get((contract, product)), sum(row.earnings for row in own)
        found.append(
            Edition(
                contract_id=contract,
                product_id=product,
                isbn=book.isbn,
                title=book.title,
                form=book.form,
                published_on=book.published_on,
                units_to_start=before,
                units=units,
                units_to_date=None if before is None else before + units,
                earned_to_date=None if earned is None else earned + earnings,
                thresholds=facts.thresholds.get((contract, product), ()),
                left_out=_copies(facts.left_out, contract, product),
                made=_copies(facts.made, contract, product),
                rows=tuple(own),
                earnings=earnings,
                withheld=kept.get((contract, product), 0),
                released=given.get((contract, product), 0),
            )
        )
    return tuple(found)


def _copies(told: Mapping[tuple[int, int], tuple[tuple[str, int], ...]], contract: int, product: int) -> tuple[Copies, ...]:
    return tuple(Copies(words=words, copies=copies) for words, copies in told.get((contract, product), ()))


def _by_product(vintages: Iterable[Vintage]) -> dict[tuple[int, int], int]:
    found: dict[tuple[int, int], int] = defaultdict(int)
    for one in vintages:
        found[one.contract_id, one.product_id] += one.amount
    return found


def _row(one: Converted, facts: Facts) -> SalesRow:
    row, key = one.row, one.row.key
    fx = one.fx
    return SalesRow(
        kind=key.kind,
        channel=key.channel_group,
        territory=key.territory_group,
        basis=key.basis.value,
        price=key.price,
        receipts=row.basis_sum if key.basis is Basis.NET else None,
        receipts_rest=row.basis_rest,
        sale_currency=key.currency,
        rate=key.rate,
        keep=key.keep,
        sold=row.sold,
        returned=row.returned,
        units=row.units,
        earnings=one.amount,
        fx=None
        if fx is None
        else Fx(sale_currency=fx.currency, amount=row.amount, rate_e8=fx.rate_e8, on=fx.on, source=fx.source, policy=fx.policy.value),
        corrects=one.corrects,
        reason="; ".join(dict.fromkeys(text for name in row.rule_ids if (text := facts.reasons.get((name, key.rate))))),
        rules=row.rule_ids,
        lines=row.line_count,
        line_digest=f"{row.line_digest:016x}",
    )


def _sublicence(row: RightsRow, facts: Facts) -> Sublicence:
    receipt = row.receipt
    return Sublicence(
        receipt_id=receipt.id,
        contract_id=receipt.contract_id,
        sublicensee=facts.sublicensees.get(receipt.id),
        type=receipt.rights_type,
        income=receipt.gross,
        foreign_tax=receipt.foreign_tax,
        bank_charges=receipt.bank_charges,
        base=row.base,
        share=row.share,
        amount=row.amount,
    )


def _balance(one: Recouped) -> Balance:
    return Balance(
        opening=one.opening.balance - one.opening.advance,
        carried=one.opening.balance,
        advance=one.opening.advance,
        advance_paid=one.opening.advance_paid,
        movement=one.movement,
        recouped=one.recouped,
        advance_closing=one.advance_closing,
        due=one.due,
        debit=one.debit,
        closing=one.debit - one.advance_closing,
    )


def _shares(account: AccountStatement, payee: int, weights: WeightsOf) -> tuple[Share, ...]:
    found = []
    keys = sorted({(one.row.key.contract_id, one.row.key.product_id, one.row.key.territory_group) for one in account.rows})
    for pool, amount in account.pools:
        place = next((place for place, (other, _) in enumerate(pool) if other == payee), None)
        if place is not None:
            own = [weight for _, weight in pool]
            found.append(
                Share(
                    contracts=tuple(one for one in account.contract_ids if weights(one, None, None) == pool),
                    products=tuple(dict.fromkeys(key[1] for key in keys if weights(*key) == pool)),
                    weight=own[place],
                    whole=sum(own),
                    pool=amount,
                    amount=split(amount, own)[place],
                )
            )
    return tuple(found)
