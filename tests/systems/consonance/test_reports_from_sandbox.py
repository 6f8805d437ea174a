"""Reports and calendar against the sandbox, over HTTP and from a folder that it wrote: two readings of one contract agree."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests

from colophon.config.milestones import load_milestones
from colophon.domain.finding import Finding
from colophon.domain.todo import Milestone, TodoStatus
from colophon.errors import AuthFailedError, BadReportError, NotOursError, NotReadyError
from colophon.http.auth import BearerKey
from colophon.http.client import HttpClient
from colophon.systems.consonance.reports.calendar import read_calendar
from colophon.systems.consonance.reports.http_source import HttpSource
from colophon.systems.consonance.reports.reader import Reports
from colophon.systems.consonance.reports.source import FolderSource
from colophon.systems.consonance.settings import ConsonanceSettings
from colophon_sandbox.serve import make_sandbox, running_sandbox
from colophon_sandbox.systems.consonance.records import Records
from colophon_sandbox.systems.consonance.report_files import write_reports

KEY = "sandbox0key0not0real000000000000"
NOW = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)
ROW = {"revision": 1, "updatedAt": "2026-04-02T10:00:00Z"}
SALE = ROW | {
    "productId": 101, "isbn13": "9780000000002", "channelId": 7, "salesDate": "2026-04-30", "listPrice": "9.99", "source": '=Whole, "saler"',
    "quantity": 3, "value": "17.50", "currencyCode": "GBP", "countryCode": "GB", "originalCurrency": "EUR", "originalValue": "20.05",
}  # fmt: skip
SEED: dict[str, Any] = {
    "works": [{"id": 9, "title": "The Larkspur", "contributions": [], "subjectCodes": [], "marketingTexts": []}],
    "contacts": [{"id": 31, "__typename": "Person", "name": "Ann Author"}],
    "products": [{"id": 101, "workId": 9, "__typename": "PhysicalBookProduct", "isbn13": "9780000000002", "fullTitle": "The Larkspur"}],
    "contracts": [{"id": 4, "clientId": 1, "contractName": "Head contract", "workId": 9}],
    "sales": [SALE | {"id": 1, "isReturn": False}, SALE | {"id": 2, "isReturn": True, "isbn13": None, "value": None}],
    "rightsDeals": [
        ROW | {
            "id": 5, "workId": 9, "licenseeId": 31, "rightsType": "Translation", "exclusive": None, "status": "SIGNED", "productIds": [101],
            "territories": {"included": ["FR", "CA-QC"], "excluded": []}, "languages": ["fre"], "formats": ["EBOOK"], "channels": ["*"],
            "startsOn": "2023-07-01", "expiresOn": "2026-06-30", "sellOffUntil": None,
        }
    ],
    "payments": [ROW | {"id": 6, "contactId": 31, "contractId": 4, "paidOn": "2026-04-01", "amount": "120.50", "currencyCode": "GBP"}],
    "royaltyTerms": [
        ROW | {
            "id": 7, "contractId": 4, "currencyCode": "GBP", "statementMonths": [6], "statementNumber": 3,
            "rates": [
                {"id": 1, "level": "WORK", "priceBasis": "LIST", "ratePercent": "7.5", "escalators": [
                    {"kind": "UNIT", "from": "5000", "inclusive": False, "ratePercent": "10", "combine": "REPLACE"},
                ]},
                {"id": 2, "level": "CHANNEL", "channelId": 7, "priceBasis": "NET", "ratePercent": "12.5", "escalators": []},
            ],
            "splits": [{"payee": {"id": 31}, "weight": 1, "sharePercent": "100", "openingBalance": "-250.25"}],
            "advances": [{"id": 1, "payee": {"id": 31}, "joint": False, "trigger": "Signature", "amount": "1000", "currencyCode": "GBP", "paidOn": "2025-01-02"}],
            "reserves": [{"statementFrom": 1, "statementTo": 2, "ratePercent": "20", "base": "ROYALTY"}],
        }
    ],
    "todos": [
        ROW | {"id": 1, "workId": 9, "description": "Proof approved", "dueOn": "2026-04-01", "completedOn": "2026-04-02", "status": "DONE", "tags": ["Milestone"], "blockedBy": []},
        ROW | {"id": 2, "workId": 9, "description": "Ask; the, author\\", "dueOn": None, "completedOn": None, "status": "OPEN", "tags": [], "blockedBy": [1]},
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def sandbox() -> Iterator[str]:
    """A sandbox with one work and one of everything that the reports tell."""
    with running_sandbox({"consonance": SEED}) as url:
        requests.put(f"{url}/__sandbox__/clock", json={"now": "2026-05-01T06:00:00Z", "mode": "frozen"}, timeout=60).raise_for_status()
        yield url


@pytest.fixture(autouse=True)
def fresh(sandbox: str) -> None:
    """As at the start, before each test."""
    requests.post(f"{sandbox}/__sandbox__/reset", json={"system": "consonance"}, timeout=60).raise_for_status()


@pytest.fixture(params=["http", "folder csv", "folder xlsx"])
def reports(request: pytest.FixtureRequest, sandbox: str, tmp_path: Path) -> Iterator[Reports]:
    """The same reports by each way."""
    settings = ConsonanceSettings.from_connection(f"{sandbox}/consonance", KEY, {})
    if request.param == "http":
        with client(sandbox) as http:
            yield Reports.from_settings(settings, HttpSource(http), clock=lambda: NOW)
        return
    seeded = make_sandbox(seeds=[lambda: {"consonance": SEED}])
    write_reports(Records(seeded.world.store), tmp_path, request.param.split()[1])
    written = datetime.now(UTC)
    yield Reports.from_settings(settings, FolderSource(str(tmp_path)), clock=lambda: written + timedelta(hours=1))


def client(sandbox: str, key: str = KEY) -> HttpClient:
    """HTTP at the sandbox's report files."""
    settings = ConsonanceSettings.from_connection(f"{sandbox}/consonance/__files__", key, {})
    return HttpClient(settings.http, BearerKey(key), system="consonance", sleep=lambda _: None, random=lambda: 0.0, clock=lambda: NOW)


def over_http(http: HttpClient, **extra: object) -> Reports:
    """Reports over HTTP with some keys of the connection."""
    settings = ConsonanceSettings.from_connection("https://web.consonance.example", KEY, extra)
    return Reports.from_settings(settings, HttpSource(http), clock=lambda: NOW)


def records(report: Any) -> list[Any]:
    """All records of a report without any fault."""
    assert report is not None
    with report:
        found = list(report)
    assert not [record for record in found if isinstance(record, Finding)]
    return found


def plan(sandbox: str, kind: str, value: Any = None, path: str = "*") -> None:
    """A fault that stays."""
    body = {"system": "consonance", "kind": kind, "value": value, "times": None, "match": {"path": path}}
    assert requests.post(f"{sandbox}/__sandbox__/faults", json=body, timeout=60).status_code == 201


def test_every_report_tells_what_the_seed_holds(reports: Reports) -> None:
    """By HTTP, as CSV and as workbooks: the same records."""
    sale, back = records(reports.sales())
    assert (sale.isbn13, sale.source, sale.value, sale.original_value) == (
        "9780000000002",
        '=Whole, "saler"',
        Decimal("17.50"),
        Decimal("20.05"),
    )
    assert (back.product_id, back.is_return, back.value, back.quantity) == (101, True, None, 3)
    (deal,) = records(reports.rights_deals())
    assert (deal.territories, deal.excluded_territories, deal.is_exclusive, deal.isbns) == (("FR", "CA-QC"), None, None, ("9780000000002",))
    (payment,) = records(reports.payments())
    assert (payment.id, payment.amount) == (6, Decimal("120.50"))
    (terms,) = records(reports.royalty_terms())
    product, channel = terms.rates
    assert (product.product_id, product.rate_percent, product.escalators[0].above) == (101, Decimal("7.5"), Decimal(5000))
    assert (channel.channel_id, channel.rate_percent) == (7, Decimal("12.5"))
    assert (terms.splits[0].opening_balance, terms.advances[0].amount) == (Decimal("-250.25"), Decimal(1000))
    done, asked = records(reports.todos())
    assert (done.status, asked.status, asked.blocked_by, asked.description) == (
        TodoStatus.DONE,
        TodoStatus.OPEN,
        (1,),
        "Ask; the, author\\",
    )


def test_the_calendar_tells_the_same_todos_by_link_and_by_file(sandbox: str) -> None:
    """Milestones among them; the unknown description is a finding."""
    link = {"ical_url": f"{sandbox}/consonance/__files__/todos.ics?key={KEY}"}
    with client(sandbox) as http:
        for extra in (link, {}):
            settings = ConsonanceSettings.from_connection("https://web.consonance.example", KEY, extra)
            files = over_http(http).files
            found = read_calendar(settings, load_milestones(), http=http, files=files, clock=lambda: NOW)
            assert found is not None
            done, asked, fault = found.records
            assert (done.work_id, done.status, done.milestone) == (9, TodoStatus.DONE, Milestone.PROOF_APPROVED)
            assert (asked.description, asked.milestone) == ("Ask; the, author\\", None)
            assert isinstance(fault, Finding)


def test_a_stale_or_half_written_report_is_waited_for(sandbox: str) -> None:
    """Neither is ever read as if it were today's."""
    with client(sandbox) as http:
        plan(sandbox, "stale_report", 3)
        with pytest.raises(NotReadyError, match="74 hours old"):
            over_http(http).sales()
        requests.delete(f"{sandbox}/__sandbox__/faults", timeout=60)
        plan(sandbox, "half_report")
        with pytest.raises(NotReadyError, match="still being written"):
            over_http(http).sales()


def test_a_mark_is_asked_for_over_http_too(sandbox: str) -> None:
    """Not there: later. There: read."""
    with client(sandbox) as http:
        made = over_http(http, reports_done_suffix=".done")
        with pytest.raises(NotReadyError, match=r"\.done"):
            made.sales()
        settings = {"consonance": {"report_done_suffix": ".done"}}
        requests.patch(f"{sandbox}/__sandbox__/settings", json=settings, timeout=60).raise_for_status()
        assert len(records(made.sales())) == 2


def test_what_is_no_report_is_not_read(sandbox: str) -> None:
    """A refused key, a login page, a server that tells no date."""
    with client(sandbox, "wrong0key0wrong0key0wrong0key000") as http, pytest.raises(AuthFailedError):
        over_http(http).sales()
    with client(sandbox) as http:
        plan(sandbox, "login_page", path="/__files__/sales.csv")
        with pytest.raises(NotOursError, match="a page answers"):
            over_http(http).sales()
        requests.delete(f"{sandbox}/__sandbox__/faults", timeout=60)
        plan(sandbox, "status", {"status": 200, "contentType": "text/csv", "body": ""}, path="/__files__/sales.csv")
        with pytest.raises(BadReportError, match="when it was written"):
            over_http(http).sales()


def test_a_cut_download_is_repeated_and_a_report_is_never_half(sandbox: str) -> None:
    """The first answer breaks off; the second is whole."""
    body = {"system": "consonance", "kind": "truncate", "times": 1, "match": {"method": "GET", "path": "/__files__/sales.csv"}}
    requests.post(f"{sandbox}/__sandbox__/faults", json=body, timeout=60).raise_for_status()
    with client(sandbox) as http:
        assert len(records(over_http(http).sales())) == 2


def test_no_report_means_unknown(sandbox: str) -> None:
    """A list in another format than the one that is there, and one that nobody makes."""
    with client(sandbox) as http:
        assert HttpSource(http).look("rights_deals.xlsx") is None
        plan(sandbox, "status", {"status": 404}, path="/__files__/payments.*")
        assert over_http(http).payments() is None
