"""The built-in catalogue's sales, terms, payments, deals and to-dos, read from the sandbox's files: believable, and awkward on purpose."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest

from colophon.config.milestones import load_milestones
from colophon.domain.finding import Finding
from colophon.domain.rights_deal import DealStatus
from colophon.domain.royalty_terms import EscalatorKind, RoyaltyLevel
from colophon.domain.todo import Milestone, TodoStatus
from colophon.systems.consonance.reports.calendar import with_milestones
from colophon.systems.consonance.reports.reader import Reports
from colophon.systems.consonance.reports.source import FolderSource
from colophon.systems.consonance.settings import ConsonanceSettings
from colophon_sandbox import seeds
from colophon_sandbox.serve import make_sandbox
from colophon_sandbox.systems.consonance.records import Records
from colophon_sandbox.systems.consonance.report_files import write_reports

TODAY = date(2026, 5, 1)
NAMES = ("sales", "royalty_terms", "payments", "rights_deals", "todos")


@pytest.fixture(scope="module")
def told(tmp_path_factory) -> SimpleNamespace:
    """Records and findings of each report, and the catalogue that they were made of."""
    folder, catalogue = tmp_path_factory.mktemp("reports"), seeds.catalogue(300, 42)
    sandbox = make_sandbox(seeds=[lambda: catalogue])
    write_reports(Records(sandbox.world.store), folder)
    settings = ConsonanceSettings.from_connection("https://web.consonance.example", "k" * 32, {"settle_seconds": 0})
    reports = Reports.from_settings(settings, FolderSource(str(folder)), clock=lambda: datetime.now(UTC) + timedelta(seconds=5))
    found, faults = {}, {}
    for name in NAMES:
        with getattr(reports, name)() as report:
            rows = list(report)
        found[name] = [row for row in rows if not isinstance(row, Finding)]
        faults[name] = [row for row in rows if isinstance(row, Finding)]
    return SimpleNamespace(**found, faults=faults, seed=catalogue["consonance"])


def test_the_same_seed_gives_the_same_figures() -> None:
    """Another seed gives others; every name of a record is there once."""
    first = seeds.catalogue(300, 42)["consonance"]
    assert first["sales"] == seeds.catalogue(300, 42)["consonance"]["sales"]
    assert first["sales"] != seeds.catalogue(300, 43)["consonance"]["sales"]
    for name in ("sales", "payments", "royaltyTerms", "rightsDeals", "todos", "contracts", "contacts"):
        ids = [row["id"] for row in first[name]]
        assert len(ids) == len(set(ids)) > 50, name


def test_only_one_known_fault_in_all_reports(told) -> None:
    """The lines of the ISBN with a wrong digit cannot be read; nothing else is faulty."""
    assert {name: len(faults) > 0 for name, faults in told.faults.items()} == {name: name == "sales" for name in NAMES}
    wrong = {product["isbn13"] for product in told.seed["products"] if product["fullTitle"] == "A Digit Wrong"}
    assert {fault.field for fault in told.faults["sales"]} == {"Product ID"}
    assert all(any(isbn in fault.found for isbn in wrong) for fault in told.faults["sales"])


def test_every_product_that_is_out_has_sales_under_a_contract(told) -> None:
    """Seven months of several channels; what nobody typed terms for is sold all the same."""
    isbns = {p["isbn13"]: p for p in told.seed["products"]}
    assert {sale.sold_on.strftime("%Y-%m") for sale in told.sales} >= {"2025-10", "2026-04"}
    assert {sale.channel_id for sale in told.sales} == set(range(1, 9))
    paid = {contract["workId"] for contract in told.seed["contracts"]} & {
        contract["workId"] for contract in told.seed["contracts"] if contract["id"] in {terms.contract_id for terms in told.royalty_terms}
    }
    works = {isbns[sale.isbn13]["workId"] for sale in told.sales if sale.isbn13}
    assert len(works & paid) > 100
    assert works - paid, "no sale waits for terms"


def test_values_follow_from_price_and_discount(told) -> None:
    """No line is worth more than its list price; money has the decimals of its currency."""
    for sale in told.sales:
        if sale.value is not None and sale.list_price is not None:
            assert sale.value <= sale.list_price * sale.quantity
        if sale.original_currency == "JPY":
            assert sale.original_value == sale.original_value.to_integral_value()
    assert {sale.original_currency for sale in told.sales} == {None, "EUR", "USD", "JPY"}


def test_lines_that_break_naive_royalty_runs_are_there(told) -> None:
    """Each by its note: steps crossed, more returned than sold, no value, none at all, late, equal lines."""
    notes = Counter(sale.notes for sale in told.sales if sale.notes)
    assert len(notes) == 10
    by_note = {sale.notes: sale for sale in told.sales if sale.notes}
    assert by_note["Crosses every step in one line"].quantity == 9000
    assert notes["Two equal lines, and both are true"] == 2
    assert by_note["Review copies"].value == 0
    assert by_note["Nobody told what it was worth"].value is None
    assert by_note["Reported a year late"].sold_on == date(2025, 3, 31)
    back = by_note["More comes back than was sold"]
    net = sum(s.quantity * (-1 if s.is_return else 1) for s in told.sales if s.isbn13 == back.isbn13)
    assert back.is_return
    assert net < 0
    assert any(sale.product_id and not sale.isbn13 for sale in told.sales), "nothing is sold without an ISBN"


def test_terms_say_all_that_royalties_need(told) -> None:
    """Rates on list and on net, steps, channels, shares, agents, advances paid and not, unearned balances, reserves."""
    terms = told.royalty_terms
    rates = [rate for one in terms for rate in one.rates]
    assert {rate.level for rate in rates} == {RoyaltyLevel.PRODUCT, RoyaltyLevel.MASTERCHANNEL, RoyaltyLevel.CHANNEL}
    assert {escalator.kind for rate in rates for escalator in rate.escalators} == {EscalatorKind.UNIT, EscalatorKind.DATE}
    assert all(sum(split.share_percent for split in one.splits) == 100 for one in terms)
    assert {len(one.splits) for one in terms} >= {1, 2, 3}
    assert any(split.share_percent == Decimal("51.612903") for one in terms for split in one.splits)
    assert any(split.agent_id for one in terms for split in one.splits)
    assert {bool(advance.paid_on) for one in terms for advance in one.advances} == {True, False}
    assert any((split.opening_balance or 0) < 0 for one in terms for split in one.splits)
    assert {reserve.rate_percent for one in terms for reserve in one.reserves} == {Decimal(10), Decimal(20)}
    assert len(told.seed["contracts"]) - len(terms) >= 1


def test_payments_are_of_contracts_and_one_is_there_twice(told) -> None:
    """Paid advances are among them, to somebody of the contract where it is the payees' together."""
    contracts = {contract["id"] for contract in told.seed["contracts"]}
    assert {payment.contract_id for payment in told.payments} <= contracts
    payments = {(p.contract_id, p.contact_id, p.paid_on, p.amount) for p in told.payments}
    paid = [(one, a) for one in told.royalty_terms for a in one.advances if a.paid_on]
    assert {a.is_joint for _, a in paid} == {True, False}
    for one, a in paid:
        whose = {split.payee_id for split in one.splits} if a.is_joint else {a.payee_id}
        assert any((one.contract_id, payee, a.paid_on, a.amount) in payments for payee in whose)
    assert max(Counter(p.external_reference for p in told.payments).values()) == 2


def test_deals_end_on_every_day_that_matters(told) -> None:
    """And are renewed, terminated, without an end, or not told what they cover."""
    days = {(deal.expires_on - TODAY).days for deal in told.rights_deals if deal.expires_on and deal.status is DealStatus.SIGNED}
    assert {180, 90, 30, 7, 0, -1} <= days
    assert {deal.status for deal in told.rights_deals} >= set(DealStatus) - {DealStatus.CANCELLED}
    assert any(deal.expires_on is None for deal in told.rights_deals)
    assert any(deal.territories is None and deal.is_exclusive is None for deal in told.rights_deals)


def test_every_milestone_is_reached_by_some_title(told) -> None:
    """Two descriptions alone are nobody's milestone; some to-dos are late, due today, or wait for another."""
    records = list(with_milestones(told.todos, load_milestones()))
    todos = [record for record in records if not isinstance(record, Finding)]
    unmapped = [record for record in records if isinstance(record, Finding)]
    assert {todo.milestone for todo in todos} >= set(Milestone)
    assert [record.found for record in unmapped] == ["'Ring the printer; ask, nicely, about the blue'"]
    waiting = [todo for todo in todos if todo.status is TodoStatus.OPEN and todo.due_on]
    assert {-4, -1, 0, 1, 3, 7} <= {(todo.due_on - TODAY).days for todo in waiting}
    ids = {todo.id for todo in todos}
    assert all(set(todo.blocked_by) <= ids for todo in todos)
    assert sum(todo.status is TodoStatus.DONE for todo in todos) > 200
