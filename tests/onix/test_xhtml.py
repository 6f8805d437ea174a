"""Texts: whatever comes in, what goes out is safe, well-formed and legal by the schema."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from colophon.onix.validate import Validator
from colophon.onix.xhtml import ALLOWED_TAGS, plain, xhtml

VALIDATOR = Validator("3.1", "reference")
TAGS = "<p> </p> <ul> </ul> <ol> </ol> <li> </li> <b> </b> <em> </em> <br> <br/> <h1> </h1> <div> </div> <td> </td> <a> </a> <script> </script>"
SNIPPETS = [
    "<a href='x'>",
    "<!-- c -->",
    "<![CDATA[",
    "&nbsp;",
    "&amp;",
    "&",
    "<",
    ">",
    "]]>",
    " ",
    "\n",
    "word",
    "\x00",
    "é",
    "&#x10;",
    "&bogus;",
    "&lt;p&gt;",
    "&lt;/p&gt;",
    "&amp;amp;",
    "\n\n",
    "**",
    "- x\n- y",
    "<tr>",
    "<td>",
    "• a",
]
PIECES = st.sampled_from(TAGS.split() + SNIPPETS)


def product(text: str) -> bytes:
    """A minimal product with this text."""
    return (
        "<Product><RecordReference>x</RecordReference><NotificationType>03</NotificationType>"
        "<ProductIdentifier><ProductIDType>01</ProductIDType><IDTypeName>n</IDTypeName><IDValue>1</IDValue></ProductIdentifier>"
        "<CollateralDetail><TextContent><TextType>03</TextType><ContentAudience>00</ContentAudience>"
        f'<Text textformat="05">{text}</Text></TextContent></CollateralDetail></Product>'
    ).encode()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("", ""),
        ("<p> </p><ul><li></li></ul><br>", ""),
        ("<script>alert(1)</script>safe", "safe"),
        ("<p onclick='x'>a</p>", "<p>a</p>"),
        ("<b>one<p>two</b></p>", "<b>one</b><p><b>two</b></p>"),
        ("<ul>loose<ul><li>in</ul></ul>", "<ul><li>loose<ul><li>in</li></ul></li></ul>"),
        ("<li>a<li>b", "<p>a</p><p>b</p>"),
        ("<p>x<ul><li>y</ul>z", "<p>x</p><ul><li>y</li></ul>z"),
        ("<h3>Head</h3>body", "<p>Head</p>body"),
        ("<p><em>a</em> <em>b</em></p>", "<p><em>a</em> <em>b</em></p>"),
        ("a&nbsp;b<br>c", "a\u00a0b<br/>c"),
        ("1 < 2 & 3 > 2", "1 &lt; 2 &amp; 3 &gt; 2"),
        ("tab\x00\x0bs", "tabs"),
    ],
)
def test_cleaning(source: str, expected: str) -> None:
    """Unsafe markup goes, misplaced markup is put right, empty markup vanishes."""
    assert xhtml(source) == expected


def test_golden_texts_that_people_paste(golden: Callable[[str, str], None]) -> None:
    """Escaped, from Word, in Markdown, in plain paragraphs, a table: each case of texts.yaml in XHTML and as plain text."""
    cases = yaml.safe_load((Path(__file__).parent / "texts.yaml").read_text(encoding="utf-8"))
    golden("texts.txt", "".join(f"# {name}\n{xhtml(source)}\n---\n{plain(source)}\n\n" for name, source in cases.items()))
    assert all(xhtml(xhtml(source)) == xhtml(source) for source in cases.values())


@given(st.lists(PIECES, max_size=25).map("".join))
def test_any_markup_becomes_valid_onix(source: str) -> None:
    """Any soup of tags is valid by the schema afterwards, has allowed tags only, and cleaning it again changes nothing."""
    text = xhtml(source)
    assert VALIDATOR.check(product(text)) == []
    root = etree.fromstring(f"<x>{text}</x>")
    assert {element.tag for element in root.iter()} <= ALLOWED_TAGS | {"x"}
    assert xhtml(text) == text


@given(st.text(max_size=60))
def test_any_text_becomes_valid_onix(source: str) -> None:
    """Any Unicode, lone surrogates and controls among it, is valid afterwards."""
    assert VALIDATOR.check(product(xhtml(source))) == []


def test_plain_text_has_a_line_for_each_paragraph_and_item() -> None:
    """Markup goes, structure stays as line ends, entities become characters."""
    assert plain("<p>One &amp; two</p>\n<ul><li>a<ul><li>b</li></ul></li></ul>c<br>d") == "One & two\na\nb\nc\nd"
