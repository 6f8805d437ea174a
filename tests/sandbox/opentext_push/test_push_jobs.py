"""The way of a job: states by the clock, endings by device, repeated ids, wiped jobs, fallback channels, Google's route."""

import base64

import pytest

GOOGLE = {"auth": "Bearer sandbox-fcm-not-a-token"}


def state(remote, job):
    return remote.status(job)["job_state"]


def test_states_by_the_clock(remote):
    """Setup, Processing, Delivering, Complete; the push is shown at the end and not before."""
    job = remote.send("tok-ok-001")
    seen = [state(remote, job)]
    for _ in range(3):
        assert remote.effects() == []
        remote.advance(2)
        seen.append(state(remote, job))
    assert seen == [["Setup"], ["Processing"], ["Delivering"], ["Complete", "Posted"]]
    assert remote.effects() == ["d-1"]


def test_status_as_the_contract_shows_it(remote):
    """The example of section 5, member by member."""
    job = remote.send("tok-ok-001")
    remote.advance(6)
    assert remote.status(job) == {
        "job_id": "usmr-100000001",
        "customer_reference_base64": base64.b64encode(b"push__milestone_alerts").decode(),
        "entry_time": "2026-05-01T06:00:00.000Z",
        "job_state": ["Complete", "Posted"],
        "deliveries": [
            {
                "ref_base64": base64.b64encode(b"d-1").decode(),
                "push": "…k-001",
                "delivery_attempts": [{"state": "Sent", "first_attempt": "2026-05-01T06:00:06.000Z", "gamma_code": 5000}],
                "events": {"push_delivery_events": [{"event_time": "2026-05-01T06:00:06.000Z", "status": "Confirmed"}]},
            }
        ],
    }


def test_endings_by_device(remote):
    """Each device takes it in its own way, and only what was shown is an effect."""
    job = remote.send("tok-ok-1", "tok-open-1", "tok-dead-1", "tok-err-1", "tok-lost-1", "stranger")
    remote.advance(6)
    assert remote.events(job) == {"d-1": ["Confirmed"], "d-2": ["Confirmed"], "d-3": ["Unregistered"], "d-4": [], "d-6": ["Unregistered"]}
    remote.advance(60)
    assert remote.events(job)["d-2"] == ["Confirmed", "Opened"]
    assert sorted(remote.effects()) == ["d-1", "d-2"]


def test_slow_device(remote):
    """The job waits an hour for it; the others do not."""
    job = remote.send("tok-slow-1", "tok-ok-1")
    remote.advance(10)
    assert state(remote, job) == ["Delivering"]
    assert remote.events(job) == {"d-1": [], "d-2": ["Confirmed"]}
    assert remote.status(job)["deliveries"][0]["delivery_attempts"] == [{"state": "Pending"}]
    remote.advance(3600)
    assert state(remote, job) == ["Complete", "Posted"]
    assert remote.effects() == ["d-2", "d-1"]


def test_error_beside_processing(remote):
    """A job that fails is still processing, and says both."""
    job = remote.send("tok-err-1")
    remote.advance(2)
    assert state(remote, job) == ["Processing", "Error"]
    remote.advance(4)
    assert state(remote, job) == ["Complete", "Error"]


def test_topic(remote, file, message):
    """Sent, and confirmed by nobody."""
    job = remote.parse(file(messages=[message(target={"topic": "sales"})])).get_json()["job_id"]
    remote.advance(6)
    assert remote.events(job) == {"d-1": []}
    assert remote.effects() == ["d-1"]


def test_same_id_again(remote, file):
    """The same id makes no second job, whatever stands in the file."""
    first = remote.send("tok-ok-1")
    again = remote.parse(file("tok-ok-2", "tok-ok-3"))
    assert again.status_code == 200
    assert again.get_json() == {"job_id": first, "error_code": 2050, "message": "duplicate message_id"}
    remote.advance(6)
    assert remote.effects() == ["d-1"]


def test_same_id_again_without_dedupe(remote):
    """The harm: two jobs, two pushes."""
    remote.settings(dedupe=False)
    assert remote.send("tok-ok-1") != remote.send("tok-ok-1")
    remote.advance(6)
    assert remote.effects() == ["d-1", "d-1"]


def test_ids_of_others_and_ids_long_gone(remote, file):
    """2051, and 2052 after the job was wiped."""
    assert remote.parse(file(message_id="foreign-1")).get_json()["error_code"] == 2051
    job = remote.send("tok-ok-1")
    remote.advance(6 + 3 * 86400)
    gone = remote.ask("GET", f"/mra/v1/outbound/push/status?job_id={job}")
    assert (gone.status_code, gone.get_json()["error_code"]) == (404, 2060)
    again = remote.parse(file("tok-ok-1"))
    assert (again.status_code, again.get_json()["error_code"]) == (400, 2052)


def test_several_statuses(remote):
    """In the order asked, an error in the place of one that is not known."""
    job = remote.send("tok-ok-1")
    found = remote.ask("POST", "/mra/v1/outbound/push/status", {"job_ids": ["none-0", job]}).get_json()
    assert [entry["job_id"] for entry in found] == ["none-0", job]
    assert found[0]["error_code"] == 2060


def test_channels_do_not_mix(remote):
    """A push is no text message."""
    job = remote.send("tok-ok-1")
    assert remote.ask("GET", f"/mra/v1/outbound/sms/status?job_id={job}").status_code == 404


def test_validate_only_is_not_heard(remote, file):
    """Only Google's route looks without sending."""
    remote.parse(file(validate_only=True))
    remote.advance(6)
    assert remote.effects() == ["d-1"]


def test_rate(remote):
    """429 without a word of when to come back."""
    remote.settings(rate_per_minute=2)
    path = "/mra/v1/outbound/push/status?job_id=none-0"
    answers = [remote.ask("GET", path) for _ in range(3)]
    assert [a.status_code for a in answers] == [404, 404, 429]
    assert "Retry-After" not in answers[2].headers
    remote.advance(60)
    assert remote.ask("GET", path).status_code == 404


@pytest.mark.parametrize(
    ("channel", "to", "events"),
    [
        ("sms", "00442079460123", ["Confirmed"]),
        ("sms", "00442079460199", ["Confirmed", "Reply"]),
        ("sms", "00442079460198", []),
    ],
)
def test_text_messages(remote, channel, to, events):
    """A number confirms, answers or refuses."""
    body = {"options": {"message_id": "m"}, "destinations": [{"ref": "d-1", "sms": to}], "sms_text": "Proof approved"}
    job = remote.ask("POST", "/mra/v1/outbound/sms", body).get_json()["job_id"]
    assert remote.ask("POST", "/mra/v1/outbound/sms", body).get_json()["error_code"] == 2050
    remote.advance(66)
    delivery = remote.status(job, channel)["deliveries"][0]
    assert [e["status"] for e in delivery["events"]["sms_delivery_events"]] == events
    assert remote.effects("sms.delivered") == (["d-1"] if events else [])


@pytest.mark.parametrize(("local", "name"), [("bounce", "dsn"), ("open", "html_open"), ("pull", "pull"), ("optout", "opt_out"), ("a", "")])
def test_emails(remote, local, name):
    """An address sends it back, opens it, fetches it, or wants no more."""
    body = {
        "options": {"email_options": {"subject": "s"}},
        "destinations": [{"ref": "d-1", "email": f"{local}@example.org", "inserts": [{"id": "name", "value": "A"}]}],
        "body": [{"name": "b.txt", "type": "text", "charset": "UTF-8", "data": "UHJvb2Y="}],
    }
    job = remote.ask("POST", "/mra/v1/outbound/emails", body).get_json()["job_id"]
    remote.advance(66)
    events = remote.status(job, "emails")["deliveries"][0]["events"]["email_delivery_events"]
    assert {key for key, value in events.items() if value} == ({name} if name else set())
    assert remote.effects("email.delivered") == ([] if local == "bounce" else ["d-1"])


@pytest.mark.parametrize(
    ("token", "status", "code"),
    [
        ("tok-dead-1", 404, "UNREGISTERED"),
        ("tok-other-1", 403, "SENDER_ID_MISMATCH"),
        ("tok-bad", 400, "INVALID_ARGUMENT"),
        ("tok-busy-1", 429, "QUOTA_EXCEEDED"),
        ("tok-err-1", 500, "INTERNAL"),
    ],
)
def test_google_refuses(remote, token, status, code):
    """Google's errors in Google's shape."""
    message = {"token": token, "notification": {"title": "t", "body": "b"}}
    answer = remote.ask("POST", "/v1/projects/p/messages:send", {"message": message}, **GOOGLE)
    assert answer.status_code == status
    assert answer.get_json()["error"]["details"][0]["errorCode"] == code


def test_google_sends_and_only_looks(remote):
    """One effect for each request, none for one that only asks whether it would go."""
    body = {"message": {"token": "tok-ok-1", "notification": {"title": "t", "body": "b"}, "android": {"priority": "HIGH", "ttl": "60s"}}}
    assert remote.ask("POST", "/v1/projects/p/messages:send", {**body, "validate_only": True}, **GOOGLE).status_code == 200
    assert remote.effects() == []
    answer = remote.ask("POST", "/v1/projects/p/messages:send", body, **GOOGLE).get_json()
    assert answer["name"].startswith("projects/p/messages/0:")
    assert remote.effects() == ["tok-ok-1"]


def test_state_outlives_the_process(start, tmp_path):
    """Jobs go on after a restart."""
    job = start(tmp_path / "state.db").send("tok-ok-1")
    again = start(tmp_path / "state.db")
    again.advance(6)
    assert state(again, job) == ["Complete", "Posted"]
    assert again.effects() == ["d-1"]
