"""Checks written products against EDItEUR's XML schema, each alone in a minimal message: a fault then belongs to one product.

Bundling many products into one check was measured: it saves 8 % and makes two products of a bundle able to spoil each other.
The schema's uniqueness constraints are asked only of products that could break one (`uniqueness.py`), and the rest of it first in a form
that answers soon (`quick_schema.py`): that saves most of the time.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lxml import etree

from colophon.errors import CodeListsMissingError
from colophon.onix.quick_schema import quicken
from colophon.onix.tags import short_names, tag_pairs
from colophon.onix.uniqueness import Uniqueness, take_out
from colophon.onix.xml import Release, Tags, namespace, read_schema, safe_parser, schema_file

_ELEMENT = re.compile(r"Element '\{[^}]*\}([^']+)'(?:, attribute '([^']+)')?: (.*)", re.DOTALL)
_VALUE = re.compile(r"The value '(.*?)' (?:is|has)|^'(.*?)' is not a valid value", re.DOTALL)
_SET = re.compile(r"element of the set \{.*", re.DOTALL)
_NAMESPACE = re.compile(r"\{http[^}]*\}")


@dataclass(frozen=True, slots=True)
class Fault:
    """One schema error: the element by its reference name, the value found (empty: none), its line in the product, and why."""

    element: str
    value: str
    line: int
    message: str


class Validator:
    """The schema of one release and tag style, compiled once per process. `version` is the schema's, such as 3.1.3.1."""

    def __init__(self, release: Release, tags: Tags, folder: str | Path | None = None) -> None:
        place = str(folder) if folder else None
        self._file = schema_file(release, tags, place)
        quick = _quick(self._file)
        self._quick, self._uniqueness, self.version = quick.schema, quick.uniqueness, quick.tree.getroot().get("version", "")
        self._references = {short: name for name, short in short_names(release, place).items()} if tags == "short" else {}
        pairs = tag_pairs(release, tags, place)
        root = pairs["ONIXMessage"][0][1:-1]
        self._head = _head(root, release, tags).encode()
        self._foot = pairs["ONIXMessage"][1].encode()
        self._product = f"{{{namespace(release, tags)}}}{pairs['Product'][0][1:-1]}"
        self._parser = safe_parser(
            leaves_out_blanks=True
        )  # no schema looks at the space between elements, and it takes a fifth of the time
        self._lines_before = self._head.count(b"\n")

    def check(self, product: bytes) -> list[Fault]:
        """Faults of one `<Product>`; empty when it is valid."""
        document = self._head + product + self._foot
        try:
            root = etree.fromstring(document, self._parser)
        except etree.XMLSyntaxError as problem:
            line = max(1, (problem.lineno or 1) - self._lines_before)
            return [Fault("Product", "", line, f"not well-formed: {problem.msg}")]
        if len(root) != 2 or root[1].tag != self._product:
            return [Fault("Product", "", 1, f"expected one product, found {len(root) - 1} elements")]
        may_repeat = self._uniqueness is not None and self._uniqueness.may_be_broken(document, root)
        if not may_repeat and self._quick.validate(root):
            return []
        schema = _whole(self._file)
        schema.validate(root)
        return [self._fault(entry) for entry in schema.error_log]  # type: ignore[attr-defined]  # the stubs lack it

    def _fault(self, entry: etree._LogEntry) -> Fault:
        text = entry.message or ""
        found = _ELEMENT.match(text)
        name, attribute, reason = found.groups() if found else ("Product", None, text)
        value = _VALUE.search(reason)
        element = self._references.get(name, name) + (f"/@{attribute}" if attribute else "")
        sentence = _NAMESPACE.sub("", _SET.sub("allowed value", reason)).strip()
        line = max(1, entry.line - self._lines_before)
        return Fault(element, next((group for group in value.groups() if group), "") if value else "", line, sentence)


def _head(root: str, release: Release, tags: Tags) -> str:
    pairs = tag_pairs(release, tags)
    sender = f"{pairs['Sender'][0]}{pairs['SenderName'][0]}x{pairs['SenderName'][1]}{pairs['Sender'][1]}"
    sent = f"{pairs['SentDateTime'][0]}20260101{pairs['SentDateTime'][1]}"
    header = f"{pairs['Header'][0]}{sender}{sent}{pairs['Header'][1]}"
    return f'<{root} release="{release}" xmlns="{namespace(release, tags)}">\n{header}'


@dataclass(frozen=True, slots=True)
class _Quick:
    """The quick schema and the uniqueness constraints that it does without. Its tree is kept: the holes that it would leave in the memory
    of the process cost each later check a tenth of its time.
    """

    schema: etree.XMLSchema
    uniqueness: Uniqueness | None
    tree: etree._ElementTree


@cache
def _quick(file: Path) -> _Quick:
    tree = read_schema(file)
    uniqueness = take_out(tree.getroot())
    quicken(tree.getroot(), file)
    return _Quick(_compiled(file, tree), uniqueness, tree)


@cache
def _whole(file: Path) -> etree.XMLSchema:
    return _compiled(file, read_schema(file))


def _compiled(file: Path, tree: etree._ElementTree) -> etree.XMLSchema:
    try:
        return etree.XMLSchema(tree)
    except etree.XMLSchemaParseError as problem:
        raise CodeListsMissingError(f"{file.name} cannot be used: {problem}") from problem
