"""Contract README section 6: who may call us."""

import hmac
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from colophon.errors import BadConnectionError, ForgedError, InvalidError
from colophon.http.webhooks import verify

NOW = datetime(2026, 5, 1, 10, 0, tzinfo=UTC)
STAMP = str(int(NOW.timestamp()))
OLD = "whsec_" + b64encode(b"o" * 24).decode()
NEW = "whsec_" + b64encode(b"n" * 64).decode()
BODY = b'{"id":"e-1"}'


def signed(secret=NEW, body=BODY, webhook_id="e-1", stamp=STAMP):
    """Headers as the sender makes them; written from the standard, not from our code."""
    key = b64decode(secret.removeprefix("whsec_"))
    mac = hmac.new(key, f"{webhook_id}.{stamp}.".encode() + body, sha256).digest()
    return {"webhook-id": webhook_id, "webhook-timestamp": stamp, "webhook-signature": "v1," + b64encode(mac).decode()}


def test_good_signature():
    """Any case of header names; returns the id."""
    headers = {name.title(): value for name, value in signed().items()}
    assert verify(headers, BODY, [NEW], now=NOW) == "e-1"


def test_rotation():
    """Either secret is good, and either of several signatures."""
    assert verify(signed(OLD), BODY, [NEW, OLD], now=NOW)
    both = {**signed(OLD), "webhook-signature": f"v2,other {signed(OLD)['webhook-signature']} {signed(NEW)['webhook-signature']}"}
    assert verify(both, BODY, [NEW], now=NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"body": BODY + b" "},
        {"headers": {"webhook-id": "e-2"}},
        {"headers": {"webhook-timestamp": str(int(STAMP) + 1)}},
        {"headers": {"webhook-signature": "v1,"}},
        {"headers": {"webhook-signature": "v1,é"}},
        {"headers": {"webhook-signature": signed()["webhook-signature"].replace("v1,", "v2,")}},
        {"headers": {"webhook-signature": signed()["webhook-signature"].removeprefix("v1,")}},
        {"secrets": [OLD]},
    ],
)
def test_forged_or_altered(change):
    """Any change of what was signed, or another secret, is refused."""
    headers = {**signed(), **change.get("headers", {})}
    with pytest.raises(ForgedError):
        verify(headers, change.get("body", BODY), change.get("secrets", [NEW]), now=NOW)


@pytest.mark.parametrize(("seconds", "good"), [(300, True), (-300, True), (301, False), (-301, False)])
def test_time(seconds, good):
    """Five minutes either way."""
    headers, now = signed(), NOW + timedelta(seconds=seconds)
    if good:
        assert verify(headers, BODY, [NEW], now=now)
    else:
        with pytest.raises(ForgedError):
            verify(headers, BODY, [NEW], now=now)


@pytest.mark.parametrize(
    "headers",
    [
        {"webhook-id": ""},
        {"webhook-id": "a" * 129},
        {"webhook-id": "e 1"},
        {"webhook-timestamp": "177762960"},
        {"webhook-timestamp": "-177762960"},
        {"webhook-timestamp": "1777629600.0"},
        {"webhook-timestamp": "١٧٧٧٦٢٩٦٠٠"},
        {"webhook-signature": ""},
        {"webhook-signature": "v1,x " * 9},
    ],
)
def test_malformed(headers):
    """Headers that no sender makes are refused before any signature is looked at."""
    with pytest.raises(InvalidError):
        verify({**signed(), **headers}, BODY, [NEW], now=NOW)


def test_size():
    """256 KiB and not a byte more."""
    body = b"x" * (256 * 1024)
    assert verify(signed(body=body), body, [NEW], now=NOW)
    with pytest.raises(InvalidError):
        verify(signed(body=body + b"x"), body + b"x", [NEW], now=NOW)


@pytest.mark.parametrize(
    "secret", ["", "plain", "whsec_", "whsec_***", "whsec_" + b64encode(b"x" * 23).decode(), b64encode(b"x" * 24).decode()]
)
def test_our_own_secret_is_malformed(secret):
    """That is the configuration's fault, told without the secret."""
    with pytest.raises(BadConnectionError) as caught:
        verify(signed(), BODY, [secret], now=NOW)
    assert len(secret) < 10 or secret not in str(caught.value)


def test_no_secret_at_all():
    """Without a secret nobody can have signed; that is ours to mend."""
    with pytest.raises(BadConnectionError):
        verify(signed(), BODY, [], now=NOW)
