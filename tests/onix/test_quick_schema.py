"""The quick form of EDItEUR's schema: it takes nothing that the schema refuses, and all that we write."""

import re
from datetime import datetime
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from colophon.config import Publisher
from colophon.domain.product import Product
from colophon.errors import CodeListsMissingError
from colophon.onix import validate
from colophon.onix.build import build
from colophon.onix.profile import Profile
from colophon.onix.quick_schema import pattern, quicken
from colophon.onix.validate import Validator
from colophon.onix.write import product_xml
from colophon.onix.xhtml import ALLOWED_TAGS
from colophon.onix.xml import XS, Release, editeur_file, namespace, read_schema, schema_file

WORDS = st.sets(st.text("AB01", min_size=1, max_size=4), min_size=1, max_size=12)
SPACE = f"{{{namespace('3.1', 'reference')}}}"
ATTRIBUTES = ["language", "textformat", "textcase", "refname", "id", "class", "href", "dir"]
SCHEMA = '<xs:schema xmlns:xs="{}"><xs:include schemaLocation="{}"/>{}</xs:schema>'


@given(WORDS, st.text("AB01", max_size=5))
def test_pattern_matches_its_words_alone(words: set[str], other: str) -> None:
    """Any words, those that begin others among them."""
    compiled = re.compile(pattern(words))
    assert all(map(compiled.fullmatch, words))
    assert bool(compiled.fullmatch(other)) is (other in words)


@pytest.mark.parametrize("release", ["3.0", "3.1"])
def test_each_code_and_none_beside_it(release: Release) -> None:
    """Each of the codes of all lists passes; each shortened, lengthened, in other letters, in space, or of a neighbour is as it was."""
    lists_file = editeur_file("ONIX_BookProduct_CodeLists.xsd", release)
    lists = {
        entry.get("name"): [code.get("value") for code in entry.iter(f"{XS}enumeration")] for entry in etree.parse(lists_file).getroot()
    }
    elements = "".join(f'<xs:element name="E{name}" type="{name}"/>' for name in lists)
    text = SCHEMA.format(XS[1:-1], lists_file.name, elements)
    schema = etree.ElementTree(etree.fromstring(text, base_url=lists_file.with_name("small.xsd").as_uri()))
    whole = etree.XMLSchema(schema)
    quicken(schema.getroot(), lists_file.with_name("small.xsd"))
    assert len(schema.getroot().findall(f".//{XS}pattern")) > 130
    quick = etree.XMLSchema(schema)
    assert sum(map(len, lists.values())) > 4000
    for name, codes in lists.items():
        for code in codes:
            for value in (code, code[:-1], f"{code}1", code.swapcase(), f" {code}", f"{code}\n", f"{code} {code}", codes[0] + code):
                element = etree.Element(f"E{name}")
                element.text = value
                assert quick.validate(element) is whole.validate(element), (name, value)
        for value in () if codes else ("", "1", "A1", "2.5"):
            element = etree.Element(f"E{name}")
            element.text = value
            assert quick.validate(element) is whole.validate(element), (name, value)


def test_code_lists_that_are_missing(tmp_path: Path) -> None:
    """A folder of the publisher's with half of EDItEUR's files is a fault of the configuration."""
    name = "ONIX_BookProduct_3.1_reference.xsd"
    (tmp_path / name).write_bytes(editeur_file(name, "3.1").read_bytes())
    with pytest.raises(CodeListsMissingError, match="CodeLists"):
        Validator("3.1", "reference", tmp_path)


def test_list_of_other_codes_stays(tmp_path: Path) -> None:
    """A code that has a meaning in a pattern is compared as it was; and what is no code is none."""
    lists = {"A": 'enumeration value="a.b"', "B": 'enumeration value="ab"', "C": 'minLength value="1"'}
    types = "".join(
        f'<xs:simpleType name="{name}"><xs:restriction base="xs:string"><xs:{facet}/></xs:restriction></xs:simpleType>'
        for name, facet in lists.items()
    )
    (tmp_path / "lists.xsd").write_text(f'<xs:schema xmlns:xs="{XS[1:-1]}">{types}</xs:schema>')
    schema = etree.fromstring(SCHEMA.format(XS[1:-1], "lists.xsd", ""))
    quicken(schema, tmp_path / "small.xsd")
    found = {entry.get("name"): entry[0][0] for entry in schema.iterfind(f"{XS}simpleType")}
    assert {name: (facet.tag.removeprefix(XS), facet.get("value")) for name, facet in found.items()} == {
        "A": ("enumeration", "a.b"),
        "B": ("pattern", "(a(b))"),
        "C": ("minLength", "1"),
    }


@cache
def tags_of_texts() -> list[str]:
    """All that EDItEUR's subset of XHTML declares."""
    subset = read_schema(editeur_file("ONIX_XHTML_Subset.xsd", "3.1")).getroot()
    return [name for element in subset.findall(f"{XS}element") if (name := element.get("name"))]


@cache
def both_schemas() -> tuple[etree.XMLSchema, etree.XMLSchema]:
    """The schema as it was, and its quick form."""
    file = schema_file("3.1", "reference")
    tree = read_schema(file)
    whole = etree.XMLSchema(tree)
    quicken(tree.getroot(), file)
    return whole, etree.XMLSchema(tree)


@st.composite
def texts(draw: st.DrawFn, tags: list[str], attributes: list[str]) -> etree._Element:
    """A text with any of these tags in one another, and perhaps an attribute."""
    text = etree.Element(f"{SPACE}Text")
    elements = [text]
    for name in draw(st.lists(st.sampled_from(tags), min_size=1, max_size=5)):
        element = etree.SubElement(draw(st.sampled_from(elements)), f"{SPACE}{name}")
        if draw(st.booleans()):
            element.text = "salt"
        elements.append(element)
    if attributes and draw(st.booleans()):
        draw(st.sampled_from(elements)).set(draw(st.sampled_from(attributes)), draw(st.sampled_from(["eng", "05", "ltr", "Text"])))
    return text


@given(st.data())
def test_text_that_the_schema_refuses(data: st.DataObject) -> None:
    """Whatever stands in a text: the quick form takes nothing that the schema does not take."""
    whole, quick = both_schemas()
    text = data.draw(texts(tags_of_texts(), ATTRIBUTES))
    assert whole.validate(text) or not quick.validate(text)


@given(texts(sorted(ALLOWED_TAGS), []))
def test_text_that_we_write(text: etree._Element) -> None:
    """With the tags of our own texts the quick form is as good as the schema: it takes all that this takes."""
    whole, quick = both_schemas()
    assert quick.validate(text) is whole.validate(text)


@pytest.mark.parametrize("recipient", ["retailer-plain", "distributor-short", "google-play", "kobo", "library-supplier"])
def test_what_we_write_is_answered_at_once(
    recipient: str,
    monkeypatch: pytest.MonkeyPatch,
    products: list[Product],
    profiles: dict[str, Profile],
    publisher: Publisher,
    as_of: datetime,
) -> None:
    """For a good record nobody asks the schema as it was."""
    monkeypatch.setattr(validate, "_whole", pytest.fail)
    profile = profiles[recipient]
    validator = Validator(profile.release, profile.tags)
    for product in products:
        assert not validator.check(product_xml(build(product, profile, publisher, as_of=as_of), profile))
