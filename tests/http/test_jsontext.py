"""JSON in and out."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colophon.errors import BadShapeError
from colophon.http.jsontext import read_json, write_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_what_is_written_is_read_back(value):
    """Writing and reading are inverse for all that JSON can say without fractions."""
    assert read_json(write_json(value)) == value


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=4))
def test_fractions_are_decimal(value):
    """A number with a fraction arrives digit by digit, never as a float."""
    found = read_json(format(value, "f").encode())
    assert isinstance(found, Decimal)
    assert found == value


@given(st.binary(max_size=200))
def test_any_bytes_give_a_value_or_bad_shape(content):
    """No input raises anything else."""
    with suppress(BadShapeError):
        read_json(content)


def test_error_does_not_lead_to_the_text():
    """The parser's own error holds the whole text; ours does not hold the parser's."""
    with pytest.raises(BadShapeError) as caught:
        read_json(b"Jane Canary")
    assert caught.value.__context__ is None


def test_depth_is_counted_from_the_outside():
    """64 levels pass, 65 do not; objects and lists count alike."""
    assert read_json(b"[" * 64 + b"1" + b"]" * 64)
    with pytest.raises(BadShapeError, match="deeper than 64"):
        read_json(b'{"a":' * 65 + b"1" + b"}" * 65)


def test_written_form_is_fixed():
    """Sorted keys, no blanks, text as it is, money as text, times in UTC."""
    summer = datetime(2026, 5, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    assert write_json({"b": "é", "a": Decimal("1.10"), "t": summer}) == '{"a":"1.10","b":"é","t":"2026-05-01T10:00:00Z"}'.encode()
    assert write_json(datetime(2026, 5, 1, tzinfo=UTC)) == b'"2026-05-01T00:00:00Z"'


@pytest.mark.parametrize("value", [float("nan"), {"a": float("inf")}])
def test_no_nan_is_written(value):
    """What we would refuse we do not send."""
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(value)


@pytest.mark.parametrize("value", [datetime(2026, 5, 1), {1, 2}, Decimal("NaN"), b"x"])
def test_values_without_a_form_are_refused(value):
    """A naive time or a set is a mistake of ours."""
    with pytest.raises(TypeError):
        write_json(value)


def test_surrogate_pairs_are_text():
    """An escaped pair is one character."""
    assert read_json(b'"\\ud83d\\ude00"') == "😀"
