"""Which keys of a connection's `extra` are secrets, as the forms say, and how Airflow is kept from showing them."""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from colophon_airflow.provider_info import FORMS

SECRET_KEYS = sorted(
    {name for form in FORMS for name, field in form.FORM["conn-fields"].items() if field["schema"].get("format") == "password"}
)
"""Keys that a form takes like a password, of all systems."""
_SHORTEST_LINE = 16
_KEY_WORDS = ("key", "secret", "token", "password")


def secrets_of(extra: Mapping[str, Any]) -> list[str]:
    """Every text of an `extra` that must not be logged: its secrets, each part of them by itself, and passwords of proxies."""
    found = [part for key in SECRET_KEYS for part in _parts(extra.get(key))]
    proxies = extra.get("proxies")
    links = proxies.values() if isinstance(proxies, Mapping) else ()
    return list(dict.fromkeys([*found, *(password for link in links if (password := _password(link)))]))


def texts_of(options: object) -> Iterator[str]:
    """Every text in options of any depth that is long enough to be a secret: which of them are, only the storage knows."""
    if isinstance(options, Mapping):
        options = list(options.values())
    if isinstance(options, list | tuple):
        for option in options:
            yield from texts_of(option)
    elif isinstance(options, str) and len(options) > 7:
        yield options


def hide_by_name() -> None:
    """Have Airflow's pages and API show nothing of these keys: it goes by a key's name, and does not know ours.

    Airflow's option for this is the operator's and stays theirs.
    """
    from airflow._shared.secrets_masker import _secrets_masker as of_airflow
    from airflow.sdk._shared.secrets_masker import _secrets_masker as of_tasks

    for masker in (of_airflow(), of_tasks()):
        masker.sensitive_variables_fields = sorted({*masker.sensitive_variables_fields, *SECRET_KEYS})


def _parts(secret: object) -> Iterator[str]:
    """A secret as it stands, and what is sent or read of it: each of a rotated pair, the key in a key file, each line of that."""
    if isinstance(secret, list | tuple):
        for one in secret:
            yield from _parts(one)
    if not isinstance(secret, str) or not secret:
        return
    yield secret
    if secret.lstrip().startswith("{"):
        yield from _in_key_file(secret)
        return
    for part in secret.split():
        yield from dict.fromkeys((part, part.removeprefix("whsec_")))


def _in_key_file(text: str) -> Iterator[str]:
    try:
        members = json.loads(text)
    except ValueError:
        return
    for name, value in members.items() if isinstance(members, dict) else ():
        if isinstance(value, str) and any(word in name for word in _KEY_WORDS) and not value.startswith("https://"):
            yield value
            yield from (line for line in value.splitlines() if len(line) >= _SHORTEST_LINE and not line.startswith("-----"))


def _password(link: object) -> str:
    try:
        return urlsplit(str(link)).password or ""
    except ValueError:
        return ""
