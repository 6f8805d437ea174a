"""Credentials: sent, refreshed once, never shown (K1, K2, K14)."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from colophon.errors import AuthFailedError, BadConnectionError, TransportError
from colophon.http.auth import BasicAuth, BearerKey, NoAuth, OAuth2ClientCredentials, Token, TokenKey
from colophon.http.operation import DeliveryClass, Operation

READ = Operation("thing", "GET", "/things")
WRITE = Operation("thing", "POST", "/things", DeliveryClass.D)


@pytest.mark.parametrize(
    ("auth", "header"),
    [
        (BearerKey("k-1"), "Bearer k-1"),
        (TokenKey("k-1"), "Token token=k-1"),
        (BasicAuth("sandbox", "pässword"), "Basic c2FuZGJveDpww6Rzc3dvcmQ="),
    ],
)
def test_fixed_headers(make_client, server, auth, header):
    """Each kind is sent as the contracts write it."""
    make_client(auth).call(READ)
    assert server.seen[0].headers["authorization"] == header


def test_no_credentials(make_client, server, play):
    """Without credentials nothing is sent, and a 401 says so."""
    server.script = [play.says({}), play.says({}, 401)]
    client = make_client(NoAuth())
    client.call(READ)
    assert "authorization" not in server.seen[0].headers
    with pytest.raises(AuthFailedError):
        client.call(READ)


@pytest.mark.parametrize("key", ["", "two words", "line\n", "kéy", "tab\t"])
def test_unsendable_keys_are_told_without_the_key(key):
    """A key pasted with its line end is named as such, and not shown."""
    with pytest.raises(BadConnectionError) as caught:
        BearerKey(key)
    assert not key or key not in str(caught.value)


def test_login_with_a_colon_is_refused():
    """It could not be told from the password."""
    with pytest.raises(BadConnectionError):
        BasicAuth("a:b", "c")


def test_repr_shows_no_secret():
    """Neither form of the secret is in an object's text."""
    assert "s3cret" not in repr(BearerKey("s3cret"))
    assert "czNjcmV0" not in repr(BasicAuth("a", "s3cret"))


class Endpoint:
    """Hands out tokens t1, t2, …; `known` are those that the server takes."""

    def __init__(self, expires_in_s=900.0):
        self.count = 0
        self.lock = threading.Lock()
        self.expires_in_s = expires_in_s

    def __call__(self):
        with self.lock:
            self.count += 1
            return Token(f"t{self.count}", self.expires_in_s)


def takes(play, token):
    """A reply that takes one token only."""

    def reply(handler):
        good = handler.headers["Authorization"] == f"Bearer {token}"
        play.says({"ok": 1}, 200 if good else 401)(handler)

    return reply


def test_token_is_cached_until_a_minute_before_its_end():
    """One token for all calls, a new one when the old is about to end."""
    now, endpoint = [0.0], Endpoint()
    auth = OAuth2ClientCredentials(endpoint, monotonic=lambda: now[0])
    assert auth.headers(refresh=False) == auth.headers(refresh=False) == {"Authorization": "Bearer t1"}
    now[0] = 840.0
    assert auth.headers(refresh=False) == {"Authorization": "Bearer t2"}
    assert endpoint.count == 2


@pytest.mark.parametrize("operation", [READ, WRITE])
def test_expired_token_is_refreshed_once(make_client, server, play, operation):
    """A 401 costs one refresh and one repeat, in class D too: nothing was taken."""
    endpoint = Endpoint()
    server.script = [takes(play, "t2")]
    assert make_client(OAuth2ClientCredentials(endpoint)).call(operation).status == 200
    assert (endpoint.count, len(server.seen)) == (2, 2)


def test_token_refused_twice_is_the_end(make_client, server, play):
    """No storm of refreshes."""
    endpoint = Endpoint()
    server.script = [play.says({}, 401)]
    with pytest.raises(AuthFailedError):
        make_client(OAuth2ClientCredentials(endpoint)).call(READ)
    assert (endpoint.count, len(server.seen)) == (2, 2)


def test_sixteen_threads_make_one_refresh(make_client, server, play):
    """K2: however many find the token refused, one of them fetches the next."""
    endpoint = Endpoint()
    client = make_client(OAuth2ClientCredentials(endpoint), max_concurrency=16)
    server.script = [takes(play, "t1")]
    barrier = threading.Barrier(16)

    def work(_):
        client.call(READ)
        barrier.wait(60)
        server.script = [takes(play, "t2")]
        barrier.wait(60)
        return client.call(READ).status

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(work, range(16))) == [200] * 16
    assert endpoint.count == 2


def test_token_endpoint_away_sends_nothing(make_client, server):
    """Its error passes through; our call never left."""

    def fetch():
        raise TransportError("the system cannot be reached", system="token endpoint")

    with pytest.raises(TransportError) as caught:
        make_client(OAuth2ClientCredentials(fetch)).call(WRITE)
    assert caught.value.system == "token endpoint"
    assert not server.seen


def test_secrets_in_use_are_known_to_the_mask():
    """The client's secret and the current token."""
    auth = OAuth2ClientCredentials(Endpoint(), secrets=("not-a-secret",))
    assert auth.secrets == ("not-a-secret",)
    auth.headers(refresh=False)
    assert auth.secrets == ("not-a-secret", "t1")
