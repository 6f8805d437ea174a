"""Whatever strangers send: a typed refusal, never a forged event, never an error of ours."""

import asyncio
import json
import random
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from inbound_door import DESCRIPTION, EVENT, NOW, call, signed

from colophon.errors import ForgedError, InvalidError
from colophon.http.webhooks import verify

BODY = json.dumps(EVENT).encode()
TYPED = frozenset({400, 401, 404, 405, 413, 415})
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
STALE = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc="
VECTOR = {"webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330", "webhook-signature": SIGNATURE}
VECTOR_SECRET, VECTOR_BODY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
VECTOR_AT = datetime.fromtimestamp(1614265330, UTC)


@pytest.mark.parametrize(
    ("change", "late_s", "good"),
    [
        ({}, 0, True),
        ({}, 299, True),
        ({"webhook-signature": f"{STALE} v2,{STALE[3:]} {SIGNATURE} {STALE}"}, 0, True),
        ({"webhook-signature": SIGNATURE.replace("OE=", "OA=")}, 0, False),
        ({"webhook-signature": SIGNATURE[:8]}, 0, False),
        ({"webhook-signature": "v1,"}, 0, False),
        ({"webhook-signature": ""}, 0, False),
        ({"webhook-id": ""}, 0, False),
        ({"webhook-timestamp": ""}, 0, False),
        ({}, 301, False),
        ({}, -301, False),
    ],
)
def test_published_vectors(change, late_s, good):
    """Those of the Standard Webhooks libraries: signed, several signatures, altered, partial, missing, too old, too new."""
    headers, now = {**VECTOR, **change}, VECTOR_AT + timedelta(seconds=late_s)
    if good:
        assert verify(headers, VECTOR_BODY, [VECTOR_SECRET], now=now) == VECTOR["webhook-id"]
    else:
        with pytest.raises((ForgedError, InvalidError)):
            verify(headers, VECTOR_BODY, [VECTOR_SECRET], now=now)


class Mutants:
    """Requests that each differ from a good one in what was signed, in the proof, in the form or in the address."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.kinds: list[Callable[[], tuple[str, str, list, bytes]]] = [
            self._body,
            self._body,
            self._header,
            self._header,
            self._signature,
            self._signature,
            self._twice,
            self._missing,
            self._form,
            self._address,
            self._other_secret,
            self._old,
        ]

    def next(self) -> tuple[str, str, list, bytes]:
        """Method, path, raw headers, body."""
        return self.rng.choice(self.kinds)()

    def _raw(self, **change: str) -> list:
        return [(name.encode(), value.encode("latin-1", "replace")) for name, value in {**signed(BODY), **change}.items()]

    def _noise(self, most: int = 60) -> str:
        return bytes(self.rng.choices(range(1, 256), k=self.rng.randint(0, most))).decode("latin-1")

    def _body(self):
        body, at = bytearray(BODY), self.rng.randrange(len(BODY))
        match self.rng.randrange(7):
            case 0:
                body[at] ^= 1 << self.rng.randrange(8)
            case 1:
                del body[at]
            case 2:
                body.insert(at, self.rng.randrange(256) ^ body[at] or 1)
            case 3:
                body = body[:at]
            case 4:
                body = body * 2
            case 5:
                body = bytearray(self.rng.randbytes(self.rng.randrange(300)))
            case 6:
                body = bytearray(b"[" * self.rng.randrange(1, 400))
        return "POST", "/xconnector", self._raw(), bytes(body)

    def _header(self):
        name = self.rng.choice(["webhook-id", "webhook-timestamp"])
        good = signed(BODY)[name]
        value = self.rng.choice(
            [
                self._noise(200),
                good + self.rng.choice("0aZ-_ ,\t.\x00é"),
                good[:-1],
                str(self.rng.randrange(10**10)),
                str(int(NOW.timestamp()) + self.rng.choice([-1, 1, 299, -299])),
                good * 40,
                "-" + good[1:],
                "",
            ]
        )
        return "POST", "/xconnector", self._raw(**{name: value if value != good else value + "x"}), BODY

    def _signature(self):
        good = signed(BODY)["webhook-signature"]
        at = self.rng.randrange(len(good))
        value = self.rng.choice(
            [
                good[:at] + self.rng.choice("abcXYZ019+/=,.").replace(good[at], "!") + good[at + 1 :],
                good[:at],
                good[3:],
                good.upper(),
                "v1a" + good[2:],
                "v1," + b64encode(self.rng.randbytes(32)).decode(),
                " ".join(["v1," + b64encode(self.rng.randbytes(32)).decode()] * self.rng.randrange(1, 30)),
                self._noise(2000),
                good.replace("=", ""),
            ]
        )
        return "POST", "/xconnector", self._raw(**{"webhook-signature": value}), BODY

    def _twice(self):
        raw = self._raw()
        return "POST", "/xconnector", [*raw, self.rng.choice(raw)], BODY

    def _missing(self):
        raw = [pair for pair in self._raw() if pair[0] != b"content-length"]
        del raw[self.rng.randrange(len(raw))]
        return "POST", "/xconnector", raw, BODY

    def _form(self):
        name, value = self.rng.choice(
            [
                ("content-type", self.rng.choice(["", "text/html", "application/jsonx", "json", "multipart/form-data"])),
                ("content-length", self.rng.choice(["-1", "1e9", "0x10", "٣", "+5", "262145", "9" * 30, ""])),
                ("content-encoding", self.rng.choice(["gzip", "br", "x"])),
            ]
        )
        return "POST", "/xconnector", self._raw(**{name: value}), BODY

    def _address(self):
        method = self.rng.choice(["GET", "PUT", "DELETE", "PATCH", "POST"])
        path = "/" + self.rng.choice(
            ["", "xconnectors", "XCONNECTOR", "xconnector/", "../xconnector", "exstream", "push", "a" * 3000, "%00", "é", "docs"]
        )
        return method, path, self._raw(), BODY

    def _other_secret(self):
        secret = "whsec_" + b64encode(self.rng.randbytes(self.rng.randint(24, 64))).decode()
        return "POST", "/xconnector", [(n.encode(), v.encode()) for n, v in signed(BODY, secret=secret).items()], BODY

    def _old(self):
        at = NOW + timedelta(seconds=self.rng.choice([-1, 1]) * self.rng.randint(301, 10**9))
        return "POST", "/xconnector", [(n.encode(), v.encode()) for n, v in signed(BODY, at=at).items()], BODY


def storm(door, count: int, seed: int) -> Counter:
    """So many mutants, each from another address; answers by status, every one of them looked at."""
    mutants, found = Mutants(seed), Counter()

    async def work() -> None:
        for number in range(count):
            method, path, raw, body = mutants.next()
            answer = await call(door.app, path, raw, body, method, caller=f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
            found[answer.status] += 1
            assert answer.status in TYPED, (method, path, raw, body)
            if method != "HEAD":
                assert answer.json["status"] == answer.status
                assert answer.headers["content-type"] == "application/problem+json"

    asyncio.run(work())
    return found


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # none of them comes so far as the ledger
def test_mutated_requests_are_refused(door):
    """0 forged, 0 untyped; the inbox stays empty."""
    found = storm(door, 40_000, seed=6)
    assert set(found) == TYPED
    with door.ledger() as ledger:
        assert ledger.inbox.waiting(["*"]) == set()


@pytest.mark.nightly
def test_a_million_mutated_requests_are_refused(door):
    """The same, longer, with another seed each night."""
    storm(door, 1_000_000, seed=int(time.time()) // 86400)


def test_signed_rubbish_never_crashes(door):
    """A sender that we trust sends nonsense of any kind: taken or refused, with a type."""
    rng, found = random.Random(6), Counter()
    values = [
        None,
        True,
        0,
        -1,
        1e300,
        10**30,
        "",
        "x" * 300,
        "\x00",
        "\ud83d",
        "é" * 90,
        [],
        {},
        [[]],
        {"a": {"b": []}},
        "2026-05-01",
        "NaN",
    ]

    async def work() -> None:
        for number in range(2000):
            event = {**EVENT, "id": f"e-{number}"}
            for _ in range(rng.randint(1, 3)):
                event[rng.choice([*EVENT, "more"])] = rng.choice(values)
            body = rng.choice([json.dumps(event).encode(), json.dumps(rng.choice(values)).encode(), rng.randbytes(40)])
            source = rng.choice(["xconnector", "exstream", "bytenite"])
            answer = await call(door.app, f"/{source}", signed(body, f"e-{number}"), body, caller=str(number))
            found[answer.status] += 1
            assert answer.status in {200, 202, 400, 409}, (source, body)

    asyncio.run(work())
    assert found[202]
    assert found[400]


def test_every_answer_is_described(door):
    """Schemathesis finds no answer of 500 or above, and none that the description lacks."""
    import schemathesis
    from hypothesis import HealthCheck, given, settings
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import content_type_conformance, status_code_conformance

    schema = schemathesis.openapi.from_dict(DESCRIPTION)
    schema.app = door.app
    statuses = Counter()
    for operation in schema.get_all_operations():

        @settings(max_examples=150, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
        @given(operation.ok().as_strategy())
        def attack(case) -> None:
            checks = [not_a_server_error, status_code_conformance, content_type_conformance]
            statuses[case.call_and_validate(checks=checks).status_code] += 1

        attack()
    assert sum(statuses.values()) >= 100, statuses
