"""Callbacks: really sent, signed, repeated, late, twice, out of order, lost."""

import base64
import hashlib
import hmac
import json

import pytest

SECRET = "whsec_c2FuZGJveC1ub3QtYS1zZWNyZXQtMDAwMA=="
IN_ORDER = ["Processing", "Delivering", "Complete"]


def states(receiver):
    """The state of each step that was told."""
    return [body["job_state"][0] for body in receiver.bodies()]


@pytest.fixture(autouse=True)
def called(remote, receiver):
    """The receiver is known."""
    remote.settings(webhook_url=receiver.url)


def test_each_step_is_told(remote, receiver):
    """The body is that of the status call, one for each step."""
    job = remote.send("tok-open-1")
    remote.advance(6)
    assert states(receiver) == IN_ORDER
    assert json.loads(receiver.got[-1][1]) == remote.status(job)
    remote.advance(60)
    assert json.loads(receiver.got[-1][1]) == remote.status(job)
    assert len(receiver.got) == 4


def test_nobody_is_called_without_an_address(remote, receiver):
    """No address, no call."""
    remote.settings(webhook_url=None)
    remote.send("tok-ok-1")
    remote.advance(6)
    assert receiver.got == []


def test_signatures(remote, receiver):
    """Basic by default, then a shared secret, then Standard Webhooks over the raw body."""
    for number, scheme in enumerate(["basic", "shared_secret", "standard"]):
        remote.settings(webhook_scheme=scheme)
        remote.send("tok-ok-1", message_id=f"acme-{number}")
        remote.advance(6)
    basic, shared, standard = receiver.got[0][0], receiver.got[3][0], receiver.got[6]
    assert base64.b64decode(basic["authorization"].removeprefix("Basic ")).decode() == f"sandbox:{SECRET}"
    assert shared["x-colophon-secret"] == SECRET
    headers, body = standard
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    assert headers["webhook-signature"] == "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def test_repeated_three_times(remote, receiver):
    """A receiver that refuses is asked four times in all, and then no more."""
    receiver.status = 500
    remote.settings(job_seconds=0)
    remote.send("tok-ok-1")
    remote.advance(3600)
    assert len(receiver.got) == 4


def test_late(remote, receiver):
    """They come later than what they tell."""
    remote.settings(webhook_late_seconds=100)
    remote.send("tok-ok-1")
    remote.advance(99)
    assert receiver.got == []
    remote.advance(10)
    assert states(receiver) == IN_ORDER


def test_twice(remote, receiver):
    """Each of them comes twice, the same to the byte."""
    remote.settings(webhook_twice=True)
    remote.send("tok-ok-1")
    remote.advance(6)
    assert states(receiver) == [word for word in IN_ORDER for _ in (0, 1)]


def test_out_of_order(remote, receiver):
    """Every other one is overtaken; none is lost."""
    remote.settings(webhook_out_of_order=True)
    remote.send("tok-ok-1")
    remote.advance(6)
    remote.advance(120)
    assert sorted(states(receiver)) == sorted(IN_ORDER)
    assert states(receiver) != IN_ORDER


@pytest.mark.parametrize(("kind", "count"), [("lose", 2), ("duplicate", 4), ("reorder", 3)])
def test_faults_spoil_one(remote, receiver, kind, count):
    """A fault on the receiver's path spoils the first callback, and no other."""
    remote.fault(kind, "/colophon/hooks/push")
    remote.send("tok-ok-1")
    remote.advance(6)
    remote.advance(60)
    assert len(receiver.got) == count
    assert (states(receiver) == IN_ORDER) is False


def test_delay_fault(remote, receiver):
    """One callback comes later by the sandbox's clock."""
    remote.fault("delay", "/colophon/hooks/push", method=None, value=30)
    remote.send("tok-ok-1")
    remote.advance(6)
    assert states(receiver) == IN_ORDER[1:]
    remote.advance(30)
    assert states(receiver) == [*IN_ORDER[1:], "Processing"]
