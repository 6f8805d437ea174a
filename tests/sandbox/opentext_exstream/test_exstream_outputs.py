"""One communication at once, and what follows a letter: events, the feed, signed callbacks."""

import base64
import hashlib
import hmac
import json
import time

import pytest

GENERATE = "/orchestration/api/v1/inputs/ondemand/acme-test/generate"
WHO = {"communicationId": "5b1e0001", "driverDataSource": "STATEMENT_JSON"}


def test_accept_selects_the_output(remote):
    """`*/*` gives the envelope, a type gives the raw output, another type nothing."""
    found = remote.ask("POST", GENERATE, {}, Accept="*/*", **WHO).get_json()["data"][0]
    assert (found["mimeType"], base64.b64decode(found["content"])[:4]) == ("application/pdf", b"%PDF")
    raw = remote.ask("POST", GENERATE, {}, Accept="application/pdf", **WHO)
    assert (raw.mimetype, raw.data[:4]) == ("application/pdf", b"%PDF")
    assert remote.ask("POST", GENERATE, {}, Accept="image/png", **WHO).status_code == 400
    assert len(remote.effects("exstream.transaction")) == 2


def test_load_is_queued_and_never_refused(remote):
    """More than the slots wait inside the service: slower, still 200."""
    remote.settings(ondemand_slots=1)
    began = time.monotonic()
    assert [remote.ask("POST", GENERATE, {}, **WHO).status_code for _ in range(3)] == [200] * 3
    assert time.monotonic() - began >= 0.3


def test_empower(remote):
    """Empower needs its user; without it the refusal hides in a 200 of the second shape."""
    answer = remote.ask("POST", GENERATE, {}, Accept="application/json", **WHO)
    assert answer.status_code == 200
    assert (answer.get_json()["status"], answer.get_json()["data"][0]["statusCode"]) == ("error", "401")
    user = {"empowerUser": "sandbox-client@OAuthClients"}
    assert remote.ask("POST", GENERATE, {}, Accept="application/json", **WHO, **user).get_json() == {"documentId": "doc-1"}


@pytest.mark.parametrize("change", [{"communicationId": "none"}, {"communicationId": "5b1e0004"}, {"driverDataSource": "X"}])
def test_wrong_communication(remote, change):
    """Unknown, not approved, or another data source."""
    assert remote.ask("POST", GENERATE, {}, **{**WHO, **change}).status_code == 400


def test_seeded_communication_has_a_set(remote):
    """A seeded template goes all the way from name to queues."""
    remote.control("POST", "/seed", {"records": {"exstream": {"communications": [{"name": "Reminder", "queues": ["email"]}]}}})
    rows = remote.ask("GET", "/design/api/v1/resources/acme-test?filter.states=APPROVED").get_json()["data"]
    found = next(row for row in rows if row["name"] == "Reminder")
    link = remote.ask("GET", f"/design/api/v1/links/acme-test?linkSubjectId={found['id']}").get_json()["data"][0]
    shown = remote.ask("GET", f"/design/api/v1/manifests/acme-test/communication-set/{link['linkObjectId']}").get_json()
    assert [queue["name"] for queue in shown["queueList"]] == ["email"]
    assert "DraftLetter" not in [row["name"] for row in rows]


def test_outcomes_by_script(remote, customer):
    """Bounced, opened, responded, returned, failed: each by its script, in time order, after the delays."""
    remote.batch(
        customer(1, email="ndlv@example.org"),
        customer(2, email="reply@example.org"),
        customer(3, "print", Name="Returned Post"),
        customer(4, "web", email="open@example.org"),
    )
    remote.advance(5)
    assert remote.outcomes() == []
    remote.advance(4 * 600)
    assert [kind for _, kind in remote.outcomes()[:3]] == ["delivered"] * 3
    assert set(remote.outcomes()[3:6]) == {("d-1", "bounced"), ("d-2", "opened"), ("d-4", "picked_up")}
    assert set(remote.outcomes()[6:]) == {("d-3", "returned"), ("d-2", "responded")}
    assert len(remote.outcomes(after=5)) == 3


def test_email_events(remote, customer):
    """Events come in steps of ten minutes, filtered by their time."""
    remote.batch(customer(1, email="open@example.org"), customer(2, email="ndlv@example.org"))
    remote.advance(5)

    def events(start, end):
        path = "/ei/api/v1/eventmetrics/email-event/acme/acme-test/content"
        query = f"connectorType=OTN&lastUpdateTimeStart={start}&lastUpdateTimeEnd={end}"
        return [(row["custMetadataId"], row["eventType"]) for row in remote.ask("GET", f"{path}?{query}").get_json()]

    whole = ("2026-05-01T00:00:00Z", "2026-05-02T00:00:00Z")
    assert events(*whole) == []
    remote.advance(1800)
    assert ("d-1", "Exstream-Email-OPEN") in events(*whole)
    assert ("d-2", "Exstream-Email-NDLV") in events(*whole)
    assert {name for _, name in events("2026-05-01T06:19:00Z", "2026-05-01T06:21:00Z")} == {"Exstream-Email-POST"}


def test_extension_can_be_off(remote):
    """Without the extension there is no such address."""
    remote.settings(ext_outcomes=False)
    assert remote.ask("GET", "/ext/api/v1/outcomes").status_code == 404


def seed(remote, count):
    remote.control(
        "POST", "/seed", {"records": {"exstream": {"outcomes": [{"type": "delivered", "deliveryId": f"d-{n}"} for n in range(count)]}}}
    )
    remote.advance(0)


def test_callbacks_are_signed(remote, receiver):
    """Standard Webhooks over the raw body, at the sandbox's time."""
    remote.settings(webhook_url=receiver.url)
    seed(remote, 1)
    (headers, body) = receiver.got[0]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode("c2FuZGJveC1ub3QtYS1zZWNyZXQtMDAwMA==")
    assert headers["webhook-signature"] == "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    assert (headers["webhook-timestamp"], json.loads(body)["type"]) == ("1777615200", "delivered")


def ids(receiver):
    """Ids of the outcomes that were told."""
    return [outcome["id"] for outcome in receiver.bodies()]


def test_disorder_by_setting(remote, receiver):
    """Late, twice, and the last one first."""
    remote.settings(webhook_url=receiver.url, webhook_disorder=["late", "twice", "reversed"])
    seed(remote, 2)
    assert receiver.got == []
    remote.advance(3600)
    assert ids(receiver) == ["o-2", "o-2", "o-1", "o-1"]


def test_faults_on_callbacks(remote, receiver):
    """Lost, delayed, overtaken, twice: one outcome each."""
    remote.settings(webhook_url=receiver.url)
    for kind, value in (("lose", None), ("delay", 100), ("reorder", None), ("duplicate", None)):
        remote.control("POST", "/faults", {"system": "exstream", "match": {"path": "/colophon/*"}, "kind": kind, "value": value})
    seed(remote, 5)
    assert ids(receiver) == ["o-4", "o-4", "o-5"]
    remote.advance(60)
    remote.advance(60)
    assert ids(receiver)[3:] == ["o-3", "o-2"]


def test_receiver_away(remote, receiver):
    """One that is refused is repeated, five times at most."""
    remote.settings(webhook_url=receiver.url)
    receiver.status = 500
    seed(remote, 1)
    for seconds in (60, 120):
        remote.advance(seconds)
    receiver.status = 202
    remote.advance(240)
    remote.advance(480)
    assert len(receiver.got) == 4
