"""The inbox: leases, acknowledgement, giving back, parking (contract section 9)."""

import pytest


def inbound(number):
    return {
        "specversion": "1.0",
        "id": f"e-{number}",
        "source": "/erp",
        "type": "colophon.party.changed.v1",
        "subject": "party:1",
        "data": {},
    }


@pytest.fixture
def filled(remote):
    """A sandbox with five events in its inbox."""
    remote.seed(inbox=[inbound(n) for n in range(1, 6)])
    return remote


def ids(items):
    return [item["event"]["id"] for item in items]


def settle(remote, verb, items, **more):
    return remote.ask("POST", f"/v1/inbox/{verb}", {"tokens": [item["token"] for item in items], **more}).get_json()


def test_crash_between_commit_and_ack(filled):
    """Not acknowledged: it comes again under a new token, and the old token is unknown."""
    first = filled.inbox(lease=10)
    assert filled.inbox() == []
    filled.advance(10)
    again = filled.inbox(lease=10)
    assert [item["event"] for item in again] == [item["event"] for item in first]
    assert {item["attempt"] for item in again} == {2}
    assert not {item["token"] for item in first} & {item["token"] for item in again}
    assert settle(filled, "ack", [first[0], again[1]]) == {"acked": [again[1]["token"]], "unknown": [first[0]["token"]]}


def test_expired_token_is_unknown(filled):
    """Also when nobody else has fetched meanwhile, and twice as well as once."""
    items = filled.inbox(limit=1, lease=10)
    filled.advance(10)
    for _ in range(2):
        assert settle(filled, "ack", items) == {"acked": [], "unknown": [items[0]["token"]]}
    assert settle(filled, "nack", items, reason="r")["unknown"] == [items[0]["token"]]
    assert ids(filled.inbox()) == [f"e-{n}" for n in range(1, 6)]


def test_form_of_an_item(filled):
    """The contract's example."""
    answer = filled.ask("GET", "/v1/inbox?limit=1&lease=300").get_json()
    assert answer == {
        "items": [{"token": "t-1", "attempt": 1, "leaseUntil": "2026-05-01T06:05:00Z", "event": inbound(1)}],
        "more": True,
    }


@pytest.mark.parametrize("size", [1, 2, 5, 500])
def test_all_come_once_in_order(filled, size):
    """For any number at a time, `more` tells whether to go on."""
    found, more = [], True
    while more:
        page = filled.ask("GET", f"/v1/inbox?limit={size}").get_json()
        found, more = found + ids(page["items"]), page["more"]
    assert found == [f"e-{n}" for n in range(1, 6)]


def test_acknowledged_is_gone(filled):
    """It never comes again; a repeat, and the same token twice, change nothing."""
    items = filled.inbox()
    assert settle(filled, "ack", [*items, items[0]])["acked"] == [item["token"] for item in items]
    assert settle(filled, "ack", items)["unknown"] == [item["token"] for item in items]
    filled.advance(10_000)
    assert filled.inbox() == []


def test_given_back(filled):
    """At once without `retryAfter`, later with it; a lease that ends meanwhile brings nothing twice."""
    items = filled.inbox(lease=60)
    settle(filled, "nack", items[:1], reason="r")
    settle(filled, "nack", items[1:2], reason="r", retryAfter=60)
    assert ids(filled.inbox(lease=3600)) == ["e-1"]
    filled.advance(59)
    assert filled.inbox() == []
    filled.advance(1)
    assert ids(filled.inbox()) == ["e-2", "e-3", "e-4", "e-5"]


def test_poison_is_parked(filled):
    """After ten times; the rest goes on; parked ones are listed by pages with the last reason."""
    for n in range(10):
        poison = [item for item in filled.inbox(lease=10) if item["event"]["id"] in {"e-2", "e-4"}]
        assert len(poison) == 2
        settle(filled, "nack", poison, reason=f"no {n}")
        filled.advance(10)
    assert ids(filled.inbox()) == ["e-1", "e-3", "e-5"]
    whole = filled.ask("GET", "/v1/inbox/parked").get_json()
    assert whole["items"] == [{"event": inbound(n), "reason": "no 9", "nacks": 10} for n in (2, 4)]
    page = filled.ask("GET", "/v1/inbox/parked?limit=1").get_json()
    rest = filled.ask("GET", f"/v1/inbox/parked?limit=1&cursor={page['nextCursor']}").get_json()
    assert [*page["items"], *rest["items"]] == whole["items"]
    assert (whole["nextCursor"], rest["nextCursor"]) == (None, None)


def test_anything_can_come_in(remote):
    """Others make mistakes too: what is seeded comes as it is."""
    remote.seed(inbox=[{"id": "poison"}, {}])
    assert [item["event"] for item in remote.inbox()] == [{"id": "poison"}, {}]


def test_seed_of_routes(remote, event):
    """Routes by seed are checked like others; an unknown kind of record is refused."""
    remote.seed(routes=[{"id": "r-1", "match": {}, "targets": ["erp"]}])
    assert remote.post(event()).get_json()["routes"] == ["r-1"]
    for records in ({"routes": [{"id": "r-2"}]}, {"messages": []}):
        assert remote.client.post("/__sandbox__/seed", json={"records": {"xconnector": records}}).status_code in {400, 422}


def test_restart(start, tmp_path):
    """Leases, tokens and parked ones outlive the process."""
    remote = start(tmp_path / "state.db")
    remote.seed(inbox=[inbound(1), inbound(2)])
    items = remote.inbox(limit=1)
    again = start(tmp_path / "state.db")
    assert ids(again.inbox(lease=3600)) == ["e-2"]
    assert settle(again, "ack", items)["acked"] == ["t-1"]
    again.advance(1000)
    assert again.inbox() == []


def test_large_inbox_stays_quick(remote):
    """20,000 events, fetched and acknowledged by hundreds."""
    remote.seed(inbox=[inbound(n) for n in range(20_000)])
    found = []
    while items := remote.inbox(500):
        found += ids(items)
        assert settle(remote, "ack", items)["unknown"] == []
    assert found == [f"e-{n}" for n in range(20_000)]
