"""What a written record says, field by field: for people, and for comparing what was said with what is said now.

fields(content)               # {"Product/DescriptiveDetail/ProductForm": "BC", ...}; JSON by its members
changes(before, after)        # [Change("Product/.../PriceAmount", "9.99", "10.99"), ...]
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from lxml import etree

from colophon.onix.tags import short_names
from colophon.onix.xml import safe_parser

_TELLS_APART = ("Type", "Role", "IDType", "SchemeIdentifier", "CurrencyCode", "RelationCode", "Sender")
"""How the names of elements end by which several composites of one name are told apart."""
LONGEST = 300
"""So much of a value is shown."""


class Change(NamedTuple):
    """One field, before and after; empty where it is not there."""

    field: str
    before: str
    after: str

    @property
    def name(self) -> str:
        """The field without the composites that it stands in."""
        return self.field.rpartition("/")[2]


def fields(content: bytes) -> dict[str, str]:
    """Every value of a record by its field, in reference names; nothing where it is no record."""
    try:
        if content.lstrip()[:1] == b"<":
            root = etree.fromstring(content, safe_parser())
            return _numbered(_elements(root, ""))
        return _numbered(_members(json.loads(content), ""))
    except (ValueError, etree.XMLSyntaxError):
        return {}


def changes(before: bytes, after: bytes) -> list[Change]:
    """What differs between two contents, in the order of the newer one, then what is gone."""
    old, new = fields(before), fields(after)
    found = [Change(name, old.get(name, ""), value) for name, value in new.items() if old.get(name) != value]
    return found + [Change(name, value, "") for name, value in old.items() if name not in new]


def values(said: Mapping[str, str], name: str) -> list[str]:
    """All values of a field by its last name, in order."""
    return [value for field, value in said.items() if field.rpartition("/")[2].partition("#")[0] == name]


def _elements(element: Any, above: str) -> Iterator[tuple[str, str]]:
    name = _reference(etree.QName(element).localname)
    here = f"{above}/{name}" if above else name
    if len(element) == 0 or (element.text or "").strip():
        text = " ".join("".join(element.itertext()).split())
        yield here, text
        return
    told = [child.text.strip() for child in element if _tells_apart(child) and len(child) == 0 and (child.text or "").strip()]
    here = f"{here}[{' '.join(told)}]" if told else here
    for child in element:
        if isinstance(child.tag, str):
            yield from _elements(child, here)


def _tells_apart(child: Any) -> bool:
    return isinstance(child.tag, str) and _reference(etree.QName(child).localname).endswith(_TELLS_APART)


def _members(value: Any, above: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _members(member, f"{above}/{name}" if above else name)
    elif isinstance(value, list) and any(isinstance(member, dict) for member in value):
        for member in value:
            told = " ".join(str(member[name]) for name in ("type", "currency", "role") if isinstance(member, dict) and name in member)
            yield from _members(member, f"{above}[{told}]" if told else above)
    elif isinstance(value, list):
        yield above, " ".join(map(str, value))
    elif value is not None:
        yield above, str(value)


def _numbered(found: Iterator[tuple[str, str]]) -> dict[str, str]:
    """Fields that are there several times, by their place."""
    seen, result = Counter[str](), dict[str, str]()
    for field, value in found:
        seen[field] += 1
        result[field if seen[field] == 1 else f"{field}#{seen[field]}"] = value
    return result


def _reference(tag: str) -> str:
    return tag if tag[:1].isupper() else _references().get(tag, tag)


@cache
def _references() -> dict[str, str]:
    """Reference name of each short tag."""
    return {short: reference for reference, short in short_names("3.1").items()}
