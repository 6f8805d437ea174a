"""`colophon portal mapping`: exit code 1 where something is wrong, and doctor says it, too."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from colophon.config.files import SHIPPED
from colophon_airflow.cli import app
from colophon_sandbox.serve import running_sandbox


def test_the_mapping_is_held_against_the_portal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What ships fits the sandbox; a wrong field is named by the command and by doctor, and a line that is missing is drafted."""
    mapping, runner = tmp_path / "mapping.yaml", CliRunner()
    text = (SHIPPED / "fourallportal" / "mapping.yaml").read_text(encoding="utf-8")
    monkeypatch.setenv("COLUMNS", "200")
    with running_sandbox({}) as sandbox:
        extra = {"start_jitter_seconds": 0, "mapping": str(mapping)}
        found = {"conn_type": "fourallportal", "host": f"{sandbox}/fourallportal", "password": "00000000-0000-4000-8000-000000000000"}
        monkeypatch.setenv("AIRFLOW_CONN_FOURALLPORTAL_DEFAULT", json.dumps({**found, "extra": extra}))
        mapping.write_text(text, encoding="utf-8")
        good = runner.invoke(app, ["portal", "mapping"])
        assert good.exit_code == 0, good.output
        assert "product.publication_date" in good.output
        mapping.write_text(
            text.replace("{field: imprint,", "{field: imprintt,").replace(
                "    subtitle: {field: subtitle, dimensions: [locale], owner: consonance}\n", ""
            ),
            encoding="utf-8",
        )
        wrong = runner.invoke(app, ["portal", "mapping"])
        assert wrong.exit_code == 1
        assert "did you mean imprint?" in wrong.output
        assert "    subtitle: {field: subtitle, dimensions: [locale], owner: consonance}" in wrong.output
        doctor = runner.invoke(app, ["doctor", "--connection", "fourallportal_default"])
        assert doctor.exit_code == 1
        assert "product.imprintt" in doctor.output
