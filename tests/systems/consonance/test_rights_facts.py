"""Rights facts of an account with the extension and of one with files: the same, and unknown where neither tells."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from colophon.domain.team import TeamRole
from colophon.http.client import HttpClient
from colophon.rights.facts import Facts, read_facts
from colophon.systems.consonance.client import ConsonanceClient
from colophon.systems.consonance.reports.store import Credentials, open_place
from colophon.systems.consonance.rights_facts import Changed, gather
from colophon.systems.consonance.settings import ConsonanceSettings
from colophon_sandbox.seeds.shelf import product, work
from colophon_sandbox.serve import running_sandbox

NOW = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)
ROW = {"revision": 1, "updatedAt": "2026-04-02T10:00:00Z", "exclusive": True, "languages": ["eng"], "formats": ["PAPERBACK"]}
ROW |= {"territories": {"included": ["WORLD"], "excluded": ["US"]}, "channels": ["*"], "startsOn": "2020-01-31", "expiresOn": None}
WORKS = [work(number, "The Larkspur", 1) for number in (9, 10)]
SEED: dict[str, Any] = {
    "imprints": [{"id": 1, "name": "Larkspur"}],
    "works": WORKS,
    "contacts": [{"id": 31, "__typename": "Person", "name": "Ann Author"}],
    "products": [product(101, WORKS[0], "BC", "9781999000004"), product(102, WORKS[1], "BC", "9781999000011")],
    "contracts": [{"id": n, "clientId": 1, "contractName": "Head", "workId": 5 + n, "signedDate": "2020-01-31", "term": "120"} for n in (4, 5)],
    "headGrants": [ROW | {"id": n, "workId": 8 + n, "contractId": 3 + n, "rightsType": "Volume"} for n in (1, 2)],
    "rightsDeals": [ROW | {"id": 5, "workId": 9, "licenseeId": 31, "rightsType": "Translation", "status": "SIGNED", "expiresOn": "2026-06-30"}],
    "teamMembers": [{"id": 1, "revision": 1, "updatedAt": NOW.isoformat(), "workId": 9, "role": "RIGHTS_MANAGER", "contactId": 31, "managerId": None}],
}  # fmt: skip


@pytest.fixture(scope="module")
def sandbox() -> Iterator[str]:
    """A sandbox with two works."""
    with running_sandbox({"consonance": SEED}) as url:
        requests.put(f"{url}/__sandbox__/clock", json={"now": NOW.isoformat(), "mode": "frozen"}, timeout=60).raise_for_status()
        yield url


def read(sandbox: str, only: list[Changed] | None = None, **extra: object) -> tuple[Facts, dict[str, str]]:
    """All facts in one batch."""
    given = {"start_jitter_seconds": 0, **extra}
    settings = ConsonanceSettings.from_connection(f"{sandbox}/consonance", "sandbox0key0not0real000000000000", given)
    with ExitStack() as stack:
        client = stack.enter_context(ConsonanceClient(settings, sleep=lambda _: None))
        place = None
        if settings.reports_location:
            opener = lambda http, auth: HttpClient(http, auth, system="consonance")
            credentials = Credentials(password="sandbox0key0not0real000000000000")
            place = stack.enter_context(open_place(settings, credentials, opener, clock=lambda: NOW))
        facts, sources = gather(client, place, only)
    (lines,) = facts.batches(1000)
    return read_facts(lines), sources


def bare(records: Any) -> list[dict[str, Any]]:
    """Records without what tells where they came from."""
    from dataclasses import asdict

    dropped = {"origin", "revision", "updated_at", "id"}
    return [{k: v for k, v in asdict(record).items() if k not in dropped} for record in records]


def test_files_tell_what_the_extension_tells(sandbox: str) -> None:
    """An account with the documented schema alone comes to the same facts, if the reports are there."""
    told, sources = read(sandbox)
    assert set(sources.values()) == {"graphql"}
    read_from_files, sources = read(sandbox, profile="documented", reports_location=f"{sandbox}/consonance/__files__")
    assert (sources["head_grants"], sources["team"]) == ("head_grants.csv", "team.csv")
    assert told.products == read_from_files.products
    assert told.contracts == read_from_files.contracts
    for kind in ("grants", "deals", "team"):
        assert bare(getattr(told, kind)) == bare(getattr(read_from_files, kind))
    assert told.team is not None
    assert told.team[0].role is TeamRole.RIGHTS_MANAGER


def test_without_extension_and_files_nothing_is_known(sandbox: str, tmp_path: Path) -> None:
    """Not "there are none": every product closes."""
    for place in ({}, {"reports_location": str(tmp_path)}):
        facts, sources = read(sandbox, profile="documented", **place)
        assert (facts.grants, facts.deals, facts.team) == (None, None, None)
        assert sources["rights_deals"] == "unknown"
        assert len(facts.products) == 2


def test_contracts_are_found_by_their_report(sandbox: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An account that lists none: those of the file are asked for, also where they grant nothing; a faulty row is told."""
    monkeypatch.setattr(ConsonanceClient, "lists_contracts", lambda _: False)
    facts, _ = read(sandbox, profile="documented")
    assert facts.contracts is None
    facts, sources = read(sandbox, profile="documented", reports_location=f"{sandbox}/consonance/__files__")
    assert [contract.id for contract in facts.contracts or ()] == [4, 5]
    (tmp_path / "contracts.csv").write_text("Contract ID,Work ID\n5,10\nfour,9\n", encoding="utf-8")
    os.utime(tmp_path / "contracts.csv", (NOW.timestamp() - 3600,) * 2)
    facts, sources = read(sandbox, profile="documented", reports_location=str(tmp_path))
    assert ([contract.id for contract in facts.contracts or ()], sources["contracts"], facts.grants) == ([5], "graphql", None)
    assert [(f.about, f.field) for f in facts.unreadable] == [("work:9", "Contract ID")]
    assert [holding.unreadable for holding in facts.holdings()] == [(), ()]


def test_only_what_changed_is_read(sandbox: str) -> None:
    """A product that changed, with the rights of its work; the others are not touched."""
    for extra in ({}, {"profile": "documented", "reports_location": f"{sandbox}/consonance/__files__"}):
        facts, _ = read(sandbox, [Changed("9781999000011", 10)], **extra)
        assert [product.id for product in facts.products] == [102]
        assert [contract.id for contract in facts.contracts or ()] == [5]
        assert [grant.work_id for grant in facts.grants or ()] == [10]
        assert facts.deals == ()


def test_a_faulty_row_names_its_work(tmp_path: Path, sandbox: str) -> None:
    """A grant that ends before it starts, one for some ISBNs only, and a deal without a readable work."""
    heads = "Deal ID,Work ID,ISBNs,Contract ID,{}Rights type,Exclusive,Territories,Excluded territories,Languages,Formats,Channels,Starts on,Expires on"
    grants = [
        heads.format(""),
        "1,9,,4,Volume,Yes,WORLD,,eng,*,*,2026-02-01,2026-01-01",
        "2,10,9781999000011,5,Volume,Yes,WORLD,,eng,*,*,,",
    ]
    deals = [
        heads.format("Licensee contact ID,") + ",Sell-off until,Deal stage,Contact ID",
        "5,nine,,4,31,Translation,Yes,FR,,fre,*,*,,2026-06-30,,Signed,",
    ]
    (tmp_path / "head_grants.csv").write_text("\n".join(grants), encoding="utf-8")
    (tmp_path / "rights_deals.csv").write_text("\n".join(deals), encoding="utf-8")
    for file in tmp_path.iterdir():
        os.utime(file, (NOW.timestamp() - 3600,) * 2)
    facts, _ = read(sandbox, profile="documented", reports_location=str(tmp_path))
    assert [(f.about, f.field, f.owner) for f in facts.unreadable] == [
        ("", "Work ID", "operations"),
        ("work:9", "Expires on", "operations"),
        ("work:10", "ISBNs", "operations"),
    ]
    assert facts.grants == ()
    assert [len(holding.unreadable) for holding in facts.holdings()] == [2, 2]
    assert date(2026, 6, 30) not in {deal.expires_on for deal in facts.deals or ()}
