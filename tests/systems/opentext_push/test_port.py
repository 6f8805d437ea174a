"""Ledger deliveries as alerts to people, through the engine and the sandbox, and their outcomes back."""

import json
import logging
from datetime import UTC, datetime, timedelta

import pytest
from ledger_database import make_ledger

from colophon.deliver import deliver
from colophon.domain.delivery import Intent
from colophon.errors import EffectUnknownError, TransportError
from colophon.http.retry import asking_once
from colophon.ledger import Ledger
from colophon.systems.opentext_push.collect import collect_outcomes
from colophon.systems.opentext_push.directory import OPTED_OUT, FileDirectory, LedgerRetired
from colophon.systems.opentext_push.port import PushPort

NOW = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)
USE_CASE = "push__milestone_alerts"
PEOPLE = {
    "ok": ["tok-ok-001"],
    "open": ["tok-open-001"],
    "dead": ["tok-dead-01"],
    "bad": ["tok-bad"],
    "err": ["tok-err-001"],
    "lost": ["tok-lost-01"],
    "slow": ["tok-slow-01"],
    "two": ["tok-ok-002", "tok-dead-02"],
    "mixed": ["tok-ok-003", "tok-bad"],
    "none": [],
}
ROWS = [{"person": person, "kind": "token", "value": token} for person, tokens in PEOPLE.items() for token in tokens]
ROWS += [{"person": "none", "kind": "sms", "value": "00442079460123"}, {"person": "none", "kind": "email", "value": "a@example.org"}]
ROWS += [{"person": "ok", "kind": "sms", "value": "00442079460124"}]


class Desk:
    """A ledger and everything around it."""

    def __init__(self, ledger, sandbox, make_client) -> None:
        self.ledger, self.sandbox, self.make_client = ledger, sandbox, make_client
        self.client = make_client()
        self.directory = FileDirectory(ROWS, LedgerRetired(ledger))
        self.moment = NOW

    def plan(self, *people: str, **changes: object) -> list[str]:
        made = [self.intent(person, **changes) for person in people]
        self.ledger.plan(made)
        return people

    def intent(self, person: str, **changes: object) -> Intent:
        alert = {"person": person, "title": "Proof approved", "body": "Sea Room", **changes}
        kind = PushPort(self.client, self.directory).delivery_class
        return Intent(USE_CASE, "people", f"alert:{person}", kind, json.dumps(alert).encode(), "application/json", NOW, order="every")

    def run(self, port=None):
        port = port or PushPort(self.client, self.directory)
        return deliver(self.ledger, port, use_case=USE_CASE, destination="people", owner="me", lease_s=900, sleep=lambda _: None)

    def collect_outcomes(self):
        return collect_outcomes(self.ledger, self.client, self.directory, use_case=USE_CASE, destination="people", now=self.moment)

    def states(self) -> dict[str, int]:
        return self.ledger.counts(USE_CASE).get("people", {})


@pytest.fixture
def desk(tmp_path, sandbox, make_client):
    """A new ledger, and a vendor that is not known to honour ids."""
    url = f"sqlite:///{tmp_path}/ledger.db"
    make_ledger(url)
    now = [NOW]
    with Ledger.open(url, clock=lambda: now[0]) as ledger:
        found = Desk(ledger, sandbox, make_client)
        found.now = now
        yield found


def test_planned_sent_settled_and_nothing_twice(desk):
    """Test 1, K15: one push; the same plan again sends nothing, and the outcome is confirmed."""
    desk.plan("ok")
    assert desk.run().counts == {"accepted": 1}
    desk.sandbox.advance(6)
    assert desk.collect_outcomes()["moved"] == 2
    assert desk.states() == {"confirmed": 1}
    desk.plan("ok")
    assert desk.run().counts == {}
    assert desk.collect_outcomes()["moved"] == 0
    assert desk.sandbox.calls() == [200]
    assert len(desk.sandbox.effects()) == 1


def test_what_was_planned_before_somebody_left_or_opted_out_is_not_sent(desk):
    """The address book is asked when a message goes, too; the others go."""
    desk.plan("ok", "open", "slow")
    gone = {"person": "ok", "kind": "ends_on", "value": str(NOW.date() - timedelta(days=1))}
    memory = LedgerRetired(desk.ledger, OPTED_OUT)
    desk.directory = FileDirectory([*ROWS, gone], LedgerRetired(desk.ledger), memory)
    desk.directory.opt_out("open", NOW)
    assert desk.run().counts == {"accepted": 1, "skipped": 2}
    codes = {row.subject: row.code for row in desk.ledger.all_of(USE_CASE, "people") if row.code}
    assert codes == {"alert:ok": "left", "alert:open": "opted_out"}
    assert desk.sandbox.calls() == [200]


def test_an_address_that_consonance_told_is_the_fallback_where_the_directory_has_none(desk, make_client):
    """By e-mail, with the subject and the words for it."""
    desk.client = make_client(fallback_channel="email")
    desk.plan("stranger", address="s@example.org", email_subject="Proofs", email_body="They are here.")
    assert desk.run().counts == {"accepted": 1}
    desk.sandbox.advance(6)
    desk.collect_outcomes()
    assert desk.states() == {"sent": 1}


@pytest.mark.parametrize("fault", [{"kind": "status", "value": {"status": 503}}, {"kind": "login_page"}, {"kind": "reset"}])
def test_a_system_that_is_down_makes_nothing_unknown(desk, fault):
    """It is asked a question first: what it was never sent goes by the next run, once."""
    desk.plan("ok", "open", "err", "slow")
    desk.sandbox.fault(path="*", times=None, **fault)
    with asking_once():
        summary = desk.run()
    assert (type(summary.stopped_by), desk.states(), desk.sandbox.calls()) == (TransportError, {"planned": 4}, [])
    desk.sandbox.control("DELETE", "/faults")
    assert desk.run().counts == {"accepted": 4}
    assert desk.sandbox.calls() == [200] * 4


def test_a_system_that_goes_down_leaves_one_unknown(desk):
    """The message that was under way may have been taken; after it a question comes first, and the rest waits."""
    desk.plan("ok", "open", "err", "slow")
    desk.sandbox.fault("status", path="*", value={"status": 503}, skip=2, times=None)
    with asking_once():
        desk.run()
    assert desk.states() == {"accepted": 1, "unknown": 1, "planned": 2}
    desk.sandbox.control("DELETE", "/faults")
    assert desk.run().counts == {"accepted": 2}
    assert desk.states() == {"accepted": 3, "unknown": 1}


@pytest.mark.parametrize("fault", ["reset", "drop", "garble", "login_page"])
def test_lost_answer_is_unknown_and_stays_so(desk, fault):
    """Test 2, K6: one call, row unknown, no second push by any later run."""
    desk.plan("ok")
    desk.sandbox.fault(fault, when="after")
    summary = desk.run()
    assert isinstance(summary.stopped_by, EffectUnknownError)
    assert desk.states() == {"unknown": 1}
    desk.plan("ok")
    assert desk.run().counts == {}
    desk.sandbox.advance(6)
    assert len(desk.sandbox.calls()) == 1
    assert len(desk.sandbox.effects()) == 1


@pytest.mark.parametrize("fault", ["reset", "drop", "garble", "login_page"])
def test_lost_answer_where_ids_are_honoured(desk, fault):
    """Test 3, K5: repeated under the same id, one push."""
    desk.client = desk.make_client(dedupe="message_id")
    desk.plan("ok")
    desk.sandbox.fault(fault, when="after")
    assert desk.run().counts == {"accepted": 1}
    desk.sandbox.advance(6)
    desk.collect_outcomes()
    assert desk.states() == {"confirmed": 1}
    assert len(desk.sandbox.effects()) == 1


def test_sender_died_and_the_person_has_a_new_phone(desk):
    """A crash after the call: the repeat keeps the id, although the devices have changed."""
    desk.client = desk.make_client(dedupe="message_id")
    desk.plan("ok")
    dead = desk.ledger.claim(USE_CASE, "people", owner="dead", lease_s=1, limit=1)
    PushPort(desk.client, desk.directory).send(dead)
    desk.now[0] += timedelta(minutes=30)
    desk.directory = FileDirectory([*ROWS, {"person": "ok", "kind": "token", "value": "tok-ok-new"}], LedgerRetired(desk.ledger))
    assert desk.run().counts == {"accepted": 1}
    desk.sandbox.advance(6)
    assert len(desk.sandbox.effects()) == 1


def test_sender_died_without_dedupe(desk):
    """A crash after the call in class D: unknown, and never again."""
    desk.plan("ok")
    PushPort(desk.client, desk.directory).send(desk.ledger.claim(USE_CASE, "people", owner="dead", lease_s=1, limit=1))
    desk.now[0] += timedelta(minutes=30)
    assert desk.run().counts == {}
    assert desk.states() == {"unknown": 1}
    assert desk.sandbox.calls() == [200]


def test_repeat_after_the_vendor_forgot(desk):
    """Nothing is repeated once the id may be forgotten."""
    desk.client = desk.make_client(dedupe="message_id", dedupe_hours=24)
    desk.plan("ok")
    PushPort(desk.client, desk.directory).send(desk.ledger.claim(USE_CASE, "people", owner="dead", lease_s=1, limit=1))
    desk.now[0] += timedelta(hours=23, minutes=30)
    desk.client.clock = lambda: desk.now[0]
    assert desk.run().counts["unknown"] == 1
    assert desk.sandbox.calls() == [200]


def test_an_id_is_as_old_as_its_first_try(desk):
    """An alert about something of days ago: its lost answer is one of now, and the same id goes again."""
    desk.client = desk.make_client(dedupe="message_id", dedupe_hours=24)
    desk.now[0] += timedelta(days=3)
    desk.client.clock = lambda: desk.now[0]
    desk.plan("ok")
    desk.sandbox.fault("reset", when="after", times=40)
    assert desk.run().counts == {"not_sent": 1}
    desk.sandbox.control("DELETE", "/faults")
    desk.now[0] += timedelta(hours=22)
    assert desk.run().counts == {"accepted": 1}
    desk.sandbox.advance(6)
    assert len(desk.sandbox.effects()) == 1


@pytest.mark.parametrize(
    ("person", "states"),
    [
        ("open", {"confirmed": 1}),
        ("dead", {"bounced": 1}),
        ("err", {"failed": 1}),
        ("lost", {"skipped": 1}),
        ("slow", {"processing": 1}),
        ("two", {"confirmed": 1}),
    ],
)
def test_outcome_by_device(desk, person, states):
    """Test 9 and the others of section 5, from the file to the ledger."""
    desk.plan(person)
    desk.run()
    desk.sandbox.advance(6)
    desk.collect_outcomes()
    assert desk.states() == states


def test_dead_device_is_retired_and_a_bad_token_is_not(desk):
    """Test 8."""
    desk.plan("dead", "two", "bad", "ok")
    summary = desk.run()
    assert summary.counts == {"accepted": 3, "refused": 1}
    desk.sandbox.advance(6)
    assert desk.collect_outcomes()["devices retired"] == 2
    assert [t.value for t in desk.directory.resolve("two")] == ["tok-ok-002"]
    assert desk.directory.resolve("dead") == []
    assert len(desk.directory.resolve("bad")) == 1
    desk.plan("dead", title="Next alert")
    assert desk.run().counts == {"skipped": 1}


def test_one_bad_message_does_not_stop_the_others(desk, message, client):
    """Test 7: halved until it stands alone; 499 go, each in one file."""
    from colophon.systems.opentext_push.sending import send_file

    messages = [message(n, "tok-bad" if n == 250 else f"tok-ok-{n}") for n in range(500)]
    sent = send_file(client, client.build_file(messages, USE_CASE, "o"))
    assert [refused.ref for refused in sent.refused] == ["d-250"]
    desk.sandbox.advance(6)
    effects = desk.sandbox.effects()
    assert (len(effects), len(set(effects))) == (499, 499)


@pytest.mark.parametrize("limit", [{"chunk_size": 2}, {"max_file_bytes": 1000}])
def test_files_over_our_own_limits_are_halved(desk, message, limit):
    """Five people in a file that is too large: everybody gets one push."""
    from colophon.systems.opentext_push.sending import send_file

    client = desk.make_client(**limit)
    sent = send_file(client, client.build_file([message(n) for n in range(5)], USE_CASE, "o"))
    assert (len(sent.jobs) > 1, sent.refused) == (True, ())
    desk.sandbox.advance(6)
    assert sorted(desk.sandbox.effects()) == [f"d-{n}" for n in range(5)]


def test_trouble_after_the_first_half(desk, message, client):
    """What was taken stays taken; the rest is told as unknown and not sent."""
    from colophon.systems.opentext_push.sending import send_file

    messages = [message(1), message(2, "tok-bad")]
    desk.sandbox.fault("status", value={"status": 503}, skip=2)
    sent = send_file(client, client.build_file(messages, USE_CASE, "o"))
    assert (len(sent.jobs), sent.unknown) == (1, ("d-2",))


def test_person_with_a_good_and_a_bad_device(desk):
    """The good one gets it; the bad one is told in the ledger."""
    desk.plan("mixed")
    assert desk.run().counts == {"accepted": 1}
    desk.sandbox.advance(6)
    desk.collect_outcomes()
    assert desk.states() == {"confirmed": 1}


def test_priority_is_high_only_for_what_stops_work(desk):
    """Test 15."""
    import base64

    desk.plan("ok", pipeline=True)
    desk.plan("open")
    desk.run()
    files = [json.loads(base64.b64decode(e["body"]["data"])) for e in desk.sandbox.journal() if e["body"]]
    assert sorted(file["messages"][0]["priority"] for file in files) == ["high", "normal"]


@pytest.mark.parametrize(("channel", "kind"), [("sms", "sms.delivered"), ("email", "email.delivered")])
def test_fallback_only_without_a_device(desk, channel, kind):
    """Test 16: nobody with a live device gets a text message."""
    desk.client = desk.make_client(fallback_channel=channel)
    desk.plan("ok", "none")
    assert desk.run().counts == {"accepted": 2}
    desk.sandbox.advance(6)
    desk.collect_outcomes()
    assert (len(desk.sandbox.effects()), len(desk.sandbox.effects(kind))) == (1, 1)
    assert desk.states() == ({"confirmed": 2} if channel == "sms" else {"confirmed": 1, "sent": 1})


def test_nobody_to_tell(desk):
    """No device, no fallback, unknown person: skipped, and nothing is called."""
    desk.plan("none", "stranger")
    assert desk.run().counts == {"skipped": 2}
    assert desk.sandbox.calls() == []


@pytest.mark.parametrize(
    "content", [b"{", b"[]", b"{}", b'{"person":"a","topic":"b","title":"t","body":"b"}', b'{"title":"t","body":"c4n4ry"}']
)
def test_content_that_is_no_alert(desk, content):
    """Refused alone, without its text."""
    intent = Intent(USE_CASE, "people", "alert:x", "D", content, "application/json", NOW)
    desk.ledger.plan([intent])
    summary = desk.run()
    assert summary.counts == {"refused": 1}
    assert "c4n4ry" not in summary.refusals[0]


def test_wiped_job_is_reported_and_not_failed(desk):
    """Test 13: sent, status lost; and told once."""
    desk.plan("ok")
    desk.run()
    desk.sandbox.advance(4 * 86400)
    assert desk.collect_outcomes()["status lost"] == 1
    assert desk.states() == {"sent": 1}
    assert desk.collect_outcomes()["status lost"] == 0


def test_topic(desk):
    """One message to everybody who listens."""
    content = json.dumps({"topic": "sales", "title": "t", "body": "b"}).encode()
    desk.ledger.plan([Intent(USE_CASE, "people", "alert:sales", "D", content, "application/json", NOW)])
    desk.run()
    desk.sandbox.advance(6)
    desk.collect_outcomes()
    assert desk.states() == {"sent": 1}


def test_nothing_personal_in_logs_and_refusals(desk, caplog):
    """Test 14: no token, number or address, from plan to settlement."""
    caplog.set_level(logging.DEBUG)
    desk.client = desk.make_client(fallback_channel="sms")
    desk.plan(*PEOPLE)
    summary = desk.run()
    desk.sandbox.advance(6)
    desk.collect_outcomes()
    told = "".join(r.getMessage() for r in caplog.records if r.name.startswith("colophon")) + " ".join(summary.refusals)
    assert told
    assert not any(row["value"] in told for row in ROWS)
