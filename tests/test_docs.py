"""Pages that speak of code tell the truth about it."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import yaml
from packaging.requirements import Requirement

from colophon_airflow.provider_info import get_provider_info

ROOT = Path(__file__).resolve().parents[1]


def test_every_dependency_has_its_reason() -> None:
    """docs/dependencies.md lists what pyproject.toml asks for, and nothing else."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = {re.split(r"[\[<>=]", line)[0] for line in project["dependencies"]}
    told = set(re.findall(r"^\| ([a-z0-9-]+) \|", (ROOT / "docs/dependencies.md").read_text(encoding="utf-8"), re.MULTILINE)) - {"package"}
    assert asked == told


def test_generated_pages_are_fresh() -> None:
    """`make docs` would change nothing."""
    done = subprocess.run([sys.executable, "docs/generate.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_links_between_pages_lead_somewhere() -> None:
    """No page points to a file that is not there."""
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_tests_that_pages_name_are_there() -> None:
    """Whoever looks up what a page promises finds it."""
    there = {
        name for file in (ROOT / "tests").rglob("test_*.py") for name in re.findall(r"def (test_\w+)\(", file.read_text(encoding="utf-8"))
    }
    for page in (ROOT / "docs").rglob("*.md"):
        named = set(re.findall(r"`(test_\w+)`", page.read_text(encoding="utf-8")))
        assert named <= there, f"{page.name}: {named - there}"


def test_every_assumption_has_its_setting_and_its_question() -> None:
    """docs/systems.yaml asks the vendor about each setting that a form marks ASM, and names no setting that is not there."""
    told = yaml.safe_load((ROOT / "docs/systems.yaml").read_text(encoding="utf-8"))
    for form in get_provider_info()["connection-types"]:
        kind, fields = form["connection-type"], form["conn-fields"]
        asked = {entry["setting"] for entry in told[kind]["assumptions"] if "setting" in entry}
        assert asked <= set(fields), kind
        assert {name for name, field in fields.items() if "ASM" in field["label"]} <= asked, kind
        assert all(entry["question"].endswith((".", "?")) for entry in told[kind]["assumptions"]), kind
        assert (ROOT / f"docs/systems/{kind}.md").exists()


def test_constraints_name_no_registry() -> None:
    """Pinned by hash, wherever they are fetched from."""
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert "://" not in text
    assert all("--hash=sha256:" in block for block in re.split(r"\n(?=\S)", text.strip()))


def test_pip_takes_the_plain_constraints() -> None:
    """The same versions as the hashed ones, each a constraint that pip can read, and no hash among them."""
    hashed = re.findall(r"^([a-z0-9][^ ]*==[^ ]+)", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE)
    lines = (ROOT / "constraints-plain.txt").read_text(encoding="utf-8").splitlines()[1:]
    pinned = [Requirement(line) for line in lines]
    assert [f"{one.name}{one.specifier}" for one in pinned] == hashed
    assert len(pinned) > 200
    assert not any("hash" in line or "://" in line or one.url or one.extras for line, one in zip(lines, pinned, strict=True))


def test_every_error_has_its_symptom() -> None:
    """The on-call page leads from each code of the error tree to its row in errors.md, and knows no other code."""
    told = set(re.findall(r"\(errors\.md#([a-z_.]+)\)", (ROOT / "docs/on-call.md").read_text(encoding="utf-8")))
    assert told == set(re.findall(r'<a id="([a-z_.]+)">', (ROOT / "docs/errors.md").read_text(encoding="utf-8")))


def test_pictures_are_small() -> None:
    """Each picture of the documentation is below 200 kB."""
    assert [path.name for path in (ROOT / "docs/images").iterdir() if path.stat().st_size >= 200_000] == []
