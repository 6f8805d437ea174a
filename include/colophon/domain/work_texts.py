"""Marketing texts of a work, in every variant that the system of record has."""

from datetime import date

from colophon.domain.product import TextKind
from colophon.domain.record import Record


class MarketingText(Record):
    """One text as Markdown; not to be shown before `from_on` (embargo). `approval` is the system's word, None: not told."""

    id: int | None = None
    kind: TextKind
    markdown: str
    from_on: date | None = None
    approval: str | None = None
    product_ids: tuple[int, ...] = ()


class WorkTexts(Record):
    """The texts of the work `id`, of one kind in the system's order; `unknown` are the kinds that the account does not tell."""

    id: int
    texts: tuple[MarketingText, ...] = ()
    unknown: frozenset[TextKind] = frozenset()

    @property
    def subject(self) -> str:
        """How the ledger names the work."""
        return f"work:{self.id}"

    def of(self, kind: TextKind) -> tuple[MarketingText, ...]:
        """The texts of one kind."""
        return tuple(text for text in self.texts if text.kind is kind)
