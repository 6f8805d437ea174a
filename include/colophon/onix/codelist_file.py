"""The file of EDItEUR's code lists, read at run time from the `onixcheck` package or from a folder of the publisher's."""

import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from lxml import etree

from colophon.errors import CodeListsMissingError
from colophon.onix.codelists import CodeLists
from colophon.onix.xml import XS, editeur_file, safe_parser

_ISSUE = re.compile(rb"ISSUE:\s*(\d+)")
_RELEASED = re.compile(rb"Release date:\s*(\d{4}-\d{2}-\d{2})")


def load_code_lists(folder: str | Path | None = None) -> CodeLists:
    """The code lists, read once per process and folder.

    :raises CodeListsMissingError: neither the folder nor the `onixcheck` package has them, or they cannot be read.
    """
    return _load(str(folder) if folder else None)


@cache
def _load(folder: str | None) -> CodeLists:
    file = editeur_file("ONIX_BookProduct_CodeLists.xsd", "3.1", folder)
    try:
        content = file.read_bytes()
        root = etree.fromstring(content, safe_parser())
    except (OSError, etree.XMLSyntaxError) as problem:
        raise CodeListsMissingError(f"{file.name} cannot be read: {problem}") from problem
    issue, released = _ISSUE.search(content), _RELEASED.search(content)
    lists = {
        int(entry.get("name", "")[4:]): _codes(entry)
        for entry in root.iterfind(f"{XS}simpleType")
        if re.fullmatch(r"List\d+", entry.get("name", ""))
    }
    if not (issue and released and 91 in lists and 49 in lists):
        raise CodeListsMissingError(f"{file.name} is not a code list file of EDItEUR's")
    released_on = datetime.strptime(released[1].decode(), "%Y-%m-%d").replace(tzinfo=UTC).date()
    return CodeLists(int(issue[1]), released_on, lists)


def _codes(entry: etree._Element) -> dict[str, str]:
    return {code.get("value", ""): code.findtext(f"{XS}annotation/{XS}documentation") or "" for code in entry.iter(f"{XS}enumeration")}
