"""Code lists at run time: missing, garbled, found."""

from datetime import date
from importlib.util import find_spec
from pathlib import Path

import pytest

from colophon.errors import CodeListsMissingError
from colophon.onix.codelist_file import load_code_lists
from colophon.onix.tags import short_names

NAME = "ONIX_BookProduct_CodeLists.xsd"


def installed() -> Path:
    """The file of the `onixcheck` package."""
    package = find_spec("onixcheck")
    assert package is not None
    assert package.submodule_search_locations
    return Path(package.submodule_search_locations[0]) / "schema" / "xsd3.1" / NAME


@pytest.mark.parametrize("content", ["", "<a>", "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'/>", "ISSUE: 75"])
def test_garbled_file(content: str, tmp_path: Path) -> None:
    """A file that is none of EDItEUR's is a configuration fault."""
    (tmp_path / NAME).write_text(content)
    with pytest.raises(CodeListsMissingError):
        load_code_lists(tmp_path)


def test_garbled_schema_of_short_tags(tmp_path: Path) -> None:
    """A short-tag schema that is no XML is a configuration fault too."""
    (tmp_path / "ONIX_BookProduct_3.0_short.xsd").write_text("none")
    with pytest.raises(CodeListsMissingError, match="cannot be used"):
        short_names("3.0", str(tmp_path))


def test_folder_of_the_publisher(tmp_path: Path) -> None:
    """A configured folder is read instead of the package, flat or in EDItEUR's subfolders."""
    (tmp_path / "xsd3.1").mkdir()
    (tmp_path / "xsd3.1" / NAME).write_bytes(installed().read_bytes().replace(b"ISSUE: 75", b"ISSUE: 99"))
    assert load_code_lists(tmp_path).issue == 99


def test_lists_of_the_package() -> None:
    """Issue, date and the lists that differ from everybody else's are there."""
    lists = load_code_lists()
    assert (lists.issue, lists.released_on) == (75, date(2026, 10, 12))
    assert all(lists.has(number, code) for number, code in [(91, "GB"), (49, "ECZ"), (96, "GBP"), (74, "eng"), (17, "A01"), (5, "15")])
    assert not lists.has(91, "UK")
    assert not lists.has(4711, "01")
    assert lists.lists[5]["15"] == "ISBN-13"
    assert load_code_lists() is lists


def test_short_tags_come_from_the_schema() -> None:
    """Both releases give a short tag for what both have."""
    assert short_names("3.0")["RecordReference"] == short_names("3.1")["RecordReference"] == "a001"
