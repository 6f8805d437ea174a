"""Push files: ids, limits, what is left out and why (contract sections 3, 4 and 14)."""

import base64
import json

import pytest

from colophon.systems.opentext_push.push_file import PushFileFormat, build_file, fitting, payload_bytes


def build(messages, account="acme", **more):
    return build_file(PushFileFormat(), account, messages, "push__milestone_alerts", "2026-05-01", **more)


def test_same_alert_same_id_other_content_other_id(message):
    """Test 4: the id has the content in it and no clock."""
    first, again, changed = build([message()]), build([message()]), build([message(body="Sea Room, again")])
    assert first.message_id == again.message_id
    assert first.content == again.content
    assert changed.message_id != first.message_id


def test_id_fits_for_the_longest_account(message):
    """Test 5."""
    assert len(build([message()], account="a" * 39).message_id) == 80


def test_identity_stands_for_the_content(message):
    """A person with a new device keeps the id of the alert."""
    old, new = build([message()], identity="d-1"), build([message(value="tok-ok-2")], identity="d-1")
    assert old.message_id == new.message_id
    assert build([message()], identity="d-2").message_id != old.message_id


@pytest.mark.parametrize(("kind", "most"), [("token", 4096), ("topic", 2048), ("condition", 2048)])
def test_payload_to_the_byte(message, kind, most):
    """Test 6: one word that cannot be shortened, with emoji."""
    value = {"token": "tok-ok-1", "topic": "sales", "condition": "'a' in topics"}[kind]
    empty = payload_bytes(message(value=value, kind=kind, title="🎉", body=""))
    good = message(1, value, kind, title="🎉", body="x" * (most - empty))
    bad = message(2, value, kind, title="🎉", body="x" * (most - empty + 1))
    file = build([good, bad])
    assert file.refs == ("d-1",)
    assert [(r.ref, r.problem.evidence) for r in file.refused] == [("d-2", f"{most + 1} bytes, {most} fit")]


def test_long_body_is_shortened_at_a_word(message):
    """It is cut before it is refused, and says so by an ellipsis."""
    short = fitting(message(body="word " * 2000))
    assert short.body.endswith("word…")
    assert 4080 < payload_bytes(short) <= 4096


@pytest.mark.parametrize(
    "change",
    [
        {"data": {"from": "x"}},
        {"data": {"google.a": "x"}},
        {"data": {"gcm.notification.a": "x"}},
        {"data": {"n": 1}},
        {"ttl_s": 2_419_201},
        {"ttl_s": -1},
        {"value": ""},
        {"value": "no blanks", "kind": "topic"},
        {"value": "a@example.org", "kind": "email"},
        {"analytics_label": "a b"},
    ],
    ids=str,
)
def test_messages_over_a_limit_are_left_out(message, change):
    """Refused, named by ref, and the others go; nothing personal is told."""
    file = build([message(1), message(2, **change)])
    assert file.refs == ("d-1",)
    told = str(file.refused[0].problem)
    assert "d-2" in told
    assert "example.org" not in told


def test_ref_twice(message):
    """The second of two is left out."""
    file = build([message(), message()])
    assert (file.refs, len(file.refused)) == (("d-1",), 1)


def test_nothing_left(message):
    """A file of refused messages is empty."""
    assert build([message(ttl_s=-1)]).content == b""


def test_inside_of_a_file(message):
    """The contract's example, member by member."""
    found = json.loads(build([message(link="https://a.example/9", priority="high", image=None)]).content)
    assert found["version"] == "assumed-1"
    assert found["application"] == "colophon"
    assert found["customer_reference"] == "push__milestone_alerts"
    assert found["messages"] == [
        {
            "ref": "d-1",
            "target": {"token": "tok-ok-001"},
            "notification": {"title": "Proof approved", "body": "Sea Room", "image": None},
            "data": {"isbn": "9781234567897"},
            "ttl": "86400s",
            "priority": "high",
            "collapse_key": None,
            "link": "https://a.example/9",
            "analytics_label": None,
        }
    ]


def test_tokens_are_in_no_repr(message):
    """Test 14."""
    file = build([message(value="tok-c4n4ry")])
    told = repr(file) + repr(message(value="tok-c4n4ry"))
    assert "c4n4ry" not in told
    assert base64.b64encode(b"c4n4ry").decode()[:6] not in told
