"""Short tags, taken from EDItEUR's schema at run time, and start and end tags ready to be written."""

from functools import cache
from pathlib import Path

from lxml import etree

from colophon.onix.xml import XS, Tags, read_schema, schema_file


class TagPairs(dict[str, tuple[str, str, str]]):
    """Start, end and empty tag by reference name; a name may carry attributes: `Text textformat="05"`.

    Filled as names are met, so that only tags which we write are ever looked up.
    """

    def __init__(self, release: str, tags: Tags, folder: str | None) -> None:
        super().__init__()
        self._names = short_names(release, folder) if tags == "short" else None

    def __missing__(self, name: str) -> tuple[str, str, str]:
        plain, space, attributes = name.partition(" ")
        tag = self._names[plain] if self._names else plain
        pair = self[name] = (f"<{tag}{space}{attributes}>", f"</{tag}>\n", f"<{tag}{space}{attributes}/>\n")
        return pair


@cache
def tag_pairs(release: str, tags: Tags, folder: str | None = None) -> TagPairs:
    """The tags of one release and style, shared by the process."""
    return TagPairs(release, tags, folder)


@cache
def short_names(release: str, folder: str | Path | None = None) -> dict[str, str]:
    """Short tag of each reference name, as the short-tag schema says.

    :raises CodeListsMissingError: the schema is missing or unreadable.
    """
    root = read_schema(schema_file(release, "short", folder)).getroot()
    names = {reference: short for element in root.iter(f"{XS}element") for reference, short in _names(element)}
    typed = {kind.get("name"): _reference(kind) for kind in root.iterfind(f"{XS}complexType")}
    # Some elements stand where they are used, and have their names by their type.
    of_types = ((typed.get(element.get("type")), element.get("name")) for element in root.iter(f"{XS}element"))
    return {reference: short for reference, short in of_types if reference and short} | names


def _names(element: etree._Element) -> list[tuple[str, str]]:
    short = element.get("name")
    reference = _reference(element) if short else None
    return [(reference, short)] if reference and short else []


def _reference(node: etree._Element) -> str | None:
    """The reference name that a schema's element or type has."""
    found = node.find(f".//{XS}attribute[@name='refname']//{XS}enumeration")
    return None if found is None else found.get("value")
