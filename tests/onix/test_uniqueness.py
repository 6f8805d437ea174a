"""The quick look for repeats: whatever the whole schema refuses is refused, whichever way it was found."""

import copy
from collections.abc import Iterator
from datetime import datetime
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from colophon.config import Publisher
from colophon.domain.product import Product
from colophon.onix.build import build
from colophon.onix.profile import Profile
from colophon.onix.uniqueness import take_out
from colophon.onix.validate import Validator
from colophon.onix.write import product_xml
from colophon.onix.xml import Release, Tags, namespace, schema_file

XS = "{http://www.w3.org/2001/XMLSchema}"
STYLES: list[tuple[Release, Tags]] = [("3.1", "reference"), ("3.1", "short"), ("3.0", "reference"), ("3.0", "short")]


@cache
def whole_schema(release: Release, tags: Tags) -> etree.XMLSchema:
    """The schema as it was installed."""
    return etree.XMLSchema(etree.parse(schema_file(release, tags)))


def constraints(release: Release, tags: Tags) -> Iterator[tuple[str, list[str], list[str]]]:
    """Holder, paths of the selector, fields, of every uniqueness constraint of a schema; without prefixes."""
    for found in etree.parse(schema_file(release, tags)).iter(f"{XS}unique"):
        selector, *fields = (part.get("xpath").replace("onix:", "") for part in found.iterchildren(f"{XS}selector", f"{XS}field"))
        yield found.getparent().get("name"), [path.strip() for path in selector.split("|")], fields


def selected(path: str, fields: list[str], value: str) -> str:
    """XML of what a path selects, with a value in each field."""
    *outer, last = path.split("/")
    attributes = "".join(f' {field[1:]}="{value}"' for field in fields if field.startswith("@"))
    inner = "".join(value if field == "." else f"<{field}>{value}</{field}>" for field in fields if not field.startswith("@"))
    made = f"<{last}{attributes}>{inner}</{last}>"
    for step in reversed(outer):
        made = f"<{step}>{made}</{step}>"
    return made


@pytest.mark.parametrize(("release", "tags"), STYLES)
def test_each_constraint_is_seen(release: Release, tags: Tags) -> None:
    """Two alike below one holder are seen for every constraint and every way to be selected; a single one is not."""
    uniqueness = take_out(etree.parse(schema_file(release, tags)).getroot())
    assert uniqueness is not None
    number = 0
    for holder, paths, fields in constraints(release, tags):
        for one in paths:
            for other in paths:
                pair = [selected(one, fields, "01"), selected(other, fields, "01")]
                for content, expected in (("".join(pair), True), (pair[0], False)):
                    document = f'<{holder} xmlns="{namespace(release, tags)}">{content}</{holder}>'.encode()
                    assert uniqueness.may_be_broken(document, etree.fromstring(document)) is expected, (holder, one, other, fields)
                number += 1
    assert number >= 85


@pytest.mark.parametrize(("one", "other"), [("1", "01"), ("1", " 1 "), ("1.0", "+1"), ("A  B", " A B"), ("nan", "nan"), ("", "")])
def test_one_value_written_in_two_ways(one: str, other: str) -> None:
    """Zeros before a number and space around words make no other value."""
    uniqueness = take_out(etree.parse(schema_file("3.1", "reference")).getroot())
    assert uniqueness is not None
    content = "".join(f"<EditionType>{text}</EditionType>" for text in (one, other))
    document = f'<DescriptiveDetail xmlns="{namespace("3.1", "reference")}">{content}</DescriptiveDetail>'.encode()
    assert uniqueness.may_be_broken(document, etree.fromstring(document))


@pytest.mark.parametrize(
    ("constraint", "is_known"),
    [
        ('<xs:unique name="u"><xs:selector xpath="o:A"/><xs:field xpath="o:B"/></xs:unique>', True),
        ('<xs:unique name="u"><xs:selector xpath=".//o:A"/><xs:field xpath="o:B"/></xs:unique>', False),
        ('<xs:unique name="u"><xs:selector xpath="o:*"/><xs:field xpath="."/></xs:unique>', False),
        ('<xs:unique name="u"><xs:selector xpath="o:A"/><xs:field xpath="o:B/o:C"/></xs:unique>', False),
        ('<xs:unique name="u"><xs:selector xpath="o:A"/><xs:field xpath="o:B|o:C"/></xs:unique>', False),
        ('<xs:key name="k"><xs:selector xpath="o:A"/><xs:field xpath="o:B"/></xs:key>', False),
    ],
)
def test_constraints_of_another_shape_stay(constraint: str, is_known: bool) -> None:
    """A schema with a constraint that nobody here understands is left whole."""
    text = f'<xs:schema xmlns:xs="{XS[1:-1]}" xmlns:o="urn:o" targetNamespace="urn:o"><xs:element name="H">{constraint}</xs:element></xs:schema>'
    schema = etree.fromstring(text)
    before = etree.tostring(schema)
    assert (take_out(schema) is not None) is is_known
    assert (etree.tostring(schema) == before) is not is_known


@pytest.mark.parametrize("recipient", ["retailer-plain", "distributor-short"])
@pytest.mark.parametrize("change", ["twin", "text", "language", "zeros", "blank"])
@settings(deadline=None, max_examples=50)
@given(data=st.data())
def test_nothing_is_let_through(
    recipient: str, change: str, data: st.DataObject, profiles: dict[str, Profile], publisher: Publisher, products: list[Product]
) -> None:
    """A record in which something was repeated, or left blank, is good or bad as the whole schema says."""
    profile = profiles[recipient]
    product = data.draw(st.sampled_from(products))
    validator, schema = Validator(profile.release, profile.tags), whole_schema(profile.release, profile.tags)
    written = product_xml(build(product, profile, publisher, as_of=datetime.fromisoformat("2026-06-01T02:00:00+00:00")), profile)
    root = etree.fromstring(validator._head + written + validator._foot)
    record = root[-1]
    elements = [element for element in record.iterdescendants() if isinstance(element.tag, str)]
    spoil(elements, change, data)
    spoilt = etree.tostring(record, encoding="UTF-8", xml_declaration=False).replace(f' xmlns="{root.nsmap[None]}"'.encode(), b"")
    assert bool(validator.check(spoilt)) is not schema.validate(root)


def spoil(elements: list[etree._Element], change: str, data: st.DataObject) -> None:
    """Repeat an element beside itself, its text in others of its name, a language on neighbours, a number with zeros; or put space into it."""
    element = data.draw(st.sampled_from(elements))
    if change in {"twin", "zeros"}:
        twin = copy.deepcopy(element)
        element.addnext(twin)
        for inner in twin.iter() if change == "zeros" else ():
            inner.text = f"0{inner.text}" if (inner.text or "").isdecimal() else inner.text
    elif change == "text":
        for other in elements:
            if other.tag == element.tag and not len(other):
                other.text = element.text
    elif change == "blank":
        element.text = data.draw(st.text(" \t\n\u00a0", min_size=1))
    else:
        element.addnext(copy.deepcopy(element))
        for named in data.draw(st.lists(st.sampled_from([element, element.getnext()]), min_size=1)):
            named.set("language", data.draw(st.sampled_from(["eng", "ger"])))
