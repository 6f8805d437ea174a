"""Records of a small royalty run, and the steps of it in one process."""

import tempfile
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from types import SimpleNamespace

from colophon.domain.royalty_terms import PriceBasis, Rate, RoyaltyLevel, RoyaltyTerms, Split
from colophon.domain.sale import Sale
from colophon.royalties.controls import totals_of
from colophon.royalties.line import Line
from colophon.royalties.statement.period import Period
from colophon.royalty_run.compute import compute
from colophon.royalty_run.facts import ContractFact, Payee, ProductFact
from colophon.royalty_run.gather import digest_of, gather
from colophon.royalty_run.inputs import Inputs, group
from colophon.royalty_run.kept import Past
from colophon.royalty_run.records import AccountInput, AccountResult
from colophon.royalty_run.settings import load_royalties
from colophon.royalty_run.spool import shard_of, spool_in
from colophon.royalty_run.staged import from_lines, to_line

PERIOD = Period.parse("2026H1")
SETTINGS = load_royalties()


def sale(number, product=1, quantity=100, **more):
    """Copies of one product at 10.00."""
    told = {"is_return": False, "channel_id": 1, "sold_on": date(2026, 3, 1), "list_price": Decimal("10.00"), "source": "Shop"}
    value = Decimal("5.00") * quantity
    return Sale(**{"id": number, "product_id": product, "quantity": quantity, "value": value, "currency": "GBP", **told, **more})


def terms(contract=1, product=1, payees=((1, 1),), **more):
    """Ten per cent of the list price of one product."""
    rate = Rate(id=contract, level=RoyaltyLevel.PRODUCT, product_id=product, basis=PriceBasis.LIST, rate_percent=Decimal(10))
    splits = tuple(Split(payee_id=payee, weight=weight, share_percent=Decimal(weight)) for payee, weight in payees)
    return RoyaltyTerms(**{"contract_id": contract, "currency": "GBP", "rates": (rate,), "splits": splits, **more})


def inputs(sales, agreements, **more):
    """What was read: two products, three payees who can be reached."""
    return Inputs(
        **{
            "sales": sales,
            "terms": agreements,
            "payments": (),
            "products": {
                n: ProductFact(id=n, isbn13=f"978000000000{n}", title=f"Title {n}", imprint="Marlow House", format="PAPERBACK", work_id=n)
                for n in (1, 2)
            },
            "contracts": {n: ContractFact(id=n, name=f"Agreement {n}", work_id=n) for n in (1, 2)},
            "payees": {n: Payee(id=n, name=f"Payee {n}", email=f"p{n}@example.org", country="GB") for n in (1, 2, 3)},
            **more,
        }
    )


def grouped(given, period=PERIOD, past_of=lambda account: Past(), settings=SETTINGS):
    """The account groups of a period, and their lines."""
    lines: list[tuple[str, Line, bool]] = []
    made = group(given, period, settings, past_of, lambda *line: lines.append(line))
    return SimpleNamespace(account_ids=made.account_ids, accounts=made.accounts, findings=made.findings, lines=lines,
                           facts=replace(made.facts, placed=placed_of(lines)))  # fmt: skip


def placed_of(lines):
    """What lines add up to, as the spool tells it."""
    return tuple((currency, *total) for currency, total in sorted(totals_of(line for _, line, _ in lines).items()))


def computed(found, shards=1, period=PERIOD, settings=SETTINGS):
    """Results of all shards, each staged and read again on its way in and out; with the shards' digests."""
    results, digests = [], []
    for shard in range(shards):
        part = [one for one in found.accounts if shard_of(one.account_id, shards) == shard]
        staged = list(from_lines(AccountInput, [to_line(one) for one in part]))
        with tempfile.TemporaryDirectory() as scratch, spool_in(Path(scratch), shards) as spool:
            for line in found.lines:
                spool.put(*line)
            files = [path] if (path := spool.path(shard)) else []
            made = compute(staged, files, partial(settings.policy, "standard"), settings.rates(), period, scratch=Path(scratch))
        results += list(from_lines(AccountResult, [to_line(one) for one in made]))
        digests.append(digest_of(made))
    return results, digests


def gathered(found, shards=1, period=PERIOD, openings=None, settings=SETTINGS):
    """The run as a whole."""
    results, digests = computed(found, shards, period, settings)
    policy_of = partial(settings.policy, "standard")
    return gather(results, digests, found.facts, settings, policy_of, pay_day=date(2026, 9, 1), openings=openings or {})


def due(whole, account, payee):
    """What a statement owes a payee, in pence."""
    return next(one for one in whole.statements if one.account_id == account).payees[payee].due


changed = replace
