"""The portal's words, as the ledger keeps them: a row for each object, which stands over the supplement."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from colophon.domain.supplement import Supplement

KEPT = "portal_words/"
"""How the names begin under which the ledger keeps the words of each object."""


class Memory(Protocol):
    """The ledger's part for such things."""

    def get(self, connection: str) -> tuple[Mapping[str, Any], datetime] | None:
        """What is kept under a name, and since when."""

    def get_each(self, prefix: str) -> list[Mapping[str, Any]]:
        """What is kept under all names that begin so."""

    def put_each(self, values: Mapping[str, Mapping[str, Any]], at: datetime) -> None:
        """Keep many things at once."""


def words_of(memory: Memory) -> dict[str, Supplement]:
    """The words of all titles, by object of the portal."""
    return {row["object"]: Supplement.model_validate(row["words"]) for row in memory.get_each(KEPT) if row["words"]}


def words_of_one(memory: Memory, object_id: str) -> Supplement | None:
    """The words of one."""
    found = memory.get(f"{KEPT}{object_id}")
    return Supplement.model_validate(found[0]["words"]) if found and found[0]["words"] else None


def keep_words(memory: Memory, rows: Mapping[str, Supplement | None], at: datetime) -> None:
    """Words from now on, by object; None: there are none any more."""
    said = {key: row.model_dump(mode="json", exclude_defaults=True) if row else None for key, row in rows.items()}
    memory.put_each({f"{KEPT}{key}": {"object": key, "words": words} for key, words in said.items()}, at)
