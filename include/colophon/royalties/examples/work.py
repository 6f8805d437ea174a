"""The engine's answers to a worked example: the same code that computes a run, over one small account."""

from decimal import Decimal

from colophon.domain.money import minor_digits
from colophon.errors import BadRecordError
from colophon.royalties.account import Account, AccountStatement, Shares, settle_account
from colophon.royalties.breaches import require
from colophon.royalties.controls import of_statement
from colophon.royalties.currency import FxRate, convert, unconverted
from colophon.royalties.examples.example import Answers, Example, Sales
from colophon.royalties.examples.paying import PAYEE, of_payment, of_shares, of_vat
from colophon.royalties.examples.selling import CONTRACT, DAY, Selling, group_of
from colophon.royalties.policy import AgentsShare, EscalatorMode, FxPolicy, MinimumLevel, MinimumOperator, Policy, RightsBase, VatRounding
from colophon.royalties.reserve import ROLLING, ReserveTerm, Tranche, Vintage, of_units, total
from colophon.royalties.rights_income import Receipt, RightsRow, rights_row
from colophon.royalties.rounding import PPM, rounded
from colophon.royalties.row import Rows
from colophon.royalties.standing import Standing
from colophon.royalties.whole_numbers import ppm, scaled

STATEMENT = 2


def answers_of(example: Example) -> Answers:
    """Every figure that the example leads to.

    :raises BadRecordError: a figure is missing, or has more decimals than its currency.
    :raises UnbalancedError: a control total does not hold.
    """
    if example.payees and example.rate is None and (example.price is not None or example.value is not None):
        example = example.model_copy(update={"rate": sum(example.payees.values())})  # the whole first (P1)
    if example.units is None and (copies := example.reserve_units or example.released_units):
        example = example.model_copy(update={"units": max(copies, example.released_units or 0)})
    policy = _policy(example)
    editions = tuple(one for one in example.rows or (example,) if one.has_rate)
    if example.deep is not None and example.discount is None:
        return {}  # it asks at discounts of its own
    found = _sold(example, policy, editions)
    answers = _of_sales(example, editions, found) if editions else {}
    if not all(one.has_money for one in editions):
        return {name: answers[name] for name in ("segments", "lifetime_units")}
    answers |= of_shares(example, found) | of_vat(example, policy)
    if example.fx_rate is not None and example.into is not None and found.rows:
        answers["converted"] = _converted(example, example.into, found)
    for name, own in example.apart.items():
        answers[name] = _of_sales(example, (own,), _sold(Example(currency=example.currency), policy, (own,)))["royalty"]
    settled = _of_books(example) or _settled(example, policy, found)
    if isinstance(settled, AccountStatement):
        require(of_statement(settled))
        answers |= _of_statement(example, settled)
    else:
        answers |= settled
    return answers | of_payment(example, policy, settled.payees[PAYEE].due if isinstance(settled, AccountStatement) else None)


def _policy(example: Example) -> Policy:
    return Policy(
        version="example",
        escalator_mode=EscalatorMode(example.mode),
        agents_share=AgentsShare(example.agents_share),
        vat_rounding=VatRounding(example.vat_rounding),
        minimum_level=MinimumLevel(example.level),
        minimum_operator=MinimumOperator(example.operator),
        minimum_payment=example.minor(example.minimum),
    )


def _sold(example: Example, policy: Policy, editions: tuple[Sales, ...]) -> Rows:
    selling = Selling(example.currency, policy, example.deep, example.sliding)
    for place, one in enumerate(editions, start=1):
        selling.edition(place, one)
    if example.earned is not None:
        selling.told(len(editions) + 1, example.earned)
    for place, book in enumerate(example.books or () if example.joint else (), start=len(editions) + 2):
        selling.told(place, book.earned)
    return selling.rows()


def _of_sales(example: Example, editions: tuple[Sales, ...], found: Rows) -> Answers:
    by_edition = [sum(row.amount for row in found.rows if row.key.product_id == place) for place, _ in enumerate(editions, start=1)]
    royalty = example.major(sum(by_edition))
    after = {count.key.group: count.after for count in found.counts}
    answers: Answers = {
        "rows": [example.major(amount) for amount in by_edition],
        "royalty": royalty,
        "segments": [[row.units, Decimal(row.key.rate) / 10_000] for row in found.rows],
        "lifetime_units": [after[f"{CONTRACT}:{group_of(place)}"] for place, _ in enumerate(editions, start=1)],
    }
    first = editions[0]
    if first.price is not None and first.discount is not None:
        net = sum(row.value_sum for row in found.rows if row.key.product_id == 1)
        answers |= {"net": example.major(net), "publisher": example.major(net) - royalty}
    withheld, released = (of_units(unconverted(found.rows), copies or 0) for copies in (example.reserve_units, example.released_units))
    if len(found.rows) == 1:
        answers["effective_rate"] = Decimal(found.rows[0].key.rate) / 10_000
    if example.reserve_units is not None:
        answers["reserve_amount"] = example.major(withheld)
    if example.released_units is not None:
        answers |= {"release_amount": example.major(released), "net_release": example.major(released - withheld)}
    if example.advance is not None and first.has_money and first.value is None:
        answers["earn_out_copies"] = _earn_out(example, first)
    return answers


def _earn_out(example: Example, edition: Sales) -> int:
    """The first copy with which the advance is earned."""

    def earned(copies: int) -> int:
        sold = _sold(Example(currency=example.currency), _policy(example), (edition.model_copy(update={"units": copies}),))
        return sum(row.amount for row in sold.rows)

    low, high = 0, 1
    while earned(high) < example.minor(example.advance):
        if high > 1 << 40:
            raise BadRecordError("An advance is never earned at this rate.", subject="example", evidence="rate")
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if earned(middle) >= example.minor(example.advance) else (middle, high)
    return high


def _converted(example: Example, into: str, found: Rows) -> Decimal:
    rate_e8 = scaled(example.fx_rate or Decimal(0), 10**8, "decimals of an exchange rate")
    rate = FxRate(currency=example.currency, into=into, rate_e8=rate_e8, on=DAY, source="example", policy=FxPolicy.ACTUAL_RECEIPT)
    return Decimal(sum(convert(row.amount, rate) for row in found.rows)).scaleb(-minor_digits(into))


def _of_books(example: Example) -> Answers | None:
    """Contracts that are not joined: each recoups its own advance (A4)."""
    if example.books is None or example.joint:
        return None
    alone = [answers_of(Example(earned=one.earned, advance=one.advance, currency=example.currency)) for one in example.books]
    return {name: [one[name] for one in alone] for name in ("recouped", "unearned", "payable")}


def _settled(example: Example, policy: Policy, found: Rows) -> AccountStatement | Answers:
    if not found.rows and example.sublicence is None and example.guarantee is None:
        return {}
    joint = Standing(advance=sum(example.minor(one.advance) for one in example.books)) if example.books else Standing()
    rights = example.sublicence
    earned = sum(row.amount for row in found.rows)
    account = Account(
        id="example",
        contract_ids=(CONTRACT,),
        currency=example.currency,
        shares=(Shares(contract_id=CONTRACT, weights=((PAYEE, 1),)),),
        payees={PAYEE: Standing(balance=example.minor(example.opening_balance), advance=example.minor(example.advance))},
        joint=joint,
        statement=STATEMENT,
        reserve_terms=_reserve_terms(example, earned),
        held=_held(example),
        guarantee=None if example.guarantee is None else example.minor(example.guarantee),
    )
    receipts: list[RightsRow] = []
    if rights is not None:
        receipt = Receipt(id="example", contract_id=CONTRACT, rights_type="example", gross=example.minor(rights.income))
        receipts.append(rights_row(receipt, ppm(rights.share), RightsBase.RECEIPTS))
    return settle_account(account, unconverted(found.rows), receipts, policy, period_end=DAY)


def _reserve_terms(example: Example, earned: int) -> tuple[ReserveTerm, ...]:
    """As told by rate; an amount alone is the rate that gives it.

    :raises BadRecordError: the amount told is not the rate's.
    """
    if example.reserve is not None:
        parts = example.reserve.schedule
        schedule = tuple(Tranche(share=ppm(part), after_statements=place) for place, part in enumerate(parts, start=1)) or ROLLING
        return (ReserveTerm(rate=ppm(example.reserve.rate), formats=example.reserve.forms, schedule=schedule),)
    told = None if example.reserve_withheld is None else example.minor(example.reserve_withheld)
    if example.reserve_rate is None and told is None:
        return ()
    rate = ppm(example.reserve_rate) if example.reserve_rate is not None else rounded((told or 0) * PPM, max(earned, 1))
    if told is not None and rounded(max(earned, 0) * rate, PPM) != told:
        raise BadRecordError("The reserve withheld is not its rate's.", subject="example", evidence="reserve_withheld")
    return (ReserveTerm(rate=rate),)


def _held(example: Example) -> tuple[Vintage, ...]:
    told = example.reserve.released if example.reserve is not None else ()
    more = (example.reserve_released,) if example.reserve_released is not None else ()
    return tuple(
        Vintage(contract_id=CONTRACT, product_id=place, statement=1, amount=example.minor(amount), due_statement=STATEMENT)
        for place, amount in enumerate((*told, *more), start=1)
    )


def _of_statement(example: Example, settled: AccountStatement) -> Answers:
    joint, own = settled.joint, settled.payees[PAYEE]
    amounts = {
        "earnings": settled.earnings,
        "expense": settled.earnings + settled.rights_income + settled.top_up,
        "reserve_withheld": total(settled.reserve.withheld),
        "reserve_released": total(settled.reserve.released),
        "net_reserve": settled.reserve.movement,
        "rights_income": settled.rights_income,
        "movement": settled.movement,
        "top_up": settled.top_up,
        "recouped": joint.recouped + own.recouped,
        "unearned": joint.advance_closing + own.advance_closing,
        "carried_debit": joint.debit + own.debit,
        "payable": own.due,
    }
    later: dict[int, int] = {}
    for one in settled.reserve.withheld:
        later[one.due_statement or 0] = later.get(one.due_statement or 0, 0) + one.amount
    releases = [example.major(amount) for _, amount in sorted(later.items())]
    return {name: example.major(amount) for name, amount in amounts.items()} | {"releases": releases}
