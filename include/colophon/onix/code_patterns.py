"""EDItEUR's lists of codes as patterns: the same codes, told in a way that is read once.

A schema that enumerates compares a value with one code after the other, and a territory of 200 countries with some 250 codes each: that
takes longer than all the rest of a record. A pattern is read letter by letter. What it refuses is asked of the schema as it was, whose
words people know.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from lxml import etree

from colophon.onix.xml import XS, read_schema

_PLAIN = re.compile(r"[A-Za-z0-9]+")


def put_in(schema: etree._Element, file: Path) -> None:
    """Take the files of code lists that a schema includes into it, with patterns; `file` is where the schema was read from.

    :raises CodeListsMissingError: one of them is not there, or is no XML.
    """
    for included in schema.findall(f"{XS}include"):
        types = read_schema(file.parent / included.get("schemaLocation", "")).getroot().findall("*")
        if any(entry.tag != f"{XS}simpleType" for entry in types):
            continue
        for entry in types:
            _rewrite(entry)
        schema.remove(included)
        schema.extend(types)


def _rewrite(code_list: etree._Element) -> None:
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
