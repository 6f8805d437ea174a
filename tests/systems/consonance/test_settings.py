"""The connection: every key of the contract with its default, and nothing else."""

from datetime import UTC, date, datetime

import pytest

from colophon.errors import BadConnectionError
from colophon.systems.consonance.settings import ConsonanceSettings

HOST = "https://web.consonance.example"
KEY = "not0a0real0key0but0a0canary00000"


def test_defaults_are_those_of_the_contract():
    """An empty extra gives the contract's defaults, one request at a time among them."""
    made = ConsonanceSettings.from_connection(HOST, KEY, {})
    assert (made.graphql_path, made.rest_path, made.profile, made.write_mode) == ("/graphql", "/api/v4", "auto", "tray")
    assert (made.overlap_days, made.time_zone, made.default_currency) == (2, "Europe/London", "GBP")
    assert (made.schema_cache_hours, made.mutation_batch, made.reports_max_age_hours) == (24, 20, 36)
    assert (made.http.max_concurrency, made.http.settle_s) == (1, 30.0)
    assert made.rest_key == KEY


@pytest.mark.parametrize(
    ("extra", "named"),
    [
        ({"Authorization": "x"}, "Authorization"),
        ({"profile": "everything"}, "profile"),
        ({"write_mode": "yes"}, "write_mode"),
        ({"overlap_days": "-1"}, "overlap_days"),
        ({"overlap_days": 1.5}, "overlap_days"),
        ({"overlap_days": True}, "overlap_days"),
        ({"schema_cache_hours": "²"}, "schema_cache_hours"),
        ({"time_zone": "Europe/Lundun"}, "time_zone"),
        ({"time_zone": "../etc/passwd"}, "time_zone"),
        ({"graphql_path": 7}, "graphql_path"),
    ],
)
def test_a_key_that_does_not_fit_is_named(extra, named):
    """An unknown key or a wrong value is refused by the key's name, never with its value."""
    with pytest.raises(BadConnectionError, match=named) as caught:
        ConsonanceSettings.from_connection(HOST, KEY, extra)
    assert "Lundun" not in str(caught.value)


def test_no_key_no_client():
    """A connection without a password is refused at once."""
    with pytest.raises(BadConnectionError, match="API key"):
        ConsonanceSettings.from_connection(HOST, "", {})


def test_secrets_are_not_shown():
    """Neither the key nor the calendar link is in the settings' representation."""
    made = ConsonanceSettings.from_connection(HOST, KEY, {"ical_url": "https://calendar.example/canary-link"}, rest_key="canary-rest")
    assert "canary" not in repr(made)


def test_form_fields_come_as_text():
    """Airflow's form gives numbers as text, and blank for what was not filled in; paths get their slash."""
    made = ConsonanceSettings.from_connection(
        HOST, KEY, {"overlap_days": "3", "graphql_path": "api/graphql/", "ical_url": "", "profile": None}
    )
    assert (made.overlap_days, made.graphql_path, made.profile) == (3, "/api/graphql", "auto")


@pytest.mark.parametrize(
    ("moment", "zone", "day"),
    [
        (datetime(2026, 5, 1, 23, 30, tzinfo=UTC), "Europe/London", date(2026, 4, 30)),
        (datetime(2026, 1, 1, 23, 30, tzinfo=UTC), "Europe/London", date(2025, 12, 30)),
        (datetime(2026, 5, 1, 2, 0, tzinfo=UTC), "America/New_York", date(2026, 4, 28)),
    ],
)
def test_changes_are_read_from_the_watermarks_day_there_less_the_overlap(moment, zone, day):
    """The day is Consonance's own, not ours: 23:30 UTC in summer is tomorrow in London."""
    assert ConsonanceSettings.from_connection(HOST, KEY, {"time_zone": zone}).changed_since(moment) == day


def test_a_watermark_without_zone_is_refused():
    """A naive time would silently be read as this machine's."""
    with pytest.raises(ValueError, match="zone"):
        ConsonanceSettings.from_connection(HOST, KEY, {}).changed_since(datetime(2026, 5, 1))
