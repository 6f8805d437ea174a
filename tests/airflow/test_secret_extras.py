"""Secrets in a connection's extra: neither in the answers of Airflow's API nor in a log, in no part."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from airflow.sdk import Connection
from airflow.sdk.log import redact

from colophon_airflow.cli import doctor
from colophon_airflow.provider_info import FORMS
from colophon_airflow.settings import storage_options
from colophon_airflow.systems.secrets import SECRET_KEYS

KINDS = [form.FORM["connection-type"] for form in FORMS]
PEM = "-----BEGIN PRIVATE KEY-----\nc4n4ryKeyLineNumberOne\nc4n4ryKeyLineNumberTwo\n-----END PRIVATE KEY-----\n"
AS_THE_API_SERVER = """
import json, sys
from airflow import plugins_manager
from airflow.models import Connection
plugins_manager.get_fastapi_plugins()  # the api-server's own first step
from airflow.api_fastapi.core_api.datamodels.connections import ConnectionResponse
found = Connection(conn_id="c", conn_type=sys.argv[1], host="https://h.example", password="c4n4ry-password", extra=sys.argv[2])
print(ConnectionResponse.model_validate(found, from_attributes=True).model_dump_json())
"""


@pytest.mark.parametrize("nested", [False, True])
def test_airflows_api_shows_no_secret_of_any_form(tmp_path: Path, nested: bool) -> None:
    """What the api-server answers to whoever may read connections; by its own serializer, in a process of its own."""
    secret = {key: {"deep": f"c4n4ry-{key}"} if nested else f"c4n4ry-{key}" for key in SECRET_KEYS}
    extra = {**secret, "proxies": {"https": "http://u:c4n4ry-proxy@p:1"}, "domain": "acme-test"}
    script = tmp_path / "serve.py"
    script.write_text(AS_THE_API_SERVER)
    command = [sys.executable, str(script), KINDS[0], json.dumps(extra)]
    done = subprocess.run(command, env={**os.environ, "AIRFLOW_HOME": str(tmp_path)}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    answer = done.stdout.splitlines()[-1]
    assert "c4n4ry" not in answer, answer
    assert "acme-test" in answer


def test_what_the_forms_call_secret_is_all_that_is() -> None:
    """A key that a form takes like a password is one of these, and nothing else is."""
    assert SECRET_KEYS == ["fcm_credentials", "hook_secret", "ical_url", "login_password", "page_secret", "seal_key"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", ["{0} {1}", " whsec_{0}\n {1} ", "list"])
def test_each_part_of_a_rotated_pair_is_masked(kind: str, form: str) -> None:
    """During a rotation one of the two is what travels, and what an error would quote."""
    parts = [f"{age}-c4n4ry-{kind}-{len(form)}" for age in ("old", "new")]
    _used(kind, {"hook_secret": parts if form == "list" else form.format(*parts)})
    for text in parts:
        assert text not in redact(f"signed with {text}.")


def test_the_key_in_a_key_file_is_masked() -> None:
    """As it is written in the file, and as whoever reads it prints it, line by line."""
    _used(
        "opentext_push",
        {"fcm_credentials": json.dumps({"client_email": "robot@p.example", "private_key": PEM, "private_key_id": "c4n4ry-id"})},
    )
    for text in (PEM, "c4n4ryKeyLineNumberOne", "c4n4ryKeyLineNumberTwo", "c4n4ry-id"):
        assert text not in redact(f"cannot read {text}")
    assert redact("robot@p.example") == "robot@p.example"


def test_a_proxys_password_and_a_calendars_link_are_masked() -> None:
    """Both are keys that look like addresses."""
    _used("consonance", {"proxies": {"https": "http://u:c4n4ry-proxy@p:1"}, "ical_url": "https://c.example/todos.ics?key=c4n4ry"})
    assert "c4n4ry" not in redact("http://u:c4n4ry-proxy@p:1 https://c.example/todos.ics?key=c4n4ry")


def test_options_of_a_storage_are_masked_at_any_depth(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fsspec's options nest."""
    extra = {"key": "c4n4ry-access", "client_kwargs": {"config": [{"aws_secret_access_key": "c4n4ry-deep"}]}}
    monkeypatch.setenv("AIRFLOW_CONN_BUCKET", json.dumps({"conn_type": "aws", "extra": extra}))
    assert storage_options("bucket") == extra
    assert "c4n4ry" not in redact("c4n4ry-access c4n4ry-deep")


def _used(kind: str, extra: dict[str, object]) -> None:
    connection = Connection(conn_id="x", conn_type=kind, host="https://h.example", login="l", password="p", extra=json.dumps(extra))
    doctor.hook_class(kind)("x").use(connection, "")
