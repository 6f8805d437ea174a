"""*Flows* and *Parties*: how far behind each system is, an order as one chain that can be stopped, and what persons decide."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from colophon.domain.delivery import After, Intent, Verdict
from colophon.errors import NotFoundError
from colophon.ledger import Ledger
from colophon.orders import go_on, stop, stops
from colophon.parties import decided_pairs, open_pairs

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
ORDERS, WORKFLOW = "xconnector__production_orders", "xconnector__workflow_status"


def post(desk, role: str, path: str, **form: str) -> int:
    """The status of a form that somebody sends, with the token of an operator's page."""
    client = desk.client(role)
    text = client.get("/exceptions").text
    proof = text.split('name="csrf" value="')[1].split('"')[0] if 'name="csrf"' in text else "none"
    return client.post(path, data={"csrf": proof, **form}).status_code


def order(ledger: Ledger) -> None:
    """An order whose files were acknowledged, and which waits for the printer."""
    told = {"orderId": "7-101-1", "isbn": "9780000000002", "step": 1, "quantity": 3000, "dueOn": "2027-01-15", "payload": None}
    after = None
    for step, name in enumerate(("production-files", "production-print", "production-warehouse"), start=1):
        content = json.dumps({**told, "step": step}).encode()
        labels = {"isbn": "9780000000002", "event_type": "production.print_order"}
        ledger.plan([Intent(ORDERS, name, "order:7-101-1", "A", content, "application/json", AT, after=after, labels=labels)])
        after = After(name, "order:7-101-1", "confirmed")
    (taken,) = ledger.claim(ORDERS, "production-files", owner="me", lease_s=60, limit=1)
    ledger.finish([Verdict(taken.id, "confirmed")], owner="me")


def test_a_flow_says_how_much_waits_since_when_and_what_went_wrong(desk, ledger) -> None:
    """Two events wait, one was refused; the chain of a title has all of them in order."""
    for number in range(3):
        content, labels = f'{{"n": {number}}}'.encode(), {"event_type": "workflow.milestone"}
        ledger.plan(
            [
                Intent(
                    WORKFLOW,
                    "bi-workflow",
                    "work:9",
                    "A",
                    content,
                    "application/json",
                    AT,
                    occurrence=str(number),
                    order="every",
                    labels=labels,
                )
            ]
        )
    (taken,) = ledger.claim(WORKFLOW, "bi-workflow", owner="me", lease_s=60, limit=1)
    ledger.finish([Verdict(taken.id, "refused", code="schema")], owner="me")
    (row,) = (row for row in ledger.desk.backlogs("xconnector__workflow") if row.destination == "bi-workflow")
    assert (row.waiting, row.trouble.code, row.last) == (2, "schema", None)
    page = desk.client("viewer").get("/flows").text
    assert "bi-workflow" in page
    assert "schema" in page
    chain = desk.client("viewer").get("/flows/chain?subject=work:9").text
    assert chain.count("workflow.milestone") == 3


def test_an_order_is_one_chain_and_an_operator_can_stop_it(desk, ledger) -> None:
    """Not a viewer; the reason is kept, and it can go on again."""
    order(ledger)
    viewer, operator = desk.client("viewer"), desk.client("op")
    page = viewer.get("/flows/orders/7-101-1").text
    assert "copies, due 2027-01-15" in page
    assert 'href="/flows/chain?subject=order%3A7-101-1">All that was told of it</a>' in page
    assert "waits until the step before" in page
    assert 'href="/flows/orders/7-101-1">7-101-1</a>' in viewer.get("/flows").text
    assert viewer.get("/flows/orders/9-9-9").status_code == 404
    path = "/api/orders/7-101-1/stop"
    assert post(desk, "viewer", path, why="wrong jacket") == 403
    assert post(desk, "op", path, why="wrong jacket") == 303
    assert stops(ledger)["7-101"]["why"] == "wrong jacket"
    assert "wrong jacket" in operator.get("/flows/orders/7-101-1").text
    assert post(desk, "op", "/api/orders/7-101-1/go-on", why="mended") == 303
    assert stops(ledger) == {}


def test_an_order_is_shown_and_stopped_however_many_came_after_it(desk, ledger, monkeypatch) -> None:
    """Flows lists the newest alone, and reads no content for it; an old one has its page all the same."""
    order(ledger)
    ledger.clock = lambda: datetime.now(UTC) + timedelta(hours=1)
    ledger.plan([Intent(ORDERS, "production-files", f"order:{n}-1-1", "A", b"{}", "application/json", AT) for n in range(100, 301)])
    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "content", lambda *_: pytest.fail("a list needs no content"))
        listed = desk.client("viewer").get("/flows").text
    assert (listed.count("/flows/orders/"), "7-101-1" in listed) == (100, False)
    assert "copies, due 2027-01-15" in desk.client("viewer").get("/flows/orders/7-101-1").text
    assert post(desk, "op", "/api/orders/7-101-1/stop", why="wrong jacket") == 303
    assert stops(ledger)["7-101"]["why"] == "wrong jacket"


def test_of_two_orders_that_are_stopped_one_goes_on_and_the_other_stays(ledger) -> None:
    """Each stop is its own."""
    ledger.plan([Intent(ORDERS, "production-files", f"order:{n}-1-1", "A", b"{}", "application/json", AT) for n in (1, 2)])
    for name in ("1-1-1", "2-1-1"):
        stop(ledger, name, by="edith", why="wrong jacket")
    go_on(ledger, "2-1-1", by="edith", why="mended")
    assert [*stops(ledger)] == ["1-1"]
    with pytest.raises(NotFoundError):
        go_on(ledger, "2-1-1", by="edith", why="once more")


def test_a_proposal_and_a_bank_change_are_decided_on_the_desk(desk, ledger) -> None:
    """Once each; a person who agreed cannot agree again, and nobody is shown more than the end of a value."""
    pair = {
        "contact": 44,
        "score": 65,
        "reasons": ["a name that fits"],
        "state": "proposed",
        "ids": "x",
        "events": [["/crm", "p-1"]],
        "system": "crm",
        "party": "77",
    }
    held = {
        "contact": 45,
        "field": "BANK_REFERENCE",
        "value": "sealed:1:AAAA",
        "state": "held",
        "approved_by": [],
        "since": "2026-11-20",
        "events": [],
        "system": "erp",
    }
    agreed = held | {"contact": 52, "state": "approved", "approved_by": ["edith", "frank"], "agreed_at": "2026-11-19T09:00:00+00:00"}
    for name, value in (("party:pair:crm/77/44", pair), ("party:held:45/BANK_REFERENCE", held), ("party:held:52/BANK_REFERENCE", agreed)):
        ledger.memory.put(name, {"name": name, **value}, AT)
    theirs, ours = (json.dumps({"names": {"display": name}}) for name in ("J. Müller", "Jürgen Mueller"))
    ledger.inbox.take("/crm", "p-1", "colophon.party.changed.v1", f'{{"data": {theirs}}}'.encode())
    ledger.inbox.done("/crm", "p-1", parked=True)
    for who, told in (("44", ours), ("45", json.dumps({"names": {"display": "Kestrel Print"}}))):
        ledger.plan([Intent("xconnector__party_sync", "crm", f"party:{who}", "A", told.encode(), "application/json", AT)])
    page, for_viewers = desk.client("op").get("/parties").text, desk.client("viewer").get("/parties").text
    for name in ("J. Müller", "Jürgen Mueller", "Kestrel Print"):
        assert (name in page, name in for_viewers) == (True, False)
    assert "a name that fits" in page
    assert "sealed:1:AAAA" not in page
    assert ("goes to Consonance on 2026-11-26" in page, page.count(">Agree<")) == (True, 1)
    assert post(desk, "viewer", "/api/parties/same", who="crm/77", contact="44", is_same="false") == 403
    assert post(desk, "op", "/api/parties/same", who="crm/77", contact="44", is_same="false") == 303
    assert open_pairs(ledger) == []
    ledger.memory.put("party:pair:crm/78/44", {"name": "party:pair:crm/78/44", **pair, "party": "78", "state": "same", "by": "edith"}, AT)
    assert "Decided to be the same" in desk.client("op").get("/parties").text
    assert post(desk, "viewer", "/api/parties/part", who="crm/78", contact="44", why="another house") == 403
    assert post(desk, "op", "/api/parties/part", who="crm/78", contact="44", why="another house") == 303
    assert decided_pairs(ledger) == []
    seen = page.split('name="seen" value="')[1].split('"')[0]
    assert post(desk, "op", "/api/parties/45/BANK_REFERENCE/agree", seen=seen) == 303
    assert post(desk, "op", "/api/parties/45/BANK_REFERENCE/agree", seen=seen) == 409
    ledger.memory.put("party:held:45/BANK_REFERENCE", {"name": "party:held:45/BANK_REFERENCE", **held, "value": "sealed:1:BBBB"}, AT)
    for decision in ("agree", "refuse"):  # about an account that came while the page was open
        assert post(desk, "op", f"/api/parties/45/BANK_REFERENCE/{decision}", seen=seen, why="no") == 409
    seen = desk.client("op").get("/parties").text.split('name="seen" value="')[1].split('"')[0]
    assert post(desk, "op", "/api/parties/45/BANK_REFERENCE/refuse", seen=seen, why="no") == 303
