"""Each counterpart of the rights use cases down for a day: what ends that day closes, and the next day all is whole again.

And bad records of rights: named, and closed until they are mended.
"""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cases import case_of
from conftest_rights import point_at
from ledger_database import make_ledger
from rights_story import LIBRARY, PORTAL, follow, run_context
from rights_world import CONSONANCE, ENDED, OPEN, add_video, control, library, portal_product, shown_open

from colophon.errors import ColophonError, TryAgainError
from colophon.http.retry import asking_once
from colophon.ledger import Ledger
from colophon.staging import Staging
from colophon_airflow.assets import RIGHTS_CHANGED
from colophon_airflow.operators.rights import RightsExtractOperator
from colophon_sandbox.serve import running_sandbox

SCAN = "push.rights_expiry_scan"
MONDAY = datetime(2026, 3, 30, 5, 30, tzinfo=UTC)
TUESDAY, WEDNESDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)
DOWN = {
    "refuses": {"kind": "refuse"},
    "resets": {"kind": "reset"},
    "login page": {"kind": "login_page"},
    "unavailable": {"kind": "status", "value": {"status": 503}},
}


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """The small house of `rights_world`, on which nothing ran yet."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    make_ledger(url)
    with running_sandbox({"consonance": CONSONANCE}) as sandbox:
        point_at(sandbox, tmp_path, monkeypatch)
        yield SimpleNamespace(sandbox=sandbox, ledger=lambda: Ledger.open(url))


@pytest.fixture
def house(bare: SimpleNamespace) -> SimpleNamespace:
    """Monday is over: portal and library show two titles. The contract of one of them ends on Tuesday: it closes that day."""
    found = bare
    seed(found, contracts=[CONSONANCE["contracts"][1] | {"terminatedDate": f"{TUESDAY:%Y-%m-%d}"}])
    products = [portal_product(1, OPEN), portal_product(2, ENDED)]
    control(found.sandbox, "POST", "/seed", {"records": {"fourallportal": {"product": products}}})
    clock(found, MONDAY)
    with library(found.sandbox) as client:
        found.videos = {isbn: add_video(client, isbn, isbn) for isbn in (OPEN, ENDED)}
    for use_case in (PORTAL, LIBRARY):
        run(found, use_case, MONDAY)
    assert "GB/web" in shown_open(found.sandbox)[ENDED]
    return found


def seed(house: SimpleNamespace, **records: Any) -> None:
    """Records of Consonance as they are from now on."""
    control(house.sandbox, "POST", "/seed", {"records": {"consonance": records}})


def run(house: SimpleNamespace, use_case: str, at: datetime) -> None:
    """All tasks of a run, each on its last try."""
    context = run_context(at)
    batches = RightsExtractOperator(task_id="extract", use_case=use_case, case=case_of(use_case), or_last_known=True).execute(context)
    follow(use_case, context, batches, lambda: clock(house, at + timedelta(minutes=2)))


def clock(house: SimpleNamespace, at: datetime) -> None:
    """The sandbox's moment."""
    control(house.sandbox, "PUT", "/clock", {"now": at.isoformat(), "mode": "frozen"})


@contextmanager
def down(house: SimpleNamespace, system: str, how: dict[str, Any]) -> Iterator[None]:
    """A system out of order for a day."""
    control(house.sandbox, "POST", "/faults", {"system": system, "match": {}, "times": None, **how})
    with asking_once():
        yield
    control(house.sandbox, "DELETE", "/faults")


def rules(house: SimpleNamespace, use_case: str) -> set[tuple[str, str]]:
    """Open exceptions of a use case."""
    with house.ledger() as ledger:
        return {(row.rule, row.subject) for row in ledger.exceptions.open() if row.use_case.startswith(use_case.replace(".", "__"))}


def put_live(house: SimpleNamespace, isbn: str) -> None:
    """Somebody has a video run in Great Britain, past the library's rules."""
    seen = [{"videoId": house.videos[isbn], "channel": "social", "territory": "GB"}]
    control(house.sandbox, "POST", "/seed", {"records": {"bytenite": {"placements": seen}}})


def may_run(house: SimpleNamespace, isbn: str) -> set[str]:
    """Where the library's rules let a video run at any time."""
    with library(house.sandbox) as client:
        found = client.library.get_rules(house.videos[isbn])
    return {place for rule in (found.rules if found else ()) for place in rule.territories}


def live(house: SimpleNamespace) -> set[str]:
    """Videos that run somewhere."""
    with library(house.sandbox) as client:
        return {p.video_id for p in client.library.iter_placements() if p.state == "LIVE"}


@pytest.mark.parametrize("how", DOWN)
def test_consonance_is_down_for_a_day(house, how) -> None:
    """What ended on Monday closes on Tuesday all the same, nothing opens, the desk says so; on Wednesday all is as it should be."""
    seed(house, rightsDeals=[CONSONANCE["rightsDeals"][0] | {"expiresOn": "2020-12-31"}])  # France could be opened
    clock(house, TUESDAY)
    put_live(house, ENDED)
    with down(house, "consonance", DOWN[how]):
        for use_case in (PORTAL, LIBRARY):
            run(house, use_case, TUESDAY)
            assert ("R10", "consonance") in rules(house, use_case)
        with house.ledger() as ledger:
            found = next(row for row in ledger.exceptions.open() if row.rule == "R10")
        assert found.owner == "operations"
        assert "what was read 2026-03-30 05:30 UTC counts" in found.found
    shown = shown_open(house.sandbox)
    assert (shown[ENDED], "FR/web" in shown[OPEN], "GB/web" in shown[OPEN], live(house)) == (set(), False, True, set())
    assert ("FR" in may_run(house, OPEN), "GB" in may_run(house, OPEN), may_run(house, ENDED)) == (False, True, set())
    clock(house, WEDNESDAY)
    for use_case in (PORTAL, LIBRARY):
        run(house, use_case, WEDNESDAY)
        assert {rule for rule, _ in rules(house, use_case)} <= {"R1"}
    shown = shown_open(house.sandbox)
    assert (shown[ENDED], {"FR/web", "GB/web"} <= shown[OPEN]) == (set(), True)
    assert {"FR", "GB"} <= may_run(house, OPEN)


def test_a_catalogue_without_products_counts_as_down(house, monkeypatch) -> None:
    """Consonance answers, and has no title any more: what ended closes, the rest stays as it was."""
    from colophon.systems.consonance.client import ConsonanceClient

    monkeypatch.setattr(ConsonanceClient, "iter_products_for_rights", lambda *_, **__: iter(()))
    run(house, PORTAL, TUESDAY)
    assert ("R10", "consonance") in rules(house, PORTAL)
    shown = shown_open(house.sandbox)
    assert (shown[ENDED], "GB/web" in shown[OPEN]) == (set(), True)


def test_what_any_use_case_read_last_counts(house) -> None:
    """The scan read at 05:00 that a licence closes Germany; Consonance goes down before availability looks."""
    extra = CONSONANCE["rightsDeals"][0] | {"id": 9, "territories": {"included": ["DE"], "excluded": []}}
    seed(house, rightsDeals=[extra])
    RightsExtractOperator(task_id="extract", use_case=SCAN, case=case_of(SCAN)).execute(run_context(TUESDAY - timedelta(minutes=30)))
    with down(house, "consonance", DOWN["refuses"]):
        run(house, PORTAL, TUESDAY)
    shown = shown_open(house.sandbox)[OPEN]
    assert ("DE/web" in shown, "GB/web" in shown) == (False, True)


def test_without_earlier_facts_the_error_stands(bare) -> None:
    """The very first run cannot go by what was known; it is red, and nothing is touched."""
    with down(bare, "consonance", DOWN["refuses"]), pytest.raises(TryAgainError):
        run(bare, PORTAL, MONDAY)


def test_an_earlier_try_leaves_it_to_the_next(house) -> None:
    """What passes in half an hour needs no emergency."""
    context = run_context(TUESDAY)
    context["ti"].max_tries = 3
    with down(house, "consonance", DOWN["refuses"]), pytest.raises(ColophonError):
        RightsExtractOperator(task_id="extract", use_case=PORTAL, case=case_of(PORTAL), or_last_known=True).execute(context)


def test_facts_that_are_gone_leave_the_error(house, tmp_path) -> None:
    """Somebody cleared the staging location: the run is red, as it was."""
    shutil.rmtree(tmp_path / "staging")
    with down(house, "consonance", DOWN["refuses"]), pytest.raises(TryAgainError):
        run(house, PORTAL, TUESDAY)


def facts(at: datetime, **form: Any) -> list[str]:
    """What a scan reads, as the digests of its batches."""
    context = run_context(at) | {"params": form}
    batches = RightsExtractOperator(task_id="extract", use_case=SCAN, case=case_of(SCAN)).execute(context)
    return [str(batch["sha256"]) for batch in batches]


def test_pages_that_say_what_they_said_are_not_read_again(bare, monkeypatch) -> None:
    """Whichever use case read them; a dry run keeps nothing."""
    from colophon.systems.consonance.graphql import mapping, rights

    facts(MONDAY, dry_run=True)
    with bare.ledger() as ledger:
        assert ledger.memory.named("rights_pages:") == {}
    run(bare, PORTAL, MONDAY)
    first, broken = facts(MONDAY), lambda *_, **__: pytest.fail("it was read again")
    monkeypatch.setattr(mapping, "product_for_rights_from", broken)
    monkeypatch.setattr(rights, "head_grant_from", broken)
    assert facts(TUESDAY) == first


@pytest.mark.parametrize("fault", ["gone", "changed", "of another program"])
def test_pages_that_cannot_be_had_are_read(bare, tmp_path, monkeypatch, fault) -> None:
    """What was kept is no source: without it the facts are the same."""
    from colophon.systems.consonance import kept_pages
    from colophon.systems.consonance.graphql import mapping

    first, read, understand = facts(MONDAY), list[int](), mapping.product_for_rights_from
    monkeypatch.setattr(mapping, "product_for_rights_from", lambda row, **more: read.append(row["id"]) or understand(row, **more))
    if fault == "of another program":
        monkeypatch.setattr(kept_pages, "digest_of", lambda *_: "another")
    for file in (tmp_path / "staging").rglob("pages-*"):
        if fault == "gone":
            file.unlink()
        elif fault == "changed":
            file.write_bytes(file.read_bytes().replace(b"1", b"2"))
    assert (facts(TUESDAY), len(read)) == (first, len(CONSONANCE["products"]))


def test_what_changed_at_noon_counts_over_what_was_read_in_the_morning(house) -> None:
    """A run about one work read that its contract goes on; the day after, by what was known, that stays open."""
    lines = [json.dumps({"isbn13": ENDED, "work_id": 10})]
    batch = Staging(os.environ["AIRFLOW__COLOPHON__STAGING_LOCATION"]).write_lines("changed", lines)
    seed(house, contracts=[CONSONANCE["contracts"][1] | {"terminatedDate": None}])
    noon = run_context(MONDAY + timedelta(hours=7))
    noon["triggering_asset_events"] = {RIGHTS_CHANGED: [SimpleNamespace(extra={"batch": batch.model_dump()})]}
    RightsExtractOperator(task_id="extract", use_case=LIBRARY, case=case_of(LIBRARY), or_last_known=True).execute(noon)
    with down(house, "consonance", DOWN["refuses"]):
        run(house, PORTAL, TUESDAY)
    shown = shown_open(house.sandbox)
    assert ("GB/web" in shown[ENDED], "GB/web" in shown[OPEN]) == (True, True)


@pytest.mark.parametrize("how", ["resets", "unavailable"])
@pytest.mark.parametrize(("use_case", "system"), [(PORTAL, "fourallportal"), (LIBRARY, "bytenite")])
def test_a_counterpart_is_down_for_a_day(house, use_case, system, how) -> None:
    """The run is red; the next one brings in what waits, and nothing stays open."""
    clock(house, TUESDAY)
    put_live(house, ENDED)
    with down(house, system, DOWN[how]), pytest.raises(ColophonError):
        run(house, use_case, TUESDAY)
    clock(house, WEDNESDAY)
    run(house, use_case, WEDNESDAY)
    if use_case == PORTAL:
        assert shown_open(house.sandbox)[ENDED] == set()
    else:
        assert live(house) == set()
    assert "R7" not in {rule for rule, _ in rules(house, use_case)}


CONTRACT, GRANT, DEAL = (CONSONANCE[name][0] for name in ("contracts", "headGrants", "rightsDeals"))
BAD: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "unreadable term": ("contracts", CONTRACT | {"term": "as long as the tide turns"}, "R1", "contract:1"),
    "unknown country": ("headGrants", GRANT | {"territories": {"included": ["WORLD"], "excluded": ["XX"]}}, "R3", "head_grant:1"),
    "end before start": ("headGrants", GRANT | {"startsOn": "2026-03-01", "expiresOn": "2020-03-01"}, "R4", "head_grant:1"),
    "overlapping exclusives": (
        "rightsDeals",
        DEAL | {"id": 9, "licenseeId": 32, "territories": {"included": ["FR", "GB"], "excluded": []}},
        "R5",
        "rights_deal:9",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_records_are_named_and_close(house, case) -> None:
    """An exception with an owner and a remedy, the title closed at once; mended, it opens again."""
    records, row, rule, subject = BAD[case]
    clock(house, TUESDAY)
    seed(house, **{records: [row], "contacts": [CONSONANCE["contacts"][0] | {"id": 32}]})
    run(house, PORTAL, TUESDAY)
    with house.ledger() as ledger:
        (found,) = (one for one in ledger.exceptions.open() if (one.rule, one.subject) == (rule, subject))
    assert (found.owner, bool(found.remedy), bool(found.expected)) == ("rights_manager", True, True)
    assert not {"GB/web", "FR/web"} & shown_open(house.sandbox)[OPEN]
    clock(house, WEDNESDAY)
    narrower = row | {"territories": {"included": ["DE"], "excluded": []}}
    seed(house, **{records: [narrower if rule == "R5" else CONSONANCE[records][0]]})
    run(house, PORTAL, WEDNESDAY)
    assert "GB/web" in shown_open(house.sandbox)[OPEN]
    assert (rule, subject) not in rules(house, PORTAL)
