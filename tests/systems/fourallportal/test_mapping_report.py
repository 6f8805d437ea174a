"""The mapping held against the portal's own fields, and what it refuses when it is loaded."""

from pathlib import Path

import pytest
import yaml

from colophon.config.files import SHIPPED
from colophon.errors import BadConfigError
from colophon.systems.fourallportal.mapping import PortalMapping, load_mapping
from colophon.systems.fourallportal.mapping_report import report
from colophon.systems.fourallportal.records import Module, ModuleField
from colophon_sandbox.systems.fourallportal.modules import MODULES, described

FILE = SHIPPED / "fourallportal" / "mapping.yaml"


def changed(*changes: tuple[str, str]) -> str:
    """What ships, with some words of it changed."""
    text = FILE.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


def modules(**extra: ModuleField) -> list[Module]:
    """The portal's modules, its products with more fields."""
    found = [Module.model_validate(described(name)) for name in MODULES]
    return [each.model_copy(update={"fields": (*each.fields, *extra.values())}) if each.name == "product" else each for each in found]


def test_what_ships_fits() -> None:
    """Every fact has its field; fields that nobody mapped are named, and are no fault."""
    found = report(load_mapping("fourallportal/mapping.yaml"), modules(own=ModuleField(name="own", type="string")))
    assert (found.is_good, found.lacking, found.ambiguous, found.drafts) == (True, (), (), ())
    assert ("title", "product.title") in found.mapped
    assert "product.own" in found.unmapped


def test_what_the_portal_lacks_is_named_with_what_was_meant() -> None:
    """A field, a dimension, and a link that is none."""
    mapping = PortalMapping.model_validate(
        yaml.safe_load(
            changed(
                ("{field: subtitle,", "{field: subtitel,"),
                ("{field: imprint,", "{field: imprint, dimensions: [locale],"),
                ("{field: cover_file}", "{field: launch_state}"),
            )
        )
    )
    found = report(mapping, modules())
    assert found.lacking == (
        ("product.subtitel", "subtitle"), ("product.imprint by locale", ""), ("product.launch_state as a link to file", ""),
    )  # fmt: skip
    assert not found.is_good


def test_a_line_that_is_missing_is_drafted_and_two_fields_for_one_fact_are_ambiguous() -> None:
    """The draft is a line that can be put into the file as it is."""
    line = "    subtitle: {field: subtitle, dimensions: [locale], owner: consonance}\n"
    mapping = PortalMapping.model_validate(yaml.safe_load(changed((line, ""))))
    found = report(mapping, modules())
    assert (found.drafts, found.is_good) == ((line.rstrip("\n"),), True)
    found = report(mapping, modules(more=ModuleField(name="sub_title", type="string")))
    assert (found.ambiguous, found.drafts, found.is_good) == ((("subtitle", ("sub_title", "subtitle")),), (), False)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("    subtitle: {", "    subtitel: {", "there is no fact 'subtitel'; did you mean subtitle?"),
        ("{field: imprint,", "{field: title,", "two facts are in title"),
        ("read_as: KEYWORDS", "read_as: KEYWORD", "there is no kind of text 'KEYWORD'; did you mean KEYWORDS?"),
    ],
)
def test_a_line_that_cannot_be_meant_is_refused_when_it_is_loaded(tmp_path: Path, old: str, new: str, said: str) -> None:
    """With the nearest that could."""
    (tmp_path / "mapping.yaml").write_text(changed((old, new)), encoding="utf-8")
    with pytest.raises(BadConfigError, match=said.replace("?", r"\?")):
        load_mapping("mapping.yaml", tmp_path)
