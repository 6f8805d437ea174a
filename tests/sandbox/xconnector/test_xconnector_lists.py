"""Filters, pages, and what is remembered: retention, reset, restart (contract sections 5, 7)."""

import json

import pytest


def accepted(answer):
    assert answer.status_code == 202, answer.text
    return answer.get_json()["messageId"]


FILTERS = {
    "source": ("/colophon/other", {"source": "/colophon/other"}),
    "eventId": ("special", {"id": "special"}),
    "status": ("unroutable", {"recipient": "nobody"}),
    "type": ("colophon.asset.withdrawn.v1", {"name": "asset.withdrawn"}),
    "recipient": ("nobody", {"recipient": "nobody"}),
    "since": ("2026-05-01T06:01:00Z", {}),
}


@pytest.mark.parametrize("name", FILTERS)
def test_each_filter_filters(remote, event, name):
    """It keeps the one that fits, and removes the one that does not."""
    value, changes = FILTERS[name]
    remote.route("erp", recipient="erp-main")
    remote.post(event(number=1))
    remote.advance(60)
    fitting = event(number=2, **changes)
    remote.post(fitting)
    found = remote.ask("GET", f"/v1/messages?{name}={value}").get_json()
    assert [item["messageId"] for item in found["items"]] == ["m-2"]
    assert found["nextCursor"] is None
    both = remote.ask("GET", f"/v1/messages?source={fitting['source']}&eventId={fitting['id']}").get_json()["items"]
    assert [item["messageId"] for item in both] == ["m-2"]
    assert remote.ask("GET", "/v1/messages?source=/colophon/acme&eventId=nothing").get_json()["items"] == []


@pytest.mark.parametrize("size", [1, 2, 7, 500])
def test_pages_joined_are_the_whole(remote, event, size):
    """In order of acceptance, for any page size, also with a filter."""
    remote.route("erp", recipient="erp-main")
    remote.batch([event(number=n, recipient="erp-main" if n % 3 else "nobody") for n in range(1, 8)])
    for query, wanted in (("", 7), ("&status=unroutable", 2), ("&status=delivered", 5)):
        found, cursor = [], ""
        while cursor is not None:
            page = remote.ask("GET", f"/v1/messages?limit={size}{query}{cursor and '&cursor=' + cursor}").get_json()
            assert len(page["items"]) <= size
            found += [item["messageId"] for item in page["items"]]
            cursor = page["nextCursor"]
        assert len(found) == wanted
        assert found == sorted(set(found), key=lambda m: int(m[2:]))


def test_retention(remote, event):
    """Remembered for `retention_days`, then forgotten, and the same id is a new event."""
    remote.route("erp", order="per_subject")
    remote.post(event())
    remote.advance(30 * 86_400)
    assert remote.post(event()).status_code == 200
    remote.advance(1)
    assert remote.ask("GET", "/v1/messages/m-1").status_code == 404
    assert remote.post(event()).status_code == 202
    assert len(remote.effects()) == 2


def test_reset_forgets_everything(remote, event):
    """What stood in line before a reset blocks nobody after it."""
    remote.route("slow", order="per_subject")
    remote.post(event(revision=1))
    for system in ("xconnector", None):
        remote.control("POST", "/reset", {"system": system})
        remote.control("PUT", "/clock", {"now": "2026-05-01T06:00:00Z", "mode": "frozen"})
        assert remote.ask("GET", "/v1/messages").get_json()["items"] == []
        remote.route("erp", order="per_subject")
        assert remote.deliveries(accepted(remote.post(event(revision=2)))) == {"erp": "acknowledged"}
        remote.advance(1000)


def test_restart(start, event, tmp_path):
    """Another process with the same state file goes on: memory, retries, order."""
    remote = start(tmp_path / "state.db")
    remote.route("flaky", order="per_subject")
    for revision in (1, 2):
        accepted(remote.post(event(revision=revision)))
    again = start(tmp_path / "state.db")
    assert again.post(event(revision=1)).status_code == 200
    assert again.status("m-2")["deliveries"][0]["blockedBy"] == "m-1"
    again.advance(1000)
    assert [again.status(m)["status"] for m in ("m-1", "m-2")] == ["delivered", "delivered"]
    assert again.effects() == [f"{event(revision=n)['id']}/flaky" for n in (1, 2)]


def test_same_calls_same_answers(start, event):
    """Equal calls at equal times give equal bytes."""

    def run():
        remote = start()
        remote.route("flaky", "reject", order="per_subject")
        told = [remote.batch([event(number=n) for n in range(1, 5)]).data]
        remote.advance(100)
        return [*told, remote.ask("GET", "/v1/messages").data, json.dumps(remote.inbox()), json.dumps(remote.effects())]

    assert run() == run()
