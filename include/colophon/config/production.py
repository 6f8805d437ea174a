"""What Consonance does not tell of an order to a printer: `production.yaml`."""

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from colophon.domain.identifiers import isbn13_of
from colophon.domain.todo import Milestone

NEEDED = ("trim", "extent", "paper", "colours", "binding", "finish", "packing", "price", "currency", "printer", "file")
_MULTIPLE = {"offset": 16, "digital": 2}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PrintFile(_Part):
    """The approved files of a title, where the printer fetches them."""

    url: str = Field(pattern="^(https?|s3|gs|abfs|file)://")
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    bytes: int = Field(gt=0)
    media_type: str = "application/pdf"
    file_name: str


class Specification(_Part):
    """How one format is made. What is missing is an exception, never a default; `warehouse: false` is for what is printed on demand."""

    process: Literal["offset", "digital"] = "offset"
    trim: str | None = None
    extent: int | None = Field(default=None, gt=0)
    paper: str | None = None
    colours: str | None = None
    binding: str | None = None
    finish: str | None = None
    packing: str | None = None
    price: Decimal | None = Field(default=None, gt=0)
    currency: str | None = Field(default=None, pattern="^[A-Z]{3}$")
    printer: str | None = None
    file: PrintFile | None = None
    warehouse: bool = True

    def faults(self) -> list[str]:
        """What keeps an order from being made."""
        faults = [f"no {name}" for name in NEEDED if getattr(self, name) is None]
        if self.extent is not None and self.extent % _MULTIPLE[self.process]:
            faults.append(f"an extent of {self.extent}, which is no multiple of {_MULTIPLE[self.process]}")
        return faults


class Production(_Part):
    """What approves a run, and how each format is made, by ISBN-13.

    The first to-do of the milestone `approval` approves a work's first run, the second its second one. What was approved before
    `approved_from` was ordered by other means. `tolerance_pct`: so many copies more or less of a hundred are usual, by process.
    """

    approval: Milestone = Milestone.FINAL_PROOF_RELEASE
    approved_from: date
    tolerance_pct: dict[Literal["offset", "digital"], int] = Field(default={"offset": 10, "digital": 3})
    specifications: dict[str, Specification] = Field(default_factory=dict)

    def is_usual(self, came: int, ordered: int, specification: Specification | None) -> bool:
        """Whether about as many copies came as were ordered."""
        tolerance = self.tolerance_pct.get(specification.process if specification else "offset", 0)
        return abs(came - ordered) * 100 <= tolerance * ordered

    @field_validator("specifications", mode="before")
    @classmethod
    def _by_isbn(cls, given: object) -> object:
        """ISBNs may be numbers of YAML, or have hyphens."""
        if not isinstance(given, dict):
            return given
        if faulty := [isbn for isbn in given if isbn13_of(str(isbn)) is None]:
            raise ValueError(f"{faulty[0]} is no ISBN")
        return {isbn13_of(str(isbn)): row for isbn, row in given.items()}
