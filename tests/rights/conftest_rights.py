"""Connections to a sandbox, for tests that run tasks which follow rights."""

import json
from pathlib import Path

import pytest


def point_at(sandbox: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections to a sandbox's Consonance, portal and video library; a ledger and staging in a folder."""
    keys = {"consonance": "sandbox0key0not0real000000000000", "fourallportal": "00000000-0000-4000-8000-000000000000"}
    for system, key in {**keys, "bytenite": "sandbox-not-a-key"}.items():
        found = {"conn_type": system, "host": f"{sandbox}/{system}", "password": key, "extra": {"start_jitter_seconds": 0}}
        monkeypatch.setenv(f"AIRFLOW_CONN_{system.upper()}_DEFAULT", json.dumps(found))
    monkeypatch.setenv("AIRFLOW_CONN_COLOPHON_LEDGER", f"sqlite:///{folder / 'ledger.db'}")
    monkeypatch.setenv("AIRFLOW__COLOPHON__STAGING_LOCATION", str(folder / "staging"))
