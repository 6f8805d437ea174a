"""Order within a subject (contract section 7)."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


def accepted(answer):
    assert answer.status_code == 202, answer.text
    return answer.get_json()["messageId"]


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
