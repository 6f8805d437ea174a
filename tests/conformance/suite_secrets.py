"""Credentials, tokens, redirects, headers, and what a connection may say."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from suite_box import Answer

from colophon import __version__
from colophon.errors import AuthFailedError, BadConnectionError, ColophonError, WrongAddressError

REDIRECTS = (301, 302, 303, 307, 308)
NO_KEYS = [
    "headers",
    "Authorization",
    "X-Api-Key",
    "token",
    "api_key",
    "password",
    "bearer",
    "X-Injected",
    "endpoint",
    "extra__http__headers",
]
NO_VALUES: dict[str, Any] = {
    "timeouts": "extra-canary-value",
    "max_concurrency": "extra-canary-value",
    "max_per_second": "extra-canary-value",
    "start_jitter_seconds": "extra-canary-value",
    "settle_seconds": "extra-canary-value",
    "allow_http": "extra-canary-value",
    "proxies": "extra-canary-value",
}
THREADS = 16


class Secrets:
    """K1, K2, K9, K13, K14, K17."""

    def test_wrong_credentials(self, verb: Any, secret: str) -> None:
        """K1: told after one request, and no storm."""
        _, given = self.ready(verb)
        client = self.client(secrets={secret: self.wrong_secret(secret)})
        self.may_be_refused = True
        outcome = self.attempt(verb, client, given)
        assert isinstance(outcome.error, AuthFailedError), outcome
        assert outcome.error.system == (self.named or self.system)
        assert len(self.box.refused) == 1, self.box.refused
        assert len(self.box.seen) <= 3
        assert (self.effects(verb), self.waits) == (0, [])

    def test_credentials_stop_working(self, verb: Any) -> None:
        """K1, K2: 401 without end: one new token where there are tokens, then the end."""
        client, given = self.ready(verb)
        self.box.fault(verb, "status", times=None, value={"status": 401, "body": self.leaky()})
        outcome = self.attempt(verb, client, given)
        assert isinstance(outcome.error, AuthFailedError), outcome
        assert self.calls(verb) == (2 if self.token else 1)
        assert (self.effects(verb), self.waits) == (0, [])

    def test_nobody_prints_a_secret(self, secret: str) -> None:
        """K14: neither the client nor anything that hangs on it shows a secret in its repr."""
        client, _ = self.ready(self.read)
        self.texts += [repr(client), str(client), *(repr(part) for part in _parts(client))]
        assert self.secrets[secret]

    def test_a_token_is_fetched_once(self, tokens: Any) -> None:
        """K2: many calls, one token."""
        client = self.client()
        given = self.read.prepare(client, self.box)
        for _ in range(5):
            assert self.attempt(self.read, client, given).is_done
        assert len(self.box.calls(tokens)) == 1

    def test_an_expired_token_is_renewed_once(self, tokens: Any, verb: Any) -> None:
        """K2: one refusal, one new token, one repeat, success, one effect."""
        client, given = self.ready(verb)
        self.box.fault(verb, "expire_token")
        outcome = self.attempt(verb, client, given)
        self.judge_refused_once(verb, outcome)
        assert len(self.box.calls(tokens)) == 1

    def test_an_expired_token_is_renewed_once_for_all_threads(self, tokens: Any) -> None:
        """K2: sixteen threads learn at once that the token is no good; one of them fetches the next."""
        client, given = self.ready(self.read, max_concurrency=THREADS)
        assert self.attempt(self.read, client, given).is_done
        old = self.box.calls(self.read)[-1].headers[tokens.header.lower()]
        self.box.forget()
        together = threading.Barrier(THREADS, timeout=60)

        def change(seen: Any, answer: Any) -> Any:
            if seen.headers.get(tokens.header.lower()) != old:
                return answer
            together.wait()
            return Answer(401, {"Content-Type": "application/json"}, b"{}")

        self.box.spoil(self.read, change)
        with ThreadPoolExecutor(THREADS) as pool:
            outcomes = list(pool.map(lambda _: self.attempt(self.read, client, given), range(THREADS)))
        assert all(outcome.is_done for outcome in outcomes)
        assert len(self.box.calls(tokens)) == 1
        assert len(self.box.calls(self.read)) == 2 * THREADS

    @pytest.mark.parametrize("kind", ["login_page", "garble", "wrong_shape", "truncate", "drop", "status"])
    def test_token_endpoint_in_trouble(self, tokens: Any, kind: str) -> None:
        """K1, K8: a token endpoint that talks nonsense is told, and no call goes out without a token."""
        _, given = self.ready(self.read)
        client = self.client()
        self.box.fault(tokens, kind, times=None, value=500 if kind == "status" else None)
        outcome = self.attempt(self.read, client, given)
        assert isinstance(outcome.error, ColophonError)
        assert self.calls(self.read) == 0
        assert 1 <= len(self.box.calls(tokens)) <= self.read_tries

    @pytest.mark.parametrize("where", ["same", "elsewhere", "itself", "nowhere"])
    @pytest.mark.parametrize("status", REDIRECTS)
    def test_a_write_never_follows_a_redirect(self, write: Any, status: int, where: str) -> None:
        """K9: one request, nothing to the place that was named, no effect."""
        client, given = self.ready(write)
        self.box.spoil(write, lambda seen, _: self.redirect(seen, status, where), times=1, instead=True)
        outcome = self.attempt(write, client, given)
        assert isinstance(outcome.error, WrongAddressError), outcome
        assert (self.calls(write), self.effects(write)) == (1, 0)
        assert not [one for one in self.box.seen if one.path == "/somewhere/else"]

    @pytest.mark.parametrize("where", ["elsewhere", "other scheme", "nowhere"])
    @pytest.mark.parametrize("status", REDIRECTS)
    def test_a_read_never_leaves_its_host(self, reading: Any, status: int, where: str) -> None:
        """K9, K17: credentials do not travel; the other host hears nothing at all."""
        client, given = self.ready(reading)
        self.box.spoil(reading, lambda seen, _: self.redirect(seen, status, where), instead=True)
        outcome = self.attempt(reading, client, given)
        assert isinstance(outcome.error, WrongAddressError), outcome
        assert self.calls(reading) == 1

    @pytest.mark.parametrize("status", REDIRECTS)
    def test_a_read_follows_within_its_host(self, reading: Any, status: int) -> None:
        """A read by GET follows to the same origin; one by POST does not, because its method would change."""
        client, given = self.ready(reading)
        self.box.spoil(reading, lambda seen, _: self.redirect(seen, status, "itself"), times=1, instead=True)
        outcome = self.attempt(reading, client, given)
        if reading.method == "GET":
            assert outcome.is_done, outcome
        else:
            assert isinstance(outcome.error, WrongAddressError), outcome

    def test_redirects_in_a_circle_end(self, reading: Any) -> None:
        """K9: at most three, then the address is wrong."""
        client, given = self.ready(reading)
        self.box.spoil(reading, lambda seen, _: self.redirect(seen, 302, "itself"), instead=True)
        assert isinstance(self.attempt(reading, client, given).error, WrongAddressError)
        assert self.calls(reading) <= 4

    @pytest.mark.parametrize("key", NO_KEYS)
    def test_unknown_key_in_extra(self, key: str) -> None:
        """K13: refused by its name, without its value, before any request."""
        self.planted.append("extra-canary-value")
        with pytest.raises(BadConnectionError) as raised:
            self.client(**{key: "extra-canary-value"})
        problem = raised.value
        assert key in str(problem)
        self.texts += [str(problem), repr(problem), repr(vars(problem)), repr(problem.__cause__), repr(problem.__context__)]
        assert not self.box.seen

    @pytest.mark.parametrize("key", NO_VALUES)
    def test_unfit_value_in_extra(self, key: str) -> None:
        """K13: told by the key's name, without the value."""
        self.planted.append("extra-canary-value")
        with pytest.raises(BadConnectionError) as raised:
            self.client(**{key: NO_VALUES[key]})
        assert key in str(raised.value)
        self.texts += [str(raised.value), repr(raised.value)]
        assert not self.box.seen

    def test_nothing_of_extra_becomes_a_header(self, verb: Any) -> None:
        """K13: settings that are taken change no header, by name or value."""
        client, given = self.ready(verb)
        self.attempt(verb, client, given)
        plain = [{k: v for k, v in one.headers.items() if k not in _CHANGING} for one in self.box.calls(verb)]
        self.box.reset()
        client, given = self.ready(verb, **self.good_extra)
        self.attempt(verb, client, given)
        assert [set(headers) for headers in plain] == [set(one.headers) - _CHANGING for one in self.box.calls(verb)]

    @pytest.mark.parametrize(
        "address", ["ftp://example.com", "http://example.com", "example.com", "https://u:p@example.com", "https://h?x=1"]
    )
    def test_address_that_must_not_get_credentials(self, address: str) -> None:
        """No plain HTTP to others, no user or query in the address."""
        with pytest.raises(BadConnectionError):
            self.client(address=address)

    def test_who_is_calling(self, verb: Any) -> None:
        """Every try says who we are and has an id of its own; all else in it is the same, idempotency keys too."""
        client, given = self.ready(verb)
        self.box.fault(verb, "status", value={"status": 429})
        self.attempt(verb, client, given)
        for one in self.box.seen:
            assert one.headers["user-agent"] == f"colophon/{__version__}"
            assert UUID(one.headers["x-request-id"]).version == 4
            assert not re.search(r"[^\x20-\x7e]", "".join(one.headers.values()))
        assert len({one.headers["x-request-id"] for one in self.box.seen}) == len(self.box.seen)
        first, second = self.box.calls(verb)[:2]
        assert (first.path, first.query, first.body) == (second.path, second.query, second.body)
        assert {k: v for k, v in first.headers.items() if k not in _CHANGING} == {
            k: v for k, v in second.headers.items() if k not in _CHANGING
        }

    def redirect(self, seen: Any, status: int, where: str) -> Answer:
        """An answer that sends the caller away."""
        here = f"{self.base}{seen.path}" + (f"?{seen.query}" if seen.query else "")
        location = {
            "itself": f"{here}#{len(self.box.seen)}",
            "same": f"{self.base}/somewhere/else",
            "elsewhere": f"{self.box.other_origin}{here}",
            "other scheme": f"{self.box.origin.replace('http', 'https', 1)}{here}",
            "nowhere": "",
        }[where]
        return Answer(status, {"Location": location} if location else {}, b"")


_CHANGING = frozenset({"x-request-id", "host", "connection", "content-length"})


def _parts(client: Any) -> list[Any]:
    """What hangs on a client, two levels down, where it is ours."""
    found: list[Any] = []
    level = [client]
    for _ in range(3):
        level = [part for one in level for part in _members(one) if not any(part is known for known in found)]
        found += level
    return found


def _members(one: Any) -> list[Any]:
    names = [*getattr(one, "__dict__", {}), *getattr(type(one), "__slots__", ())]
    return [part for name in names if type(part := getattr(one, name, None)).__module__.startswith("colophon")]
