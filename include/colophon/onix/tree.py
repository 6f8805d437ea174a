"""How elements are told before they are written, and the small ones that all blocks of a record have.

An element is (reference name, content); content is text, `Markup` (XHTML, written as it is), a list of elements, or
None for an empty element. Attributes stand in the name: `Text textformat="05"`.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from colophon.onix.record_parts import Identifier
from colophon.onix.record_sales import Territory


class Markup(str):
    """Well-formed XHTML that is written without escaping."""

    __slots__ = ()


Element = tuple[str, "str | Markup | list[Element] | None"]
Elements = list[Element]


def identifier_elements(type_element: str, identifier: Identifier) -> Elements:
    """Type, name of a proprietary type, and value."""
    if identifier.type_name:
        return [(type_element, identifier.id_type), ("IDTypeName", identifier.type_name), ("IDValue", identifier.value)]
    return [(type_element, identifier.id_type), ("IDValue", identifier.value)]


def optional(*pairs: tuple[str, str | None]) -> Elements:
    """Those that have a value."""
    return [(name, value) for name, value in pairs if value]


def each(name: str, values: Iterable[str]) -> Elements:
    """One element for each value."""
    return [(name, value) for value in values]


def territory_element(territory: Territory) -> Element:
    """A territory by its codes."""
    lists = (
        ("CountriesIncluded", territory.countries_included),
        ("RegionsIncluded", territory.regions_included),
        ("CountriesExcluded", territory.countries_excluded),
        ("RegionsExcluded", territory.regions_excluded),
    )
    return ("Territory", [(name, " ".join(codes)) for name, codes in lists if codes])


def day(on: date) -> str:
    """List 55 format 00, the default: YYYYMMDD."""
    return on.isoformat().replace("-", "")


def number(value: Decimal) -> str:
    """Plain digits, never an exponent."""
    text = str(value)
    return format(value, "f") if "E" in text else text
