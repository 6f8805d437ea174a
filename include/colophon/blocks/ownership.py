"""Ownership: of a record that two systems hold, who owns which field, and what becomes of it when both changed it.

    ours = {"subtitle": "A sea story", "keywords": "sea"}
    for change in changes({"subtitle": Owner.OURS, "keywords": Owner.THEIRS}, agreed=last, ours=ours, theirs=theirs):
        write(change.side, change.field, change.value)

Who owns a field wins, and its own side is never written. A field that the table does not name is nobody's, and is left alone.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, NamedTuple


class Owner(StrEnum):
    """Who owns a field: our side (Consonance), or the counterpart's."""

    OURS = "ours"
    THEIRS = "theirs"


class Change(NamedTuple):
    """A field that differs: `value` is to stand at `side`, which does not own it. `is_overruled`: that side had changed it itself."""

    field: str
    side: Owner
    value: Any
    is_overruled: bool


def changes(
    owners: Mapping[str, Owner], *, agreed: Mapping[str, Any], ours: Mapping[str, Any], theirs: Mapping[str, Any]
) -> Iterator[Change]:
    """Where one side has to follow the other, field by field. What a side lacks is None.

    :param agreed: what both sides held last; a field that it lacks was held by neither.
    """
    for field, owner in owners.items():
        right, wrong = (ours.get(field), theirs.get(field)) if owner is Owner.OURS else (theirs.get(field), ours.get(field))
        if right != wrong:
            side = Owner.THEIRS if owner is Owner.OURS else Owner.OURS
            yield Change(field, side, right, is_overruled=wrong != agreed.get(field))
