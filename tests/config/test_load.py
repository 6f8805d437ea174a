"""The publisher's configuration: a typo is named, never ignored."""

import shutil
from pathlib import Path

import pytest

from colophon.config.files import SHIPPED, load_part
from colophon.config.load import load_config
from colophon.config.ownership import Ownership
from colophon.errors import BadConfigError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of what ships, to be broken."""
    target = tmp_path / "config"
    shutil.copytree(SHIPPED, target, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return target


def test_what_ships_is_complete() -> None:
    """Without a folder of one's own everything loads, with at least six recipients, one of them JSON and one short-tag 3.0."""
    config = load_config()
    assert len(config.recipients) >= 6
    assert {p.format for p in config.recipients.values()} == {"onix", "json"}
    assert any(p.release == "3.0" and p.tags == "short" for p in config.recipients.values())


def test_a_typo_in_a_profile_names_file_and_key(folder: Path) -> None:
    """`releese: 3.0` must not silently mean 3.1."""
    file = next((folder / "recipients").glob("*.yaml"))
    file.write_text(file.read_text(encoding="utf-8") + "\nreleese: '3.0'\n", encoding="utf-8")
    with pytest.raises(BadConfigError, match=rf"{file.name}: releese"):
        load_config(folder)


@pytest.mark.parametrize(
    ("severities", "told"),
    [
        ("{C1O: E}", r"kobo\.yaml: severities: there is no rule on records 'C1O'; did you mean C1"),
        ("{I1: W}", r"kobo\.yaml: severities: I1 is an error"),
        ("{M1: E}", r"kobo\.yaml: severities: there is no rule on records 'M1'"),
    ],
)
def test_a_severity_that_cannot_be_stops_at_load(folder: Path, severities: str, told: str) -> None:
    """A rule that is not there would be taken no more seriously by anybody, and nobody would know."""
    file = folder / "recipients" / "kobo.yaml"
    file.write_text(file.read_text(encoding="utf-8") + f"severities: {severities}\n", encoding="utf-8")
    with pytest.raises(BadConfigError, match=told):
        load_config(folder)


def test_a_profile_under_another_name_is_refused(folder: Path) -> None:
    """The file's name is the recipient's id, so that a copy cannot shadow its original."""
    file = next((folder / "recipients").glob("*.yaml"))
    file.rename(file.with_name("somebody-else.yaml"))
    with pytest.raises(BadConfigError, match=r"somebody-else"):
        load_config(folder)


def test_broken_yaml_is_named(folder: Path) -> None:
    """A file that is no YAML says which and where."""
    (folder / "owners.yaml").write_text("rules: [", encoding="utf-8")
    with pytest.raises(BadConfigError, match=r"owners\.yaml cannot be read"):
        load_config(folder)


def test_a_field_with_two_owners_is_named(tmp_path: Path) -> None:
    """A key that stands twice would be the one that happens to stand last."""
    (tmp_path / "ownership.yaml").write_text("fields:\n  NAME: consonance\n  EMAIL: crm\n  EMAIL: erp\n")
    with pytest.raises(BadConfigError, match=r"ownership\.yaml cannot be read: EMAIL stands there twice in .* line 2"):
        load_part(Ownership, "ownership.yaml", tmp_path)


@pytest.mark.parametrize("text", ["fields:\n  NAME: 2026-13-01\n", "NAME: 2026-02-30\n"])
def test_a_day_that_there_is_not_is_named(tmp_path: Path, text: str) -> None:
    """With its key, its file and its line."""
    (tmp_path / "ownership.yaml").write_text(text)
    with pytest.raises(BadConfigError, match=r"ownership\.yaml cannot be read: NAME: 2026-\d\d-\d\d is no day in .* line \d"):
        load_part(Ownership, "ownership.yaml", tmp_path)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    """A wrong path is not replaced by defaults in silence."""
    with pytest.raises(BadConfigError, match="does not exist"):
        load_config(tmp_path / "nowhere")


def test_no_recipients_is_an_error(folder: Path) -> None:
    """An empty recipients folder would mean that nothing is ever sent."""
    shutil.rmtree(folder / "recipients")
    (folder / "recipients").mkdir()
    with pytest.raises(BadConfigError, match="no recipient"):
        load_config(folder)


def test_an_embargo_that_names_no_isbn_is_refused(tmp_path: Path) -> None:
    """It would leave the title on sale; numbers and hyphens are understood."""
    file = tmp_path / "embargoes.yaml"
    file.write_text("first_day_of_sale: {9781999000004: 2026-09-01, 978-1-999000-01-1: 2026-10-01}", encoding="utf-8")
    assert set(load_config(tmp_path).embargoes.first_day_of_sale) == {"9781999000004", "9781999000011"}
    other = tmp_path / "other"
    other.mkdir()
    (other / "embargoes.yaml").write_text("first_day_of_sale: {9781999000005: 2026-09-01}", encoding="utf-8")
    with pytest.raises(BadConfigError, match="9781999000005 is no ISBN"):
        load_config(other)
