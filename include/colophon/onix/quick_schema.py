"""EDItEUR's schema in the form that answers soonest. What it takes is valid; what it refuses is asked of the schema as it was.

Its lists of codes are told as patterns. A schema that enumerates compares a value with one code after the other, and a territory of 200
countries with some 250 codes each: that takes longer than all the rest of a record. A pattern is read letter by letter.

What we never write is left out: tags that no text of ours has, and attributes. Else each of its elements is held against all of them.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from lxml import etree

from colophon.onix.xhtml import ALLOWED_TAGS
from colophon.onix.xml import XS, read_schema

WRITTEN_ATTRIBUTES = frozenset({"language", "textformat"})

_PLAIN = re.compile(r"[A-Za-z0-9]+")


def quicken(schema: etree._Element, file: Path) -> None:
    """Take into a schema what it includes, and narrow it to what we write; `file` is where it was read from.

    :raises CodeListsMissingError: a file that it includes is not there, or is no XML.
    """
    for included in schema.findall(f"{XS}include"):
        schema.remove(included)
        schema.extend(read_schema(file.parent / included.get("schemaLocation", "")).getroot().findall("*"))
    for code_list in schema.findall(f"{XS}simpleType"):
        _put_pattern(code_list)
    for element in schema.findall(f"{XS}element[@substitutionGroup]"):
        if element.get("name") not in ALLOWED_TAGS and not element.get("abstract"):
            del element.attrib["substitutionGroup"]
    for attribute in list(schema.iter(f"{XS}attribute")):
        if attribute.get("use") != "required" and attribute.get("name") not in WRITTEN_ATTRIBUTES:
            attribute.getparent().remove(attribute)  # type: ignore[union-attr]  # it stands in a type or a group


def _put_pattern(code_list: etree._Element) -> None:
    """Put a pattern for all codes; a list of other than plain codes, or that says more than codes, stays."""
    restriction = code_list.find(f"{XS}restriction[@base='xs:string']")
    if restriction is None:
        return
    codes = [entry.get("value", "") for entry in restriction.iterfind(f"{XS}enumeration")]
    if codes and len(codes) == len(restriction.findall("*")) and all(map(_PLAIN.fullmatch, codes)):
        restriction[:] = [restriction.makeelement(f"{XS}pattern", value=pattern(codes))]


def pattern(words: Iterable[str]) -> str:
    """What matches these words of plain letters and digits, and nothing else; one way only at each letter."""
    by_first = defaultdict[str, list[str]](list)
    for word in words:
        by_first[word[:1]].append(word[1:])
    is_optional = by_first.pop("", None) is not None
    ways = "|".join(first + pattern(rest) for first, rest in sorted(by_first.items()))
    if not ways:
        return ""
    return f"({ways})?" if is_optional else f"({ways})"
