"""Rights income from the record to the statement (P8): from a rights channel's sales, and from the report of receipts."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from tests.royalty_run.runs import PERIOD, SETTINGS, due, gathered, grouped, inputs, sale, terms

from colophon.domain.rights_receipt import RightsReceipt
from colophon.royalties.policy import RightsBase
from colophon.royalties.row import line_hash
from colophon.royalties.statement.period import Period
from colophon.royalty_run.facts import ContractFact
from colophon.royalty_run.hashes import unpacked
from colophon.royalty_run.kept import Past

CONTRACTS = {1: ContractFact(id=1, name="Agreement", work_id=1, rights=(("Translation", 750_000), ("Audio", 700_000)))}
TRANSLATIONS = 9


def licence(number, value="400.00", **more):
    """A line of the rights channel."""
    return sale(number, quantity=1, value=Decimal(value), **{"channel_id": TRANSLATIONS, "list_price": None, **more})


def receipt(number=1, amount="500.00", **more):
    """A row of the report: 500.00, less 50.00 tax and 12.50 charges; 100.00 for the sub-agent."""
    told = {"contract_id": 1, "rights_type": "Audio", "received_on": date(2026, 4, 14), "currency": "GBP", "licensee_id": 3}
    taken_off = {"foreign_tax": "50.00", "bank_charges": "12.50", "subagent_commission": "100.00"}
    return RightsReceipt(id=number, amount=Decimal(amount), **{name: Decimal(text) for name, text in taken_off.items()}, **{**told, **more})


NOTHING = Past()


def run(sales=(), receipts=(), period=PERIOD, past=NOTHING, settings=SETTINGS, contracts=CONTRACTS):
    """A run over one contract."""
    given = inputs(list(sales), [terms()], receipts=list(receipts), contracts=contracts)
    openings = {"contract:1": past.opening} if past.opening else {}
    return gathered(grouped(given, period, lambda _: past, settings), period=period, openings=openings, settings=settings)


def test_a_line_of_a_rights_channel_is_rights_income_and_no_copy():
    """75 % of 400.00; what the licensee gives back is taken back; it moves no counter and stands in no row (E5)."""
    whole = run([sale(1), licence(2), licence(3, "40.00", is_return=True)])
    statement = whole.statements[0]
    assert [(one.receipt.gross, one.share, one.amount) for one in statement.rights] == [
        (40_000, 750_000, 30_000),
        (-4_000, 750_000, -3_000),
    ]
    assert (statement.earnings, due(whole, "contract:1", 1), whole.broken) == (10_000, 37_000, ())
    assert whole.counts["receipts of licences"] == 2
    assert [count for _, count in whole.results[0].closing.counters] == [100]


def test_equal_lines_of_a_rights_channel_are_each_a_receipt():
    """Two licences for 400.00 on one day are 600.00; told again with a third one, that alone is new."""
    first = run([licence(2), licence(3)])
    assert due(first, "contract:1", 1) == 60_000
    later = Period.parse("2026H2")
    again = run([licence(7), licence(5), licence(6)], period=later, past=Past(opening=first.results[0].closing, since=PERIOD.starts_on))
    assert (due(again, "contract:1", 1), again.broken) == (30_000, ())


@pytest.mark.parametrize(("base", "amount"), [(RightsBase.RECEIPTS, 30_625), (RightsBase.AFTER_SUBAGENT, 23_625)])
def test_a_receipt_is_shared_after_tax_and_charges(base, amount):
    """70 % of 437.50, or of what the sub-agent left, as the policy says."""
    policy = SETTINGS.policies["standard"].model_copy(update={"rights_base": base})
    whole = run(receipts=[receipt()], settings=SETTINGS.model_copy(update={"policies": {"standard": policy}}))
    assert ([one.amount for one in whole.statements[0].rights], whole.broken) == ([amount], ())


def test_a_receipt_is_royaltied_once():
    """What was on a statement is not on the next; what came in before the first run here never is; late ones are in."""
    first = run([licence(1)], [receipt(1), receipt(2, received_on=date(2025, 12, 31))])
    assert len(first.statements[0].rights) == 2
    assert first.results[0].tally == (("receipt", "GBP", "counted", 1, 50_000),), "the one of before us was settled then"
    closing = first.results[0].closing
    assert line_hash("receipt:2") in unpacked(closing.taken)
    again = run(
        [licence(1)],
        [receipt(1), receipt(2, received_on=date(2025, 12, 31)), receipt(3, received_on=date(2026, 3, 1))],
        Period.parse("2026H2"),
        Past(opening=closing),
    )
    assert ([one.receipt.id for one in again.statements[0].rights], again.broken) == (["receipt:3"], ())


def test_a_receipt_that_came_after_the_approval_waits():
    """The approved period computes as it was; the late receipt is the next one's."""
    approved = run(receipts=[receipt(1)]).results[0].closing
    again = run(receipts=[receipt(1), receipt(2)], past=Past(approved=approved))
    assert [one.receipt.id for one in again.statements[0].rights] == ["receipt:1"]


@pytest.mark.parametrize(
    ("sales", "receipts", "contracts", "reason"),
    [
        ([], [receipt(rights_type="Film")], CONTRACTS, "RS11"),
        ([licence(1)], [], {1: ContractFact(id=1, name="Agreement", work_id=1)}, "RS11"),
        ([], [receipt(currency="EUR")], CONTRACTS, "RS12"),
        ([licence(1, sold_on=date(2026, 4, 14))], [receipt(amount="400.00", rights_type="Translation")], CONTRACTS, "RS13"),
    ],
)
def test_a_receipt_that_no_share_fits_holds_its_account_back(sales, receipts, contracts, reason):
    """No share for the kind of right, another currency, entered in both places: named, and nothing is paid twice or guessed."""
    whole = run(sales, receipts, contracts=contracts)
    [result] = whole.results
    assert (result.statement, {one.reason for one in result.suspended}, whole.broken) == (None, {reason}, ())
    assert result.blocked_by.endswith(("1 receipt in suspense", "2 receipts in suspense"))


def test_a_receipt_of_an_unknown_contract_and_a_line_without_value_are_named():
    """Both are exceptions of the inputs, and the others go on."""
    found = grouped(
        inputs([licence(1, value="1.005"), replace(licence(2), value=None), sale(3)], [terms()], receipts=[receipt(contract_id=8)])
    )
    assert sorted(one.reason for one in found.facts.suspended) == ["RS2", "RS3", "RS3"]
    assert gathered(found).broken == ()
