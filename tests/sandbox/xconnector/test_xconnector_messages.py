"""Messages on their way: repeats, conflicts, order, retries, expiry, redelivery, cancelling (contract sections 5, 7)."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


def accepted(answer):
    assert answer.status_code == 202, answer.text
    return answer.get_json()["messageId"]


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
        "event": {"id": "title.withdrawn-1-1", "source": "/colophon/acme", "type": "colophon.title.withdrawn.v1", "subject": "isbn:9781234567897"},
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
    remote.control("POST", "/faults", {"system": "xconnector", "match": {"path": "/v1/messages"}, "kind": "status", "value": 502, "when": "after"})
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


def test_targets_do_what_they_are_for(remote, event):
    """erp, bi, dam, shop take it; flaky at the third try; reject refuses; slow after 600 s; gone is gone."""
    remote.route("erp", "bi", "dam", "shop", "flaky", "reject", "slow", "gone")
    message_id = accepted(remote.post(event()))
    at_once = dict.fromkeys(("erp", "bi", "dam", "shop"), "acknowledged")
    assert remote.deliveries(message_id) == {**at_once, "flaky": "retrying", "reject": "rejected", "slow": "sent", "gone": "rejected"}
    assert remote.status(message_id)["status"] == "delivering"
    assert remote.advance(599) == 2
    assert remote.deliveries(message_id)["slow"] == "sent"
    remote.advance(1)
    status = remote.status(message_id)
    told = {d["target"]: (d["status"], d["attempts"], d["httpStatus"], (d["error"] or {}).get("code")) for d in status["deliveries"]}
    assert status["status"] == "partially_delivered"
    assert told["flaky"] == ("acknowledged", 3, 200, None)
    assert told["slow"] == ("acknowledged", 1, 200, None)
    assert told["reject"] == ("rejected", 1, 422, "price_missing")
    assert told["gone"] == ("rejected", 1, 410, "retired")
    assert len(remote.effects()) == 6


def test_targets_are_shown_with_their_state(remote, event):
    """Up at first, degraded while it fails, retired for good, down by setting."""
    remote.route("flaky", "gone", "erp")
    targets = lambda: {t["id"]: t["status"] for t in remote.ask("GET", "/v1/targets").get_json()["items"]}  # noqa: E731
    assert set(targets().values()) == {"up"}
    remote.post(event())
    assert {name: status for name, status in targets().items() if status != "up"} == {"flaky": "degraded", "gone": "retired"}
    assert remote.ask("GET", "/v1/targets/gone").get_json()["lastError"]["code"] == "retired"
    remote.advance(60)
    remote.settings(targets_down=["erp"])
    assert {name: status for name, status in targets().items() if status != "up"} == {"erp": "down", "gone": "retired"}
    erp = remote.ask("GET", "/v1/targets/erp").get_json()
    assert set(erp) == {"id", "kind", "status", "since", "lastError"}
    assert remote.ask("GET", "/v1/targets/nobody").status_code == 404


def test_five_tries_then_dead(remote, event):
    """10 s, doubling, 5 tries, each at its own moment however far the clock jumps."""
    remote.settings(targets_down=["erp"])
    remote.route("erp")
    message_id = accepted(remote.post(event()))
    seen = []
    for wait in (0, 10, 20, 40, 80, 1000):
        remote.advance(wait)
        delivery = remote.status(message_id)["deliveries"][0]
        seen.append((delivery["status"], delivery["attempts"], delivery["nextAttemptAt"] and delivery["nextAttemptAt"][11:19]))
    assert seen == [
        ("retrying", 1, "06:00:10"),
        ("retrying", 2, "06:00:30"),
        ("retrying", 3, "06:01:10"),
        ("retrying", 4, "06:02:30"),
        ("dead_lettered", 5, None),
        ("dead_lettered", 5, None),
    ]
    other = accepted(remote.post(event(number=2)))
    remote.advance(10_000)
    assert remote.status(other)["deliveries"][0]["lastAttemptAt"] == "2026-05-01T06:21:40Z"


def test_retry_base(remote, event):
    """Setting `retry_base_seconds`."""
    remote.settings(retry_base_seconds=1)
    remote.route("flaky")
    remote.post(event())
    remote.advance(3)
    assert remote.deliveries("m-1") == {"flaky": "acknowledged"}


def test_redeliver(remote, event):
    """Only what was rejected or died; the same request once; another under its id is a conflict."""
    remote.settings(targets_down=["erp"])
    remote.route("erp", "bi")
    message_id = accepted(remote.post(event()))
    remote.advance(200)
    remote.settings(targets_down=[])
    ask = lambda **body: remote.ask("POST", f"/v1/messages/{message_id}/redeliver", {"targets": ["erp", "bi"], "requestId": "q-1", **body})  # noqa: E731
    first = ask()
    assert (first.status_code, first.get_json()) == (202, {"messageId": message_id, "targets": ["erp"]})
    assert ask().get_json() == first.get_json()
    assert ask(targets=["erp"]).get_json()["code"] == "duplicate_conflict"
    assert ask(requestId="q-2").get_json()["targets"] == []
    assert remote.status(message_id)["status"] == "delivered"
    assert remote.effects() == [f"{event()['id']}/bi", f"{event()['id']}/erp"]


def test_cancel(remote, event):
    """Stops what is pending or retrying, names the rest; a repeat says the same, and nothing goes later."""
    remote.route("erp", "flaky", "slow")
    message_id = accepted(remote.post(event()))
    answers = [remote.ask("POST", f"/v1/messages/{message_id}/cancel", {"reason": "r"}).get_json() for _ in range(2)]
    assert answers == [{"cancelled": ["flaky"], "tooLate": ["erp", "slow"]}] * 2
    remote.advance(1000)
    assert remote.deliveries(message_id) == {"erp": "acknowledged", "flaky": "cancelled", "slow": "acknowledged"}
    assert len(remote.effects()) == 2


def test_expiry(remote, event):
    """Refused when it comes too late, `expired` when it waits too long, and a repeat of an accepted one is still a repeat."""
    remote.settings(targets_down=["erp"])
    remote.route("erp", "slow")
    late = remote.post(event(expirytime="2026-05-01T06:00:00Z"))
    assert (late.status_code, late.get_json()["code"]) == (422, "expired")
    given = event(number=2, expirytime="2026-05-01T06:00:05Z")
    message_id = accepted(remote.post(given))
    remote.settings(targets_down=[])
    remote.advance(1000)
    assert remote.deliveries(message_id) == {"erp": "expired", "slow": "acknowledged"}
    assert remote.status(message_id)["status"] == "partially_delivered"
    assert remote.post(given).status_code == 200
    assert remote.effects() == [f"{given['id']}/slow"]


def test_order_on_a_subject(remote, event):
    """The second waits for the first and says so; other subjects, and routes without order, run on."""
    remote.route("flaky", order="per_subject")
    first, second, third = (accepted(remote.post(event(revision=n))) for n in (1, 2, 3))
    other = accepted(remote.post(event(number=2)))
    waiting = remote.status(second)
    assert (waiting["status"], waiting["deliveries"][0]["blockedBy"], waiting["deliveries"][0]["attempts"]) == ("routed", first, 0)
    assert remote.status(third)["deliveries"][0]["blockedBy"] == second
    remote.advance(30)
    assert [remote.deliveries(m)["flaky"] for m in (first, second, other)] == ["acknowledged", "retrying", "acknowledged"]
    remote.advance(60)
    assert remote.status(third)["deliveries"][0]["blockedBy"] is None
    assert remote.effects()[-1] == f"{event(revision=3)['id']}/flaky"


@pytest.mark.parametrize("how", ["cancelled", "expired"])
def test_what_lets_the_next_pass(remote, event, how):
    """One that will never come holds nobody up."""
    remote.settings(targets_down=["erp"])
    remote.route("erp", order="per_subject")
    first = accepted(remote.post(event(revision=1, **({"expirytime": "2026-05-01T06:00:05Z"} if how == "expired" else {}))))
    second = accepted(remote.post(event(revision=2)))
    remote.settings(targets_down=[])
    if how == "cancelled":
        remote.ask("POST", f"/v1/messages/{first}/cancel", {"reason": "r"})
    remote.advance(5)
    assert (remote.deliveries(first)["erp"], remote.deliveries(second)["erp"]) == (how, "acknowledged")


def test_a_rejected_one_holds_the_line(remote, event):
    """Rejected and dead-lettered ones are waited for, until they are delivered again."""
    remote.settings(targets_down=["erp"])
    remote.route("erp", order="per_subject")
    first, second = (accepted(remote.post(event(revision=n))) for n in (1, 2))
    remote.advance(1000)
    remote.settings(targets_down=[])
    remote.advance(1000)
    assert remote.deliveries(first) == {"erp": "dead_lettered"}
    assert remote.status(second)["deliveries"][0]["blockedBy"] == first
    remote.ask("POST", f"/v1/messages/{first}/redeliver", {"targets": ["erp"], "requestId": "q"})
    assert remote.deliveries(second) == {"erp": "acknowledged"}
    assert remote.effects() == [f"{event(revision=n)['id']}/erp" for n in (1, 2)]


def test_stale_sequence(remote, event):
    """A lower one than was delivered is rejected; a higher one than the stale one goes on."""
    remote.route("erp", order="per_subject")
    remote.post(event(revision=2))
    stale = remote.status(accepted(remote.post(event(revision=1))))["deliveries"][0]
    assert (stale["status"], stale["error"]["code"], stale["attempts"]) == ("rejected", "stale_sequence", 0)
    assert remote.deliveries(accepted(remote.post(event(revision=3)))) == {"erp": "acknowledged"}
    assert remote.effects() == [f"{event(revision=n)['id']}/erp" for n in (2, 3)]


def test_without_order_or_sequence(remote, event):
    """No order asked for, or none given: everything goes."""
    remote.route("erp")
    for revision in (3, 1, 2):
        remote.post(event(revision=revision))
    remote.route("erp", order="per_subject")
    unnumbered = {key: value for key, value in event(revision=9).items() if key != "sequence"}
    assert remote.deliveries(accepted(remote.post(unnumbered))) == {"erp": "acknowledged"}
    assert len(remote.effects()) == 4


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(1, 3), st.integers(1, 8), st.sampled_from([0, 0, 7, 35])), max_size=20, unique_by=lambda item: item[:2]),
    st.sampled_from(["erp", "flaky", "slow"]),
)
def test_law_of_order(start, event, posts, target):
    """However events come, a target never has a lower sequence of a subject after a higher one, and everything ends."""
    remote = start()
    remote.route(target, order="per_subject")
    posted = [event(number=n, revision=revision) for n, revision, _ in posts]
    for given_event, (_, _, wait) in zip(posted, posts, strict=True):
        accepted(remote.post(given_event))
        remote.advance(wait)
    remote.advance(100_000)
    order = {f"{e['id']}/{target}": (e["subject"], e["sequence"]) for e in posted}
    done = [order[key] for key in remote.effects()]
    for subject in {subject for subject, _ in done}:
        sequences = [sequence for where, sequence in done if where == subject]
        assert sequences == sorted(set(sequences))
    items = remote.ask("GET", "/v1/messages?limit=500").get_json()["items"]
    assert {d["status"] for item in items for d in item["deliveries"]} <= {"acknowledged", "rejected"}


def test_every_state_is_reached(remote, event):
    """All states of messages and of deliveries exist."""
    remote.settings(targets_down=["bi"])
    for name, targets in {"ok": ["erp"], "mixed": ["erp", "reject"], "bad": ["reject"], "dead": ["bi"], "late": ["slow"]}.items():
        remote.route(*targets, name=name, recipient=name, order="per_subject")
    events = {n: event(number=k, recipient=n) for k, n in enumerate(("ok", "mixed", "bad", "dead", "late", "nobody"), 2)}
    seen = {remote.post(e).get_json()["status"] for e in events.values()}
    remote.post(event(number=20, recipient="dead", expirytime="2026-05-01T06:00:05Z"))
    cancelled = accepted(remote.post(event(number=21, recipient="dead")))
    remote.post(event(number=5, revision=2, recipient="dead"))
    states = set()

    def look():
        for item in remote.ask("GET", "/v1/messages").get_json()["items"]:
            seen.add(item["status"])
            states.update(d["status"] for d in item["deliveries"])

    look()
    remote.ask("POST", f"/v1/messages/{cancelled}/cancel", {"reason": "r"})
    remote.ask("POST", "/v1/messages/m-3/redeliver", {"targets": ["reject"], "requestId": "q"})
    remote.advance(300)
    look()
    remote.settings(targets_down=[])
    remote.control("POST", "/faults", {"system": "xconnector", "kind": "login_page", "match": {"path": "/none"}})
    assert seen >= {"accepted", "routed", "delivering", "delivered", "partially_delivered", "rejected", "dead_lettered", "expired", "unroutable"}
    assert "cancelled" in seen
    assert states >= {"retrying", "sent", "acknowledged", "rejected", "dead_lettered", "expired", "cancelled", "pending"}


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


def test_plain_web_hook(remote, event):
    """No memory: each POST has its effect; the setting `plain_status` says how it answers."""
    ask = lambda given: remote.ask("POST", "/webhook", given, media="application/cloudevents+json")  # noqa: E731
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


def test_many_messages_stay_quick(remote, event):
    """5,000 events in order on a target that is down: work on a request does not grow with what waits."""
    remote.settings(targets_down=["erp"])
    remote.route("erp", order="per_subject")
    for start_ in range(0, 5_000, 100):
        remote.batch([event(number=n + 2) for n in range(start_, start_ + 100)])
    remote.settings(targets_down=[])
    remote.advance(10)
    assert len(remote.effects()) == 5_000
    assert remote.ask("GET", "/v1/messages?status=delivered&limit=1").get_json()["nextCursor"] == "1"
