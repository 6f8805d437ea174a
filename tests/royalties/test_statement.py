"""What a payee is told: built from the engine's results, adding up, immutable, with one form and one hash."""

import json
from datetime import date
from itertools import chain

import pytest
import statement_examples as examples
from pydantic import ValidationError

from colophon.errors import InvalidError, UnbalancedError
from colophon.royalties.statement.identities import breaches_of, checked
from colophon.royalties.statement.payload import Statement
from colophon.royalties.statement.period import Period
from colophon.royalties.statement.scales import money
from colophon.use_cases.exstream.royalty_letter import letter_of

EXAMPLES = [examples.long, examples.negative, examples.joint]


@pytest.fixture(scope="module")
def statements():
    """All statements of the three examples, by account and payee."""
    return dict(chain.from_iterable(example()[0].items() for example in EXAMPLES))


def test_every_identity_holds(statements):
    """Section 12 on what is printed: for a long, a negative and a joint statement."""
    assert len(statements) == 4
    assert checked(statements.values()) == tuple(statements.values())


@pytest.mark.parametrize("example", EXAMPLES)
def test_statements_are_the_engines_rows(example):
    """Rows, reserves and payees' amounts are what the engine found; a payee's view of a whole account is the whole."""
    found, settled, _ = example()
    for account in settled:
        for payee, balance in account.payees.items():
            one = found[account.account_id, payee]
            assert sorted(row.earnings for edition in one.editions for row in edition.rows) == sorted(row.amount for row in account.rows)
            assert (one.earnings, one.rights_income, one.movement) == (account.earnings, account.rights_income, account.movement)
            assert (one.balance.due, one.balance.movement, one.balance.debit) == (balance.due, balance.movement, balance.debit)


def test_the_three_cases_are_what_they_are_called(statements):
    """Paid; a debit carried; a joint advance earned out, split three to one, taxed, and one payee below the minimum."""
    negative = statements["contract-2", 8]
    assert (negative.remittance.state, negative.balance.debit < 0) == ("NOTHING_DUE", True)
    first, second = statements["joint-3-4", 11], statements["joint-3-4", 12]
    assert first.joint is not None
    assert first.joint.advance_closing == 0
    assert first.shares[0].pool == second.shares[0].pool == first.joint.due
    assert first.shares[0].amount + second.shares[0].amount == first.joint.due
    assert [one.agent_id for one in first.remittance.commissions] == [90, 91]
    assert (first.remittance.tax_rate, second.remittance.state) == (50_000, "CARRIED")


def changed(statement, change):
    data = json.loads(statement.canonical())
    change(data)
    return Statement.model_validate(data)


@pytest.mark.parametrize(
    ("change", "identity", "by", "row"),
    [
        (lambda data: data["Editions"][0]["Rows"][0].update(SS62=data["Editions"][0]["Rows"][0]["SS62"] + 7), 3, 7, "contract:1/product:100/row:1"),
        (lambda data: data["Editions"][1]["Rows"][0].update(SS57=1), 2, None, "contract:1/product:101/row:1"),
        (lambda data: data["Editions"][0].update(UnitsToDate=1), 2, None, "contract:1/product:100/row:1"),
        (lambda data: data["Reserve"].update(Closing=data["Reserve"]["Closing"] - 5), 4, 5, "contract:1/product:100"),
        (lambda data: data["Balance"].update(SS17=data["Balance"]["SS17"] - 1), 4, 1, "balance"),
        (lambda data: data["Shares"][0].update(Amount=data["Shares"][0]["Amount"] - 3), 3, -3, "share:1"),
        (lambda data: data["Remittance"].update(Net=data["Remittance"]["Net"] - 2), 3, 2, "remittance"),
        (lambda data: data["Remittance"].update(State="NOTHING_DUE"), 9, 1, "remittance"),
    ],
)  # fmt: skip
def test_what_does_not_add_up_is_refused(statements, change, identity, by, row):
    """One changed number breaks an identity: the error names it, by how much, and the rows; its text tells no amount."""
    broken = changed(statements["contract-1", 7], change)
    with pytest.raises(UnbalancedError) as problem:
        checked([broken])
    first = problem.value.breaches[0]
    assert first.identity == identity
    assert row in first.rows
    if by is not None:
        assert first.by == by
    assert str(broken.movement) not in str(problem.value)
    assert broken.payee.name not in str(problem.value) + repr(problem.value.breaches)


def test_one_form_and_one_hash(statements):
    """A statement read back from its JSON is the same one; a changed penny is another hash; it cannot be changed in place."""
    one = statements["joint-3-4", 11]
    again = Statement.model_validate_json(one.canonical())
    assert again == one
    assert again.content_hash == one.content_hash == examples.joint()[0]["joint-3-4", 11].content_hash
    assert changed(one, lambda data: data["Balance"].update(Due=1)).content_hash != one.content_hash
    with pytest.raises(ValidationError):
        one.number = 2


def test_members_bear_the_standards_ids(statements):
    """BISG TRRSS ids are the names of what the standard knows."""
    data = json.loads(statements["joint-3-4", 11].canonical())
    assert {"SS2", "SS62", "Con71"} <= data.keys()
    assert data["Period"] == {"Label": "2026H1", "SS12": "2026-06-30", "SS7": "2026-01-01"}
    assert data["Payee"]["RA14"] == examples.TAX_ID
    row = data["Editions"][0]["Rows"][0]
    assert (row["SS42"], row["SS47"], row["SS52"]) == (2499, 100_000, "LIST")


def test_nobodys_money_or_tax_number_shows_in_a_repr(statements):
    """What lands in a log by accident names no person, no tax number and no amount."""
    for one in statements.values():
        text = repr(one)
        assert one.payee.name not in text
        assert examples.TAX_ID not in text
        for amount in (one.earnings, one.balance.due, one.reserve.withheld, one.remittance.net):
            assert amount < 1000 or str(amount) not in text


def test_a_payee_sees_only_what_the_own_shares_are_of():
    """Of a product that is somebody else's alone, a payee of the same contract sees nothing."""
    found, _, _ = examples.apart()
    assert [one.product_id for one in found["contract-5", 21].editions] == [500, 501]
    assert [one.product_id for one in found["contract-5", 22].editions] == [500]
    assert not [breach for one in found.values() for breach in breaches_of(one)]


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026H1", date(2026, 1, 1), date(2026, 6, 30)),
        ("2026-h2", date(2026, 7, 1), date(2026, 12, 31)),
        ("2024Q1", date(2024, 1, 1), date(2024, 3, 31)),
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_periods(text, first, last):
    """D1: halves, quarters, years."""
    assert (Period.parse(text).starts_on, Period.parse(text).ends_on) == (first, last)


@pytest.mark.parametrize("text", ["", "2026H3", "H1", "2026Q5", "26H1", "2026H1; drop", "２０２６H1"])
def test_what_is_no_period(text):
    """Refused with a remedy, never guessed."""
    with pytest.raises(InvalidError):
        Period.parse(text)


def test_a_letter_tells_money_as_decimal_text(statements):
    """Exstream gets the statement's own members by their ids, amounts with their currency's decimals, rates in percent, no name with a space."""
    one = statements["joint-3-4", 11]
    letter = letter_of(one, channel="email", email="payee@example.org", locale="en_GB", compliance=("Raise queries within six months.",))
    assert letter.data["Balance"]["Due"] == money(one.balance.due, "GBP")
    assert letter.data["Editions"][0]["Rows"][0]["SS42"] == "24.99"
    assert letter.data["Editions"][0]["Rows"][0]["SS47"] == "10"
    assert letter.data["Remittance"]["Commissions"][0]["RA9"] == "15"
    assert letter.data["SS2"] == "2026-08-14"
    assert letter.data["StatementHash"] == one.content_hash
    assert letter.address == {"Line1": "Fjordgata 8", "Line2": "5003 Bergen", "Line3": "Norway", "Country": "NO"}
    text = json.dumps(letter.model_dump(by_alias=True))
    assert text.count(examples.TAX_ID) == 1
    assert not [name for name in names_of(json.loads(text)) if " " in name]
    dollars = letter_of(statements["contract-1", 7], channel="print").data["Editions"][2]["Rows"]
    assert [row["Fx"]["RateE8"] for row in dollars if row["Fx"]] == ["0.7894"]


def names_of(value):
    if isinstance(value, dict):
        yield from value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from names_of(inner)


@pytest.mark.parametrize(
    ("amount", "currency", "text"), [(-5, "GBP", "-0.05"), (500, "JPY", "500"), (1234, "KWD", "1.234"), (0, "EUR", "0.00")]
)
def test_money_has_its_currencys_decimals(amount, currency, text):
    """F3: two, none or three."""
    assert money(amount, currency) == text
