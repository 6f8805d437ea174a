"""Feed files: split by products and bytes, and named safely."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

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


def test_names_are_safe() -> None:
    """A sender's name never becomes a path."""
    rule = FileRule(name="{sender}_{recipient}_{date}_{number:05d}-{part}.xml")
    name = file_name(rule, sender="../Lärk & Välé/", recipient="kobo", on=date(2026, 6, 1), number=42, part=3)
    assert name == "l-rk-v-l_kobo_20260601_00042-3.xml"
    assert file_name(rule, sender="株", recipient="kobo", on=date(2026, 6, 1), number=1) == "sender_kobo_20260601_00001-1.xml"
