"""A connection of type opentext_exstream (section 9), and what its operations declare."""

import pytest

from colophon.errors import BadConnectionError
from colophon.systems.opentext_exstream.operations import GENERATE, OPERATIONS, SUBMIT
from colophon.systems.opentext_exstream.settings import ExstreamSettings

CANARY = "c4n4ry"


def read(extra, login="client", password=CANARY):
    return ExstreamSettings.from_connection("https://x.example", login, password, {"tenant": "acme", "domain": "test", **extra})


def test_defaults_are_the_contracts():
    """An empty extra gives the table's defaults."""
    found = read({})
    extra = found.extra
    assert (extra.production, extra.external_id, extra.csrf, extra.empower, extra.eventmetrics) == (False,) * 5
    assert (extra.batch_customers, extra.batch_bytes, extra.input_mode, extra.job_deadline) == (1000, 50_000_000, "http", 21600)
    assert (extra.delivery_key_name, extra.batch_key_name) == ("ColophonDeliveryId", "ColophonBatchKey")
    assert (found.http.settle_s, found.http.read_s, found.on_demand.read_s, found.http.max_concurrency) == (120, 60, 120, 2)


@pytest.mark.parametrize(
    ("extra", "scope"),
    [
        ({}, "search otds:groups"),
        ({"subscription": "main"}, "search otds:groups subscription:main"),
        ({"otds_url": "https://otds.example/otdsws"}, "otds:groups"),
        ({"scope": "mine"}, "mine"),
    ],
)
def test_scope(extra, scope):
    """Cloud and own servers ask for different scopes."""
    assert read(extra).extra.wanted_scope == scope


def test_values_of_a_form():
    """Text that means numbers, switches and lists is read."""
    found = read(
        {"batch_customers": "5", "external_id": "true", "outcome_source": "feed, files", "outcomes_location": "x", "hook_secret": "a b"}
    )
    assert (found.extra.batch_customers, found.extra.external_id) == (5, True)
    assert (found.extra.outcome_source, found.extra.hook_secret) == (("feed", "files"), ("a", "b"))
    assert read({"timeouts": {"on_demand": 7, "read": 3}}).on_demand.read_s == 7


@pytest.mark.parametrize(
    "extra",
    [
        {"domain": ""},
        {"domain": "a/b"},
        {"tenant": ""},
        {"batch_customers": 0},
        {"input_mode": "fax"},
        {"input_mode": "directory", "input_location": ""},
        {"outcome_source": "pigeon"},
        {"timeouts": {"on_demand": 0}},
    ],
)
def test_values_that_do_not_fit(extra):
    """Named by key."""
    with pytest.raises(BadConnectionError, match=list(extra)[-1]):
        read(extra)


def test_login_and_secret_are_needed():
    """Both of them."""
    for login, password in (("", "x"), ("x", "")):
        with pytest.raises(BadConnectionError, match="login and password"):
            read({}, login, password)


def test_unknown_key_is_named_and_secrets_kept():
    """K13, K14."""
    with pytest.raises(BadConnectionError) as caught:
        read({"api_key": "s3cret"})
    assert ("api_key" in str(caught.value), "s3cret" in str(caught.value)) == (True, False)
    assert "c4n4ry" not in repr(read({"hook_secret": "whsec_c4n4ry"}))


def test_classes_of_the_writes():
    """A batch can be read back, a single communication cannot."""
    assert (SUBMIT.writes, GENERATE.writes) == ("C", "D")
    assert len({operation.name for operation in OPERATIONS}) == len(OPERATIONS)
