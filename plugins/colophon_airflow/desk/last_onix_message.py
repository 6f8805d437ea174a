"""What the newest message said about a title: form, status, day of publication, and its other formats."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from colophon.blocks.panels import TitlePanel
from colophon.ledger import Ledger
from colophon.readiness import declared
from colophon_airflow.settings import publisher_config

ALTERNATIVE_FORMAT = "06"
"""List 51."""


class Told(NamedTuple):
    """Words as a person reads them, empty where the message has none; `others` are ISBNs of other formats of the work."""

    row: Any
    form: str
    status: str
    published_on: str
    imprint: str
    others: Sequence[str]


def told(ledger: Ledger, rows: Sequence[Any]) -> Told | None:
    """Of the newest ONIX message among a title's deliveries; None where there is none.

    :param rows: newest first.
    """
    from lxml import etree

    from colophon.onix.codelist_file import load_code_lists
    from colophon.onix.xml import safe_parser

    told_by = {panel.case.id for panel in declared(TitlePanel)}
    for row in rows:
        body = ledger.content(row.content_hash) if row.use_case in told_by and row.bundled else None
        if body is None:
            continue
        try:
            root = etree.fromstring(body, safe_parser())
        except etree.XMLSyntaxError:
            continue
        lists = load_code_lists(publisher_config().publisher.code_lists).lists
        form, status = _first(root, "ProductForm"), _first(root, "PublishingStatus")
        return Told(
            row,
            lists.get(150, {}).get(form, form),
            lists.get(64, {}).get(status, status),
            _published(root),
            _first(root, "ImprintName"),
            list(dict.fromkeys(_others(root))),
        )
    return None


def _published(root: Any) -> str:
    for each in _all(root, "PublishingDate"):
        if _first(each, "PublishingDateRole") == "01":
            digits = _first(each, "Date")
            return f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}" if len(digits) == 8 else digits
    return ""


def _others(root: Any) -> Iterator[str]:
    for each in _all(root, "RelatedProduct"):
        if ALTERNATIVE_FORMAT not in {one.text for one in _all(each, "ProductRelationCode")}:
            continue
        for identifier in _all(each, "ProductIdentifier"):
            if _first(identifier, "ProductIDType") in {"03", "15"}:
                yield _first(identifier, "IDValue")


def _all(element: Any, name: str) -> Iterator[Any]:
    """Elements of a name within another, by reference or short tag, in whatever namespace."""
    return (each for tag in (name, _short(name)) if tag for each in element.iter(f"{{*}}{tag}"))


def _first(element: Any, name: str) -> str:
    found = next(_all(element, name), None)
    return (found.text or "").strip() if found is not None else ""


def _short(name: str) -> str:
    from colophon.onix.tags import short_names

    return short_names("3.1", publisher_config().publisher.code_lists).get(name, "")
