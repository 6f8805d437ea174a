"""What opens the place of reports: a key, a login, a bucket's own credentials, or nothing; never the account's own key."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from colophon.errors import BadConnectionError
from colophon.systems.consonance.reports import store as report_place
from colophon.systems.consonance.reports.store import NAMES, Credentials, open_place
from colophon.systems.consonance.settings import ConsonanceSettings

KEY = "acc0unt0key0000000000000c4n4ry00"
NOW = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)


class Client:
    """Remembers what it was made of, and that it was closed."""

    def __init__(self, settings, auth) -> None:
        self.base, self.headers, self.is_open = settings.base_url, dict(auth.headers(refresh=False)), True

    def close(self) -> None:
        self.is_open = False


def opened(location: str, credentials: Credentials) -> list[Client]:
    """Clients that a place opens, all closed at its end."""
    made: list[Client] = []

    def open_client(settings, auth):
        made.append(Client(settings, auth))
        return made[-1]

    settings = ConsonanceSettings.from_connection("https://web.consonance.example", KEY, {"reports_location": location})
    with open_place(settings, credentials, open_client, clock=lambda: NOW):
        assert all(one.is_open for one in made)
    assert not any(one.is_open for one in made)
    return made


@pytest.mark.parametrize(
    ("credentials", "start"),
    [(Credentials(), ""), (Credentials(password="k"), "Bearer k"), (Credentials("l", "k"), "Basic ")],
    ids=["none", "key", "login"],
)
def test_an_address_is_opened_by_its_own_credentials(credentials, start) -> None:
    """The calendar's link goes without any."""
    files, link = opened("https://files.example/reports", credentials)
    assert files.base == "https://files.example/reports"
    assert files.headers.get("Authorization", "").startswith(start)
    assert link.headers == {}
    assert KEY not in str(files.headers)


def test_a_bucket_gets_login_and_options(monkeypatch) -> None:
    """Login and password are its key and secret, unless the options say otherwise."""
    seen = []
    monkeypatch.setattr(report_place, "FolderSource", lambda location, storage: seen.append((location, storage)) or object())
    opened("s3://bucket/reports", Credentials("l", "k", {"secret": "other", "anon": False}))
    assert seen == [("s3://bucket/reports", {"key": "l", "secret": "other", "anon": False})]


def test_secrets_are_in_no_repr() -> None:
    """Neither password nor options."""
    assert "c4n4ry" not in repr(Credentials("l", "c4n4ry", {"secret": "c4n4ry"}))


def test_nothing_there_is_unknown_and_no_place_is_a_mistake(tmp_path: Path) -> None:
    """A folder without files gives None for every report; a connection without a place says so."""
    clients = {"open_client": Client, "clock": lambda: NOW}
    for location in (str(tmp_path), ""):
        settings = ConsonanceSettings.from_connection("https://web.consonance.example", KEY, {"reports_location": location})
        with open_place(settings, Credentials(), **clients) as place:
            for name in NAMES:
                if location:
                    assert place.read(name) is None
                else:
                    with pytest.raises(BadConnectionError, match="reports_location"):
                        place.read(name)
