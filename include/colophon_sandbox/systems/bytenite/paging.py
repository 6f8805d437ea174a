"""Lists in pages, as both parts of the API give them."""

from collections.abc import Sequence
from typing import Any

from colophon_sandbox.system import Reader, integer
from colophon_sandbox.world import Row

PAGE: dict[str, Reader] = {"pagination.limit": integer(1, 1000), "pagination.offset": integer(0, 10**9)}


def page(rows: Sequence[Row], query: dict[str, Any]) -> Row:
    """One page of rows, 50 unless told otherwise."""
    offset, limit = query.get("pagination.offset", 0), query.get("pagination.limit", 50)
    told = {"total": len(rows), "offset": offset, "hasPrevious": offset > 0, "hasNext": offset + limit < len(rows)}
    return {"pagination": told, "data": list(rows[offset : offset + limit])}
