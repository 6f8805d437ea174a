"""The keyset loop: every row once, to the empty page, or an error."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colophon.errors import BadShapeError, PagingError
from colophon.systems.consonance.graphql.paging import keyset_pages


def serve(pages: list[list[Any]]):
    """A fetch function that gives these pages in turn, then empty ones."""
    waiting = iter(pages)
    return lambda _after: next(waiting, [])


@pytest.mark.parametrize(
    "pages",
    [
        [[{"id": 2}, {"id": 1}]],
        [[{"id": 1}, {"id": 1}]],
        [[{"id": 1}, {"id": 2}], [{"id": 1}, {"id": 2}]],
        [[{"id": 1}, {"id": 2}], [{"id": 2}, {"id": 3}]],
        [[{"id": 5}], [{"id": 4}]],
    ],
    ids=["disorder", "repeated row", "repeated page", "overlap", "backwards"],
)
def test_disorder_stops_the_reading(pages):
    """Rows that repeat or go back mean that others may be missing."""
    with pytest.raises(PagingError, match="id"):
        list(keyset_pages(serve(pages)))


@pytest.mark.parametrize("row", [{}, {"id": None}, {"id": "7"}, {"id": True}, None, 7])
def test_a_row_without_an_id_stops_the_reading(row):
    """Without ids the next page cannot be asked for."""
    with pytest.raises(BadShapeError):
        list(keyset_pages(serve([[row]])))


def test_a_short_page_is_not_the_end():
    """Only an empty page ends the loop: the cap is the server's own business."""
    assert [len(page) for page in keyset_pages(serve([[{"id": 1}, {"id": 2}], [{"id": 3}], [{"id": 9}]]))] == [2, 1, 1]


@given(st.sets(st.integers(min_value=-5, max_value=10**6), max_size=40), st.integers(min_value=1, max_value=45))
def test_pages_joined_equal_the_whole(ids, cap):
    """Property: for any ids and any page cap, the pages joined are the list, each row once and in order."""
    asked: list[int | None] = []

    def fetch(after: int | None):
        asked.append(after)
        return [{"id": i} for i in sorted(ids) if after is None or i > after][:cap]

    joined = [row["id"] for page in keyset_pages(fetch) for row in page]
    assert joined == sorted(ids)
    assert asked[0] is None
    assert len(asked) == -(-len(ids) // cap) + 1
