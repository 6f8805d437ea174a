"""A connection of type bytenite (section 11)."""

import pytest

from colophon.errors import BadConnectionError
from colophon.systems.bytenite.settings import ByteNiteSettings


def read(extra, host="https://x.example", key="k3y-canary"):
    return ByteNiteSettings.from_connection(host, key, extra)


def test_defaults_are_the_contracts():
    """An empty extra gives the table's defaults."""
    found = read({})
    extra = found.extra
    assert (extra.version_prefix, extra.service, extra.auth_scheme, extra.endpoint_style) == ("/v1", "customer", "raw", "2025")
    assert (extra.run_body, extra.storage_descriptor, extra.templates, extra.media_backend) == ("config", "aws", {}, "bytenite")
    assert (extra.library, extra.library_prefix, extra.when_gone) == ("rest", "/v1/library", "fail")
    assert (extra.job_timeout, extra.task_timeout, extra.max_attempts, found.http.max_concurrency) == (86400, 3600, 2, 2)


def test_values_of_a_form():
    """Text that means JSON and numbers is read; empty fields are no opinion."""
    found = read({"templates": '{"TRAILER":"video-render@1.2"}', "job_timeout": "60", "service": "", "hook_secret": "whsec_a whsec_b"})
    assert (found.extra.templates, found.extra.job_timeout) == ({"TRAILER": "video-render@1.2"}, 60)
    assert found.extra.hook_secret == ("whsec_a", "whsec_b")


@pytest.mark.parametrize(
    "extra",
    [
        {"service": "x"},
        {"auth_scheme": "basic"},
        {"templates": 5},
        {"version_prefix": "v1"},
        {"library_prefix": "/a?b"},
        {"max_attempts": 0},
    ],
)
def test_values_that_do_not_fit(extra):
    """Named by key, without the value."""
    with pytest.raises(BadConnectionError, match=next(iter(extra))):
        read(extra)


def test_unknown_keys_and_secrets():
    """K13, K14: named, and never shown."""
    with pytest.raises(BadConnectionError) as caught:
        read({"api_key": "c4n4ry"})
    assert "api_key" in str(caught.value)
    assert "c4n4ry" not in str(caught.value)
    assert "canary" not in repr(read({}))
    assert "c4n4ry" not in repr(read({"hook_secret": "whsec_c4n4ry"}))
    with pytest.raises(BadConnectionError, match="API key"):
        read({}, key=" ")


def test_nothing_plugged_in(make_client):
    """A backend or library that nobody installed is the connection's fault."""
    for extra in ({"media_backend": "elsewhere"}, {"library": "elsewhere"}):
        with pytest.raises(BadConnectionError, match="elsewhere"):
            make_client(**extra)
