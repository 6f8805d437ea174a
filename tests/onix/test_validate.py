"""The schema check: a fault names element, value and line, and belongs to one product."""

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colophon.config import Publisher
from colophon.domain.product import Product
from colophon.errors import CodeListsMissingError
from colophon.onix.build import build
from colophon.onix.profile import Profile
from colophon.onix.validate import Validator
from colophon.onix.write import product_xml


def written(product: Product, profile: Profile, publisher: Publisher, as_of: datetime) -> bytes:
    """One written product."""
    return product_xml(build(product, profile, publisher, as_of=as_of), profile)


def test_schema_missing(tmp_path: Path) -> None:
    """A folder without the schema is a configuration fault that names the file."""
    with pytest.raises(CodeListsMissingError, match=r"ONIX_BookProduct_3\.1_reference\.xsd"):
        Validator("3.1", "reference", tmp_path)


def test_schema_garbled(tmp_path: Path) -> None:
    """A schema that is none is a configuration fault as well."""
    (tmp_path / "ONIX_BookProduct_3.1_reference.xsd").write_text("<html/>")
    with pytest.raises(CodeListsMissingError, match="cannot be used"):
        Validator("3.1", "reference", tmp_path)


@pytest.mark.parametrize("recipient", ["retailer-plain", "distributor-short"])
def test_fault_names_element_value_and_line(
    recipient: str, hardback: Product, profiles: dict[str, Profile], publisher: Publisher, as_of: datetime
) -> None:
    """A code that no list has is named by the element's reference name, in either tag style, without the whole list."""
    profile = profiles[recipient]
    bad = written(hardback.model_copy(update={"publishing_status": "4711"}), profile, publisher, as_of)
    faults = Validator(profile.release, profile.tags).check(bad)
    assert {fault.element for fault in faults} == {"PublishingStatus"}
    assert faults[0].value == "4711"
    assert b"4711" in bad.splitlines()[faults[0].line - 1]
    assert len(faults[0].message) < 200


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "expected one product"),
        (b"<Product>", "not well-formed"),
        (b"\xff\xfe", "not well-formed"),
        (b"<Product/><Product/>", "expected one product"),
        (b"</ONIXMessage><ONIXMessage>", "not well-formed"),
        (b"<NoProduct/>", "expected one product"),
        (b"<!DOCTYPE x><Product/>", "not well-formed"),
    ],
)
def test_what_is_not_one_product(content: bytes, expected: str) -> None:
    """Nothing, half a product, two of them or another element is a fault and no crash."""
    faults = Validator("3.1", "reference").check(content)
    assert [fault.element for fault in faults] == ["Product"]
    assert expected in faults[0].message


@given(st.binary(max_size=100))
def test_any_bytes(content: bytes) -> None:
    """Whatever is checked gives faults, never an exception."""
    assert Validator("3.1", "reference").check(b"<Product>" + content)


def test_attribute_fault(hardback: Product, plain: Profile, publisher: Publisher, as_of: datetime) -> None:
    """A fault in an attribute names it."""
    bad = written(hardback, plain, publisher, as_of).replace(b'textformat="06"', b'textformat="99"', 1)
    assert "Text/@textformat" in {fault.element for fault in Validator("3.1", "reference").check(bad)}


def test_one_bad_product_does_not_touch_the_next(hardback: Product, plain: Profile, publisher: Publisher, as_of: datetime) -> None:
    """Faults are not carried over from one check to the next."""
    validator = Validator("3.1", "reference")
    good = written(hardback, plain, publisher, as_of)
    assert validator.check(good.replace(b"<ProductForm>BB<", b"<ProductForm>??<"))
    assert validator.check(good) == []


@pytest.mark.parametrize(("release", "version"), [("3.0", "3.0.8.0"), ("3.1", "3.1.3.1")])
def test_schema_version(release: str, version: str) -> None:
    """Each delivery records the schema's version."""
    assert Validator(release, "reference").version == version
