"""Feed files: split by products and bytes, and named safely."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from colophon.onix.files import ENVELOPE_BYTES, cut, file_name
from colophon.onix.profile import FileRule


def test_a_giant_gets_a_file_of_its_own() -> None:
    """A product over the limit is not lost and does not drag others along."""
    rule = FileRule(max_products=10, max_bytes=ENVELOPE_BYTES + 100)
    assert list(cut([50, 40, 500, 10, 90, 1], rule)) == [2, 1, 2, 1]
    assert list(cut([], rule)) == []


@given(st.lists(st.integers(1, 300), max_size=60), st.integers(1, 7), st.integers(100, 900))
def test_cut_loses_nothing_and_keeps_the_limits(sizes: list[int], products: int, space: int) -> None:
    """All products are in exactly one file, in order, and no file with more than one product is over a limit."""
    counts = list(cut(sizes, FileRule(max_products=products, max_bytes=ENVELOPE_BYTES + space)))
    assert sum(counts) == len(sizes)
    start = 0
    for count in counts:
        assert 1 <= count <= products
        assert count == 1 or sum(sizes[start : start + count]) <= space
        start += count


AT = datetime(2026, 6, 1, 2, 5, 9, tzinfo=UTC)


def named(template: str, *, sender: str = "Lark", kind: str = "delta", part: int = 1) -> str:
    """The name of message 42."""
    return file_name(FileRule(name=template), sender=sender, recipient="kobo", at=AT, number=42, kind=kind, part=part)


def test_names_are_safe() -> None:
    """A sender's name never becomes a path."""
    template = "{sender}_{recipient}_{date}_{number:05d}.xml"
    assert named(template, sender="../Lärk & Välé/") == "l-rk-v-l_kobo_20260601_00042.xml"
    assert named(template, sender="株") == "sender_kobo_20260601_00042.xml"


def test_names_with_time_and_kind() -> None:
    """As recipients want them: day and time in a form of theirs, and whether it is everything or what changed."""
    assert named("BT_{date}_{time}_{kind}.xml") == "BT_20260601_020509_delta.xml"
    assert named("BT_{date:%d%m%y}{time:%H%M}_{KIND}.xml", kind="full") == "BT_0106260205_FULL.xml"


def test_no_two_files_of_a_moment_have_one_name() -> None:
    """A feed in several parts that is named by its time would overwrite itself at the recipient's."""
    assert [named("BT_{date}{time}.xml", part=part) for part in (1, 2)] == ["BT_20260601020509.xml", "BT_20260601020509-2.xml"]
    assert named("{number:05d}_{time}", part=2) == "00042_020509"
    assert named("BT_{time}", part=3) == "BT_020509-3"


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("{sendr}_{number}.xml", "did you mean {sender}"),
        ("{sender}_{Date}_{number}.xml", "did you mean {date}"),
        ("{}_{number}.xml", "no placeholder"),
        ("{sender.name}_{number}.xml", "no placeholder"),
        ("{sender:05d}_{number}.xml", "cannot be filled in"),
        ("{number:%Y}.xml", "cannot be filled in"),
        ("../{sender}_{number}.xml", "no plain file name"),
        ("{date:%d/%m}_{number}.xml", "no plain file name"),
        ("{sender_{number}.xml", "unexpected '{'"),
        ("{sender}_{date}.xml", "two files could have one name"),
        ("feed.xml", "two files could have one name"),
    ],
)
def test_a_name_that_cannot_be_is_refused_with_the_profile(template: str, why: str) -> None:
    """And not at the first delivery."""
    with pytest.raises(ValidationError, match=re.escape(why)):
        FileRule(name=template)
