"""A connection of type xconnector (section 12)."""

import pytest

from colophon.errors import BadConnectionError
from colophon.systems.xconnector.operations import OPERATIONS
from colophon.systems.xconnector.settings import XConnectorSettings


def read(extra, host="https://x.example"):
    return XConnectorSettings.from_connection(host, "t0ken-canary", extra)


def test_defaults_are_the_contracts():
    """An empty extra gives the table's defaults."""
    extra = read({}).extra
    assert (extra.mode, extra.source, extra.type_prefix, extra.payload_mode) == ("xc1", "/colophon/default", "colophon.", "link")
    assert (extra.inline_max_bytes, extra.batch_size, extra.batch_bytes) == (49152, 100, 1048576)
    assert (extra.deliver_within, extra.lease_seconds, extra.inbox_batch, extra.manage_routes) == (7200, 300, 100, False)


def test_values_of_a_form():
    """Text that means numbers and switches is read; empty fields are no opinion."""
    found = read(
        {"batch_size": "50", "manage_routes": "true", "drop_location": "", "timeouts": {"read": 5}, "hook_secret": "whsec_a whsec_b"}
    )
    assert (found.extra.batch_size, found.extra.manage_routes, found.http.read_s) == (50, True, 5)
    assert found.extra.hook_secret == ("whsec_a", "whsec_b")


@pytest.mark.parametrize(
    "extra",
    [
        {"mode": "fax"},
        {"batch_size": 101},
        {"inline_max_bytes": 70_000},
        {"lease_seconds": 5},
        {"source": "no slash"},
        {"deliver_within": "x"},
    ],
)
def test_values_that_do_not_fit(extra):
    """Named by key, without the value."""
    with pytest.raises(BadConnectionError, match=next(iter(extra))):
        read(extra)


def test_unknown_key_is_named_and_secret_kept():
    """K13, K14."""
    with pytest.raises(BadConnectionError) as caught:
        read({"api_key": "c4n4ry"})
    assert "api_key" in str(caught.value)
    assert "c4n4ry" not in str(caught.value)
    assert "t0ken-canary" not in repr(read({"hook_secret": "whsec_c4n4ry"}))
    assert "c4n4ry" not in repr(read({"hook_secret": "whsec_c4n4ry"}))


def test_file_drop_needs_its_folder():
    """The mode has no address, and must have a folder."""
    assert read({"mode": "file_drop", "drop_location": "memory://drop"}, host="").http is None
    with pytest.raises(BadConnectionError):
        read({"mode": "file_drop"}, host="")


def test_operations_are_declared():
    """Every write has a class; names are unique where the docs list them."""
    assert len({(o.name) for o in OPERATIONS}) == len(OPERATIONS)
    assert all(o.writes for o in OPERATIONS if o.method in {"POST", "PUT", "DELETE"})
    assert not any(o.writes for o in OPERATIONS if o.method in {"GET", "HEAD"})
