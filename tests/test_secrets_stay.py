"""What is secret on a machine gets neither into a commit nor into an image."""

import random
import re
import runpy
import string
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


SCAN = runpy.run_path(str(ROOT / ".ci/secrets.py"))


def drawn(length: int, alphabet: str = string.ascii_letters + string.digits) -> str:
    """What a secret looks like; made here, so that none stands in a file."""
    return "".join(random.Random(7).choices(alphabet, k=length))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f"-----BEGIN PRIVATE KEY-----\n{drawn(64)}\n", "a private key"),
        ("hook_secret: whsec_" + drawn(40), "a webhook's signing secret"),
        ("AI" + "za" + drawn(35), "a key of Google"),
        ("AK" + "IA" + drawn(16, string.ascii_uppercase + string.digits), "a key of AWS"),
        ("gh" + "p_" + drawn(36), "a token of GitHub"),
        ("ey" + f"J{drawn(20)}.ey" + f"J{drawn(40)}.{drawn(43)}", "a token (JWT)"),
        (f"FERNET={drawn(43)}=", "a Fernet key"),
        (f'PASSWORD = "{drawn(32)}"', "a secret's value"),
        (f"{{'api_key': '{drawn(32)}'}}", "a secret's value"),
    ],
)
def test_a_secret_in_a_file_is_found(text: str, kind: str) -> None:
    """By its shape, or by the name that stands before it; line and kind are told, the secret is not."""
    assert (3, kind) in SCAN["found_in"](f"one\ntwo\n{text}\nfour")


@pytest.mark.parametrize(
    "text", ['password = "sandbox-not-a-password-000"', 'token_url = "https://login.example.com/oauth2/token"', "secret: ${SECRET:?}"]
)
def test_what_is_none_is_let_through(text: str) -> None:
    """Values for tests say so of themselves; names of options and addresses are none."""
    assert SCAN["found_in"](text) == []


def test_no_tracked_file_holds_a_secret(capsys: pytest.CaptureFixture[str]) -> None:
    """The tree itself, as `make check` and each commit look at it."""
    assert SCAN["main"](ROOT) == 0, capsys.readouterr().out


@pytest.mark.parametrize("file", ["Makefile", ".pre-commit-config.yaml"])
def test_the_scan_is_run(file: str) -> None:
    """By everybody who checks, and before every commit."""
    assert ".ci/secrets.py" in (ROOT / file).read_text(encoding="utf-8")
