"""Which statements go to whom, once; what stays as it was approved."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from ledger_database import make_ledger
from tests.royalty_run.runs import PERIOD, SETTINGS, changed, gathered, grouped, inputs, sale, terms

from colophon.blocks.write_back import short
from colophon.config.load import load_config
from colophon.errors import BadConfigError, InvalidError
from colophon.ledger import Ledger
from colophon.royalties.statement.period import Period
from colophon.royalty_run.approved import USE_CASE, past_of
from colophon.royalty_run.facts import Payee
from colophon.royalty_run.period import period_for
from colophon.royalty_run.settings import Template
from colophon.use_cases.exstream import royalty_statements as decision
from colophon.use_cases.exstream.statement_letters import Letters

AS_OF = datetime(2026, 9, 1, 5, tzinfo=UTC)
NEXT = Period.parse("2026H2")


@pytest.fixture
def ledger(tmp_path):
    """An empty ledger."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    make_ledger(url)
    with Ledger.open(url) as opened:
        yield opened


def issued(ledger, given, settings=SETTINGS, as_of=AS_OF, period=PERIOD):
    """A run that was approved: its statements entered in the ledger."""
    found = grouped(given, period, past_of(ledger, period))
    whole = gathered(found, period=period)
    letters = Letters(whole, found.facts, period, issued_on=as_of.date(), publisher=load_config().publisher, settings=SETTINGS)
    made = decision.issue(whole, found.facts, settings, period, letters, ledger, as_of=as_of)
    ledger.plan(made.intents)
    decision.confirm(ledger, period, as_of=as_of)
    return made


def statements(ledger):
    """Subjects by destination."""
    return {name: [row.subject for row in ledger.newest(USE_CASE, name)] for name in ledger.counts(USE_CASE)}


def test_each_payee_of_each_account_gets_one_statement(ledger):
    """Two payees share a contract: two statements, with the TRRSS members and money as text; the account is on record."""
    made = issued(ledger, inputs([sale(1, quantity=1000)], [terms(payees=((1, 80), (2, 75)))]))
    assert made.counts == {"new": 2}
    assert statements(ledger) == {
        "2026H1:standard": ["statement:2026H1:contract:1:1", "statement:2026H1:contract:1:2"],
        "approved:2026H1": ["account:contract:1"],
    }
    letter = json.loads(next(one.content for one in made.intents if one.subject.endswith(":1") and not one.bundled))
    assert (letter["DeliveryPreference"], letter["EmailAddress"], letter["Theme"]) == ("email", "p1@example.org", "standard")
    assert letter["Data"]["Compliance"] == [SETTINGS.templates[0].compliance]


def test_the_same_run_again_makes_no_statement(ledger):
    """Cleared, rerun on another day: nothing is planned, and nothing is an exception."""
    given = inputs([sale(1, quantity=1000)], [terms()])
    issued(ledger, given)
    before = statements(ledger)
    again = issued(ledger, given, as_of=datetime(2026, 10, 3, tzinfo=UTC))
    assert (again.intents, again.findings, statements(ledger)) == ([], [], before)


def test_a_late_sale_of_a_closed_period_goes_into_the_next(ledger):
    """No second statement and no exception for what was approved; the next period has the late sale, once."""
    issued(ledger, inputs([sale(1, quantity=1000)], [terms()]))
    late = inputs([sale(1, quantity=1000), sale(2, quantity=500)], [terms()])
    again = issued(ledger, late)
    assert (again.intents, again.findings) == ([], [])
    issued(ledger, late, period=NEXT)
    assert [due for due, _ in told(ledger, "2026H2")] == ["500.00"]


@pytest.mark.parametrize(("months", "begins"), [((3,), "2026-01-01"), ((3, 9), "2026-07-01"), ((), "2026-07-01")])
def test_a_statement_says_from_when_it_is(ledger, months, begins):
    """Faults3 G7: once a year in March, it is of the whole year before; twice a year of half of it."""
    made = issued(
        ledger,
        inputs([sale(1, sold_on=date(2026, 9, 1))], [terms(statement_months=months)]),
        period=NEXT,
        as_of=datetime(2027, 3, 1, tzinfo=UTC),
    )
    data = json.loads(next(one.content for one in made.intents if not one.bundled))["Data"]
    assert (data["Period"]["SS7"], data["Period"]["SS12"]) == (begins, "2026-12-31")


def test_a_correction_is_a_reversal_and_a_new_row_in_the_next_period(ledger):
    """12 % was right, 10 % was printed: nothing is sent again, and the next statement reverses and prints anew, once."""
    issued(ledger, inputs([sale(1, quantity=1000)], [terms()]))
    right = terms(rates=(changed(terms().rates[0], rate_percent=Decimal(12)),))
    again = issued(ledger, inputs([sale(1, quantity=1000)], [right]))
    assert [(one.rule, one.subject) for one in again.findings] == [("RS10", "account:contract:1:2026H1")]
    assert [one.destination for one in again.intents] == ["corrections:2026H1"]
    assert len(statements(ledger)["2026H1:standard"]) == 1
    issued(ledger, inputs([sale(1, quantity=1000)], [right]), period=NEXT)
    [(due, rows)] = told(ledger, "2026H2")
    assert (due, sorted(rows)) == ("200.00", [("CORRECTED", "1200.00"), ("REVERSED", "-1000.00")])
    last = Period.parse("2027H1")
    issued(ledger, inputs([sale(1, quantity=1000)], [right]), period=last)
    assert told(ledger, "2027H1") == [("0.00", [])]


def at(percent):
    """The contract at another rate."""
    return terms(rates=(changed(terms().rates[0], rate_percent=Decimal(percent)),))


def test_a_correction_that_was_wrong_is_taken_back(ledger):
    """10 % was right; 12 % stood there for an afternoon, and the period was run again: run once more, nothing is corrected."""
    sold = [sale(1, quantity=1000)]
    for percent in (10, 12, 10):
        issued(ledger, inputs(sold, [at(percent)]))
    issued(ledger, inputs(sold, [at(10)]), period=NEXT)
    assert told(ledger, "2026H2") == [("0.00", [])]


def test_the_last_correction_counts(ledger):
    """12 %, then 11 %: the next statement prints 11 %, once."""
    sold = [sale(1, quantity=1000)]
    for percent in (10, 12, 11):
        issued(ledger, inputs(sold, [at(percent)]))
    issued(ledger, inputs(sold, [at(11)]), period=NEXT)
    [(due, rows)] = told(ledger, "2026H2")
    assert (due, sorted(rows)) == ("100.00", [("CORRECTED", "1100.00"), ("REVERSED", "-1000.00")])


def test_what_is_found_after_a_later_period_is_closed_is_for_a_person(ledger):
    """The rate of H1 is put right when H2 has gone: it is said so, and no period promises to correct it."""
    sold = [sale(1, quantity=1000)]
    issued(ledger, inputs(sold, [at(10)]))
    issued(ledger, inputs(sold, [at(10)]), period=NEXT)
    late = issued(ledger, inputs(sold, [at(12)]))
    assert (late.intents, [(one.rule, one.found) for one in late.findings]) == (
        [], [("RS10", "its inputs give another result now, and a later period is closed")]
    )  # fmt: skip


def told(ledger, period):
    """What each statement of a period says is due, and its rows' kind and earnings."""
    found = []
    for row in ledger.newest(USE_CASE, f"{period}:standard"):
        data = json.loads(ledger.content(row.content_hash))["Data"]
        rows = [(one["Kind"], one["SS62"]) for edition in data["Editions"] for one in edition["Rows"]]
        found.append((data["Balance"]["Due"], rows))
    return found


def test_an_account_that_was_held_back_goes_when_it_is_mended(ledger):
    """The first run sends one account's statement, the second the other's; neither is sent twice."""
    twice = terms(2, 2, rates=terms(2, 2).rates * 2)
    issued(ledger, inputs([sale(1), sale(2, product=2)], [terms(), twice]))
    made = issued(ledger, inputs([sale(1), sale(2, product=2)], [terms(), terms(2, 2)]))
    assert made.counts == {"approved before": 1, "new": 1}
    assert statements(ledger)["2026H1:standard"] == ["statement:2026H1:contract:1:1", "statement:2026H1:contract:2:1"]


def test_the_next_period_finds_how_an_account_closed(ledger):
    """The closing of the newest earlier period; none before the first, and none from a later one."""
    issued(ledger, inputs([sale(1, quantity=10)], [terms(minimum_payment=Decimal(25))]))
    past = past_of(ledger, NEXT)("contract:1")
    assert past.opening is not None
    assert [(payee, own.balance) for payee, own in past.opening.payees] == [(1, 1000)]
    now = past_of(ledger, PERIOD)("contract:1")
    assert (now.opening, now.approved) == (None, past.opening)
    assert past_of(ledger, NEXT)("contract:9").opening is None


def test_template_and_compliance_text_follow_group_country_and_imprint(ledger):
    """The first entry that fits; a payee whom none fits is an exception and holds nobody up."""
    illustrators = Template(name="pictures", template="RoyaltyStatement", version="4", compliance="For pictures.", author_group="pictures")
    french = Template(name="fr", template="RoyaltyStatement", version="4", compliance="Conforme.", country="FR")
    marlow = Template(name="marlow", template="RoyaltyStatement", version="4", compliance="Marlow.", imprint="Marlow House", country="GB")
    own = SETTINGS.model_copy(update={"templates": (illustrators, french, marlow), "author_groups": {"pictures": (2,)}})
    given = inputs([sale(1)], [terms(payees=((1, 1), (2, 1), (3, 1)))])
    payees = {**given.payees, 3: changed(given.payees[3], country="DE", tax_status="ABROAD")}
    made = issued(ledger, changed(given, payees=payees), settings=own)
    assert {name: len(found) for name, found in statements(ledger).items()} == {
        "2026H1:pictures": 1, "2026H1:marlow": 1, "approved:2026H1": 1
    }  # fmt: skip
    assert [(one.rule, one.subject) for one in made.findings] == [("RS7", "statement:2026H1:contract:1:3")]


def test_a_payee_without_any_address_is_held(ledger):
    """No e-mail, no street, no secure web: the account waits, and no statement is approved that nobody could get."""
    given = changed(inputs([sale(1)], [terms()]), payees={1: Payee(id=1, name="Nobody")})
    [result] = gathered(grouped(given)).results
    assert [hold.rule for hold in result.holds] == ["HOLD-ADDRESS", "HOLD-CHANNEL", "HOLD-TAX"]
    assert "Nobody" not in result.blocked_by
    assert issued(ledger, given).counts == {}
    assert statements(ledger) == {}


@pytest.mark.parametrize(
    ("payee", "channel"),
    [
        (Payee(id=1, email="a@b.example"), "email"),
        (Payee(id=1, email="a@b.example", delivery="print"), "email"),
        (Payee(id=1, email="a@b.example", line1="1 Row", delivery="print"), "print"),
        (Payee(id=1, delivery="web"), "web"),
        (Payee(id=1, line1="1 Row", delivery="email"), "print"),
        (Payee(id=1), None),
    ],
)
def test_channel(payee, channel):
    """As the payee prefers where that can be done, else where there is an address."""
    assert payee.channel == channel


def test_the_period_of_a_run():
    """The half year that ended last, unless the form names one; one that has not ended is refused."""
    assert period_for({}, datetime(2026, 9, 1, tzinfo=UTC)).label == "2026H1"
    assert period_for({}, datetime(2026, 3, 1, tzinfo=UTC)).label == "2025H2"
    assert period_for({"period": "2026Q2"}, AS_OF).ends_on == date(2026, 6, 30)
    with pytest.raises(BadConfigError, match="not ended"):
        period_for({"period": "2026H2"}, AS_OF)
    with pytest.raises(InvalidError):
        period_for({"period": "spring"}, AS_OF)


def test_consonance_is_told_of_each_outcome_and_of_no_amount(ledger):
    """One communication on the contact for each statement that has left or failed; what still waits is not told."""
    issued(ledger, inputs([sale(1, quantity=1000)], [terms(payees=((1, 1), (2, 1)))]))
    [first, _] = ledger.claim(USE_CASE, "2026H1:standard", owner="t", lease_s=900, limit=10)
    from colophon.domain.delivery import Verdict

    ledger.finish([Verdict(first.id, "accepted", "job-1/1")], owner="t")
    [told] = decision.write_backs(ledger=ledger, config=load_config(), params={"period": "2026H1"}, as_of=AS_OF)
    assert (told.reference, told.members["outcome"], told.members["contactId"]) == (
        f"ex3:2026H1:1:{short('contract:1')[:12]}",
        "ACCEPTED",
        1,
    )
    assert told.checked().payload["documentSha256"] == first.content_hash
