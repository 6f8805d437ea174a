"""What becomes of a message at its targets: tries, redelivery, cancelling, expiry (contract section 7)."""


def accepted(answer):
    assert answer.status_code == 202, answer.text
    return answer.get_json()["messageId"]


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
    targets = lambda: {t["id"]: t["status"] for t in remote.ask("GET", "/v1/targets").get_json()["items"]}
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
    ask = lambda **body: remote.ask("POST", f"/v1/messages/{message_id}/redeliver", {"targets": ["erp", "bi"], "requestId": "q-1", **body})
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
    assert seen >= {
        "accepted",
        "routed",
        "delivering",
        "delivered",
        "partially_delivered",
        "rejected",
        "dead_lettered",
        "expired",
        "unroutable",
    }
    assert "cancelled" in seen
    assert states >= {"retrying", "sent", "acknowledged", "rejected", "dead_lettered", "expired", "cancelled", "pending"}


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
