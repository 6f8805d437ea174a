"""What is secret on a machine gets neither into a commit nor into an image."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("name", [".env", ".colophon/up/jwt.secret", "deploy/tls/hooks.key", "deploy/tls/hooks.pem", ".venv/pyvenv.cfg"])
def test_secrets_are_ignored_wherever_they_lie(name: str) -> None:
    """`git add .` takes none of them."""
    done = subprocess.run(["git", "check-ignore", "--quiet", "--no-index", name], cwd=ROOT, check=False)
    assert done.returncode == 0, f"{name} would be committed"


def test_what_is_needed_to_begin_is_not_ignored() -> None:
    """The example with its empty secrets is there."""
    assert subprocess.run(["git", "check-ignore", "--quiet", "--no-index", ".env.example"], cwd=ROOT, check=False).returncode == 1


def test_an_image_is_built_from_what_it_copies_alone() -> None:
    """Everything is left out but what the Dockerfile names; a file of secrets is left out everywhere."""
    rules = [line for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    copied = re.findall(r"^COPY (?:--\S+ )*(.+) \S+$", (ROOT / "deploy/Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert rules[0] == "*"
    assert {rule[1:] for rule in rules if rule.startswith("!")} == {name for line in copied for name in line.split()}
    assert "**/.env" in rules
