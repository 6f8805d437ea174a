"""A connection of type opentext_push (section 11)."""

import pytest

from colophon.errors import BadConnectionError
from colophon.systems.opentext_push.operations import OPERATIONS
from colophon.systems.opentext_push.settings import PushSettings


def read(extra=None, login="l", password="p4ss-canary"):  # noqa: S107 - a canary
    return PushSettings.from_connection("https://x.example/mra/v1", login, password, {"account": "acme", **(extra or {})})


def test_defaults_are_the_contracts():
    """An empty extra gives the table's defaults."""
    found = read()
    extra = found.extra
    assert (extra.auth, extra.transport, extra.dedupe, extra.dedupe_hours) == ("basic", "mra", "none", 24)
    assert (extra.parser_path, extra.status_path, extra.status_many_path) == ("/utils/parser", *["/outbound/push/status"] * 2)
    assert (extra.file_format, extra.chunk_size, extra.max_file_bytes) == ("assumed-1", 500, 5242880)
    assert (extra.hook_scheme, extra.fallback_channel, found.http.max_per_second) == ("basic", "none", 5)


@pytest.mark.parametrize(
    "extra",
    [
        {"dedupe": "maybe"},
        {"chunk_size": 501},
        {"account": "a" * 40},
        {"account": "Acme"},
        {"parser_path": "utils"},
        {"parser_path": "/a?b=1"},
        {"fallback_channel": "fax"},
        {"hook_scheme": "none"},
        {"region": "a.b/c"},
    ],
    ids=str,
)
def test_values_that_do_not_fit(extra):
    """Named by key."""
    with pytest.raises(BadConnectionError, match=next(iter(extra))):
        read(extra)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"login": ""}, "login"),
        ({"password": ""}, "password"),
        ({"extra": {"account": ""}}, "account"),
        ({"extra": {"auth": "oauth2"}}, "tenant, region"),
        ({"extra": {"transport": "fcm"}}, "fcm_project, fcm_credentials"),
    ],
    ids=str,
)
def test_what_is_missing_is_named(change, name):
    """Everything that the chosen way needs, at once."""
    with pytest.raises(BadConnectionError, match=name):
        read(**change)


def test_unknown_key_is_named_and_secrets_kept():
    """K13, K14."""
    with pytest.raises(BadConnectionError) as caught:
        read({"api_key": "c4n4ry"})
    assert "api_key" in str(caught.value)
    assert "c4n4ry" not in str(caught.value)
    assert "c4n4ry" not in repr(read({"hook_secret": "c4n4ry", "fcm_credentials": "c4n4ry"}))
    assert "canary" not in repr(read())


def test_token_address():
    """From region and tenant, or as the connection says."""
    assert read({"auth": "oauth2", "region": "us", "tenant": "t1"}).token_url == "https://us.api.opentext.com/tenants/t1/oauth2/token"
    assert read({"auth": "oauth2", "token_url": "https://t.example/x"}).token_url == "https://t.example/x"


def test_operations_are_declared():
    """Names are unique where the docs list them; everything that sends has a class."""
    assert len({o.name for o in OPERATIONS}) == len(OPERATIONS)
    assert all(o.writes for o in OPERATIONS if o.name.startswith("submit"))
    assert not any(o.writes for o in OPERATIONS if not o.name.startswith("submit"))
