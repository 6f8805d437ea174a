"""A work: what the formats of one book have in common."""

from datetime import date

from colophon.domain.record import Record

CANCELLED = "01"
"""ONIX List 64."""


class Quantity(Record):
    """So many copies of one product in a production run; `received` None: not told. `product_id` None: of the only product."""

    product_id: int | None = None
    name: str | None = None
    ordered: int
    received: int | None = None


class ProductionRun(Record):
    """A print run or other production of the work's products; `delivery_on` is when stock arrives."""

    id: int
    name: str | None = None
    delivery_on: date | None = None
    product_ids: tuple[int, ...] = ()
    quantities: tuple[Quantity, ...] = ()


class Edition(Record):
    """One product of the work, as far as a work's readers need it. `planned_publication_on` never goes out.

    `publishing_status` is ONIX List 64.
    """

    product_id: int
    isbn13: str | None = None
    publishing_status: str | None = None
    publication_on: date | None = None
    planned_publication_on: date | None = None

    @property
    def is_cancelled(self) -> bool:
        """Whether it does not come out any more."""
        return self.publishing_status == CANCELLED


class Work(Record):
    """A work with its formats and production runs."""

    id: int
    title: str | None = None
    imprint: str | None = None
    project_stage: str | None = None
    season: str | None = None
    editions: tuple[Edition, ...] = ()
    production_runs: tuple[ProductionRun, ...] = ()

    @property
    def subject(self) -> str:
        """How the ledger names this work."""
        return f"work:{self.id}"

    @property
    def is_cancelled(self) -> bool:
        """Whether none of its formats comes out any more."""
        return bool(self.editions) and all(edition.is_cancelled for edition in self.editions)
