"""What is taken: repeats, conflicts, batches, routes, and the plain web hook (contract sections 1, 5, 7, 8)."""

import pytest


def test_answer_to_one_event(remote, event):
    """The contract's example: where to ask, and which routes it takes."""
    remote.route("erp", recipient="erp-main")
    remote.route("shop", name="other", recipient="shop-main")
    answer = remote.post(event())
    assert answer.status_code == 202
    assert answer.get_json() == {
        "messageId": "m-1",
        "eventId": "title.withdrawn-1-1",
        "status": "accepted",
        "statusUrl": "/v1/messages/m-1",
        "routes": ["r"],
    }
    assert remote.ask("GET", answer.get_json()["statusUrl"]).get_json() == {
        "messageId": "m-1",
        "event": {
            "id": "title.withdrawn-1-1",
            "source": "/colophon/acme",
            "type": "colophon.title.withdrawn.v1",
            "subject": "isbn:9781234567897",
        },
        "status": "delivered",
        "acceptedAt": "2026-05-01T06:00:00Z",
        "deliveries": [
            {
                "target": "erp",
                "status": "acknowledged",
                "attempts": 1,
                "lastAttemptAt": "2026-05-01T06:00:00Z",
                "nextAttemptAt": None,
                "httpStatus": 200,
                "error": None,
                "blockedBy": None,
            }
        ],
    }


def test_twice_is_once(remote, event):
    """The same event again, alone, in a batch and twice in one batch: one message, one effect."""
    remote.route("erp")
    given = event()
    first = remote.post(given)
    again = remote.post(given)
    assert (first.status_code, again.status_code) == (202, 200)
    assert again.get_json() == {**first.get_json(), "status": "delivered"}
    other = event(number=2)
    items = remote.batch([given, other, other]).get_json()["items"]
    assert [(item["httpStatus"], item["messageId"]) for item in items] == [(200, "m-1"), (202, "m-2"), (200, "m-2")]
    assert remote.effects() == [f"{given['id']}/erp", f"{other['id']}/erp"]


def test_lost_answer(remote, event):
    """An answer lost after the effect: the repeat finds the message."""
    remote.route("erp")
    remote.control(
        "POST", "/faults", {"system": "xconnector", "match": {"path": "/v1/messages"}, "kind": "status", "value": 502, "when": "after"}
    )
    assert [remote.post(event()).status_code for _ in range(2)] == [502, 200]
    assert remote.effects() == [f"{event()['id']}/erp"]


@pytest.mark.parametrize("reason", ["another", "out of print "])
def test_other_content_under_the_same_id(remote, event, reason):
    """409, and what was there stays; the others of the batch go on."""
    remote.post(event())
    other = event(data={"reason": reason})
    answer = remote.post(other)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "duplicate_conflict")
    items = remote.batch([event(number=2), other, event(number=3)]).get_json()["items"]
    assert [item["httpStatus"] for item in items] == [202, 409, 202]
    assert items[1]["error"]["code"] == "duplicate_conflict"
    assert remote.post(event()).status_code == 200


def test_bytes_are_compared(remote, event):
    """Members in another order are other bytes; another source is another event."""
    given = event()
    remote.post(given)
    assert remote.post({**given, "data": dict(reversed(given["data"].items()))}).status_code == 409
    assert remote.post({**given, "source": "/colophon/other"}).status_code == 202
    assert remote.post({**given, "time": "2026-05-01T07:00:00Z"}).status_code == 200


def test_one_bad_in_a_hundred(remote, event):
    """99 are accepted, in order, each with its verdict."""
    remote.route("erp")
    events = [event(number=n) for n in range(1, 101)]
    events[41] = {**events[41], "data": {"isbn": "x"}}
    items = remote.batch(events).get_json()["items"]
    assert [item["eventId"] for item in items] == [e["id"] for e in events]
    assert [n for n, item in enumerate(items) if item["httpStatus"] != 202] == [41]
    assert {error["pointer"] for error in items[41]["error"]["errors"]} == {"/data/isbn", "/data/reason", "/data/revision"}
    assert (items[0]["error"], items[41]["messageId"]) == (None, None)
    assert len(remote.effects()) == 99


def test_no_route(remote, event):
    """202 and `unroutable`: seen and not lost. A route that comes later does not change it."""
    answer = remote.post(event())
    assert (answer.status_code, answer.get_json()["status"], answer.get_json()["routes"]) == (202, "unroutable", [])
    remote.route("erp")
    remote.advance(1000)
    assert remote.status("m-1")["status"] == "unroutable"
    assert remote.post(event()).get_json()["status"] == "unroutable"


@pytest.mark.parametrize(
    ("match", "is_routed"),
    [
        ({}, True),
        ({"type": "colophon.title.*"}, True),
        ({"type": "colophon.title.withdrawn.v1", "subjectPrefix": "isbn:", "recipient": "erp-main"}, True),
        ({"type": "colophon.asset.*"}, False),
        ({"subjectPrefix": "work:"}, False),
        ({"recipient": "erp"}, False),
        ({"type": "colophon.title.*", "recipient": "other"}, False),
    ],
)
def test_all_given_members_must_match(remote, event, match, is_routed):
    """A route takes what fits all of its match."""
    remote.route("erp", **match)
    assert remote.post(event()).get_json()["routes"] == (["r"] if is_routed else [])


def test_routes_are_replaced_whole(remote):
    """PUT replaces, GET lists, DELETE removes, twice as well as once; bad ones are named."""
    remote.route("erp", recipient="erp-main", order="per_subject")
    answer = remote.ask("PUT", "/v1/routes/r", {"id": "r", "match": {}, "targets": ["bi", "dam"]})
    whole = {"id": "r", "match": {}, "targets": ["bi", "dam"], "transform": None, "order": "none"}
    assert (answer.status_code, answer.get_json()) == (200, whole)
    assert remote.ask("GET", "/v1/routes").get_json() == {"items": [whole]}
    for bad in ({"targets": ["nobody"]}, {"targets": []}, {"id": "other"}, {"order": "fifo"}, {"match": {"isbn": "x"}}):
        assert remote.ask("PUT", "/v1/routes/r", {"match": {}, "targets": ["erp"], **bad}).status_code == 422
    assert [remote.ask("DELETE", "/v1/routes/r").status_code for _ in range(2)] == [204, 204]
    assert remote.ask("GET", "/v1/routes").get_json() == {"items": []}


def test_default_route(remote, event):
    """Setting `default_route` takes what no other route takes."""
    remote.settings(default_route={"match": {}, "targets": ["bi"]})
    remote.route("erp", recipient="erp-main")
    assert remote.post(event()).get_json()["routes"] == ["r"]
    assert remote.post(event(number=2, recipient="bi-main")).get_json()["routes"] == ["default"]
    assert remote.deliveries("m-2") == {"bi": "acknowledged"}


def test_plain_web_hook(remote, event):
    """No memory: each POST has its effect; the setting `plain_status` says how it answers."""
    ask = lambda given: remote.ask("POST", "/webhook", given, media="application/cloudevents+json")
    assert [ask(event()).status_code for _ in range(2)] == [204, 204]
    assert remote.effects("xconnector.webhook") == [event()["id"]] * 2
    remote.settings(plain_status=202)
    assert ask(event()).status_code == 202
    remote.settings(plain_status=410)
    assert ask(event()).get_json()["code"] == "retired"
    assert ask({"x": 1}).status_code == 410
    remote.settings(plain_status=200)
    assert ask({"x": 1}).status_code == 422
    assert remote.ask("POST", "/webhook", [event()], media="application/cloudevents-batch+json").status_code == 415
    assert len(remote.effects("xconnector.webhook")) == 3
    assert remote.ask("GET", "/v1/messages").get_json()["items"] == []
