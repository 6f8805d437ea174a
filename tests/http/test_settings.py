"""What of a connection is taken, and what is refused by name (K13)."""

import pytest

from colophon.errors import BadConnectionError
from colophon.http.settings import HttpSettings, settings_from_connection


def read(extra, host="https://example.com/api", known=(), **kwargs):
    return settings_from_connection(host, extra, known=known, **kwargs)


def test_defaults_are_the_contracts():
    """An empty extra gives contract README section 3."""
    found = read({})
    assert found == HttpSettings(base_url="https://example.com/api")
    assert (found.connect_s, found.read_s, found.total_s, found.max_concurrency, found.settle_s) == (10, 60, 180, 4, 30)


def test_all_common_keys_are_read():
    """Each key of section 3 has its field; values may come as text from a form."""
    found = read(
        {
            "timeouts": {"connect": 1, "read": "2", "total": 3.5},
            "max_concurrency": "2",
            "max_per_second": 0.5,
            "start_jitter_seconds": 0,
            "settle_seconds": "5",
            "allow_http": "true",
            "verify": "/etc/ca.pem",
            "cert": "/etc/client.pem",
            "proxies": {"https": "http://proxy:3128"},
            "trust_env": True,
            "hook_scheme": "standard",
        },
        host="http://intranet/x",
    )
    assert (found.connect_s, found.read_s, found.total_s) == (1, 2, 3.5)
    assert (found.max_concurrency, found.max_per_second, found.start_jitter_s, found.settle_s) == (2, 0.5, 0, 5)
    assert (found.verify, found.cert, found.proxies, found.trust_env) == (
        "/etc/ca.pem",
        "/etc/client.pem",
        {"https": "http://proxy:3128"},
        True,
    )


def test_contract_defaults_yield_to_the_connection():
    """A contract's own default holds where the connection says nothing."""
    assert read({}, defaults={"read_s": 120.0}).read_s == 120
    assert read({"timeouts": {"read": 5}}, defaults={"read_s": 120.0}).read_s == 5


def test_unknown_keys_are_named_without_their_values():
    """K13: the name helps, the value may be a secret."""
    with pytest.raises(BadConnectionError) as caught:
        read({"api_key": "s3cret", "profile": "auto", "Authorization": "Bearer s3cret"}, known={"profile"})
    assert "Authorization, api_key" in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_empty_values_count_as_absent():
    """A form sends empty fields; they are no opinion."""
    assert read({"max_concurrency": None, "cert": "", "timeouts": {"read": None}, "leftover": None}) == read({})


@pytest.mark.parametrize(
    "extra",
    [
        {"timeouts": 5},
        {"timeouts": {"reed": 5}},
        {"timeouts": {"read": 0}},
        {"timeouts": {"read": "soon"}},
        {"max_concurrency": 0},
        {"max_concurrency": 1.5},
        {"max_concurrency": True},
        {"max_per_second": "nan"},
        {"max_per_second": "inf"},
        {"settle_seconds": -1},
        {"settle_seconds": [1]},
        {"allow_http": "maybe"},
        {"verify": 5},
        {"cert": 5},
        {"proxies": "http://proxy"},
        {"proxies": {"https": 1}},
    ],
)
def test_values_that_do_not_fit_name_their_key(extra):
    """The key is told, so that the form's field can be found."""
    with pytest.raises(BadConnectionError, match=next(iter(extra))):
        read(extra)


@pytest.mark.parametrize("host", ["http://127.0.0.1:8900/push", "http://localhost:1", "http://[::1]:1", "http://127.9.9.9", "https://x"])
def test_good_addresses(host):
    """Https anywhere, http on loopback."""
    assert read({}, host=f" {host} ").base_url == host


@pytest.mark.parametrize(
    "host",
    [
        "",
        "example.com",
        "ftp://example.com",
        "http://example.com",
        "http://localhost.example.com",
        "http://10.0.0.1",
        "https://",
        "https:///path",
        "https://user:s3cret@example.com",
        "https://example.com?x=s3cret",
        "https://example.com#s3cret",
        "https://example.com:port",
        "https://[bad",
    ],
)
def test_bad_addresses(host):
    """Anything that could send credentials in the clear, or hide some in the address; not quoted."""
    with pytest.raises(BadConnectionError) as caught:
        read({}, host=host)
    assert "s3cret" not in str(caught.value)


def test_direct_settings_are_checked_too():
    """There is no way round the check."""
    with pytest.raises(BadConnectionError):
        HttpSettings(base_url="http://example.com")
