"""The uniqueness constraints of EDItEUR's schema: most of a check goes into them, and hardly a product comes near one.

They are read from the schema itself. `Uniqueness.may_be_broken` is a quick look that errs on one side only: where it says no, no
constraint can be broken, and the rest of the schema decides alone; where it says yes, the whole schema is asked.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from lxml import etree

from colophon.onix.xml import XS

_NAME = re.compile(r"([\w-]+):([\w.-]+)")
_ATTRIBUTE = re.compile(r"@([\w.-]+)")


@dataclass(frozen=True, slots=True)
class _Field:
    """A field of a constraint: the elements above it up to the one that the constraint holds for; the first may be what is selected."""

    constraint: int
    above: tuple[str, ...]
    in_parent: bool


@dataclass(frozen=True, slots=True)
class Uniqueness:
    """All constraints of one schema: fields by tag and parent's tag, and names of those in attributes."""

    fields: dict[str, dict[str, list[_Field]]]
    attributes: tuple[bytes, ...]

    def may_be_broken(self, document: bytes, root: etree._Element) -> bool:
        """Whether any constraint could be broken in a message; `document` is what `root` was read from, in UTF-8."""
        if any(document.count(name) > 1 and len(re.findall(name + rb"\s*=", document)) > 1 for name in self.attributes):
            return True
        seen: set[object] = set()
        for element in root.iter(*self.fields):
            parent = element.getparent()
            if parent is None:
                continue
            for field in self.fields[element.tag].get(parent.tag, ()):
                for key in _keys(element, parent, field):
                    if key in seen:
                        return True
                    seen.add(key)
        return False


class _UnknownShapeError(Exception):
    """A constraint that this module does not understand."""


def take_out(schema: etree._Element) -> Uniqueness | None:
    """Take the constraints out of a schema that was read; None, and nothing is taken out, where they have a shape not known here."""
    found = list(schema.iter(f"{XS}unique", f"{XS}key", f"{XS}keyref"))
    fields: dict[str, dict[str, list[_Field]]] = defaultdict(lambda: defaultdict(list))
    attributes: set[str] = set()
    try:
        for number, constraint in enumerate(found):
            if name := _attribute(constraint):
                attributes.add(name)
                continue
            for tag, field in _fields(constraint, number, schema.get("targetNamespace", "")):
                fields[tag][field.above[0]].append(field)
    except _UnknownShapeError:
        return None
    for constraint in found:
        constraint.getparent().remove(constraint)  # type: ignore[union-attr]  # it stands in an element
    return Uniqueness(dict(fields), tuple(name.encode() for name in sorted(attributes)))


def _attribute(constraint: etree._Element) -> str:
    """An attribute among the fields: without two of them nothing can be alike."""
    found = [_ATTRIBUTE.fullmatch(field.get("xpath", "")) for field in constraint.iter(f"{XS}field")]
    return next((match[1] for match in found if match), "")


def _fields(constraint: etree._Element, number: int, space: str) -> Iterator[tuple[str, _Field]]:
    """The first field by each path of the selector: what is alike in all fields is alike in the first."""
    holder, selector, field = constraint.getparent(), constraint.find(f"{XS}selector"), constraint.find(f"{XS}field")
    if constraint.tag != f"{XS}unique" or holder is None or not holder.get("name") or selector is None or field is None:
        raise _UnknownShapeError
    in_parent = field.get("xpath") != "."
    for path in selector.get("xpath", "").split("|"):
        steps = [f"{{{space}}}{holder.get('name')}", *(_tag(step, selector) for step in path.strip().split("/"))]
        steps += [_tag(field.get("xpath", ""), field)] if in_parent else []
        yield steps[-1], _Field(number, tuple(reversed(steps[:-1])), in_parent)


def _tag(step: str, where: etree._Element) -> str:
    named = _NAME.fullmatch(step)
    if named is None or named[1] not in where.nsmap:
        raise _UnknownShapeError
    return f"{{{where.nsmap[named[1]]}}}{named[2]}"


def _keys(element: etree._Element, parent: etree._Element, field: _Field) -> Iterator[object]:
    """What may stand once only: a value below the element that the constraint holds for, and a field in what is selected."""
    holder: etree._Element | None = parent
    for tag in field.above[1:]:
        holder = holder.getparent() if holder is not None else None
        if holder is None or holder.tag != tag:
            return
    if field.in_parent:
        yield field.constraint, parent
    yield field.constraint, holder, _value(element.text or "")


@lru_cache(maxsize=4096)
def _value(text: str) -> object:
    """Equal for all texts that a schema may take as one value: space around words, and zeros before a number, do not count."""
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return " ".join(text.split())
    return number if number.is_finite() else text.strip()
