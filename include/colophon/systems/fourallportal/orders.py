"""What a delivery to 4ALLPORTAL asks for: its content as JSON, by `kind`."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from colophon.domain.delivery import Delivery, Intent
from colophon.errors import BadRecordError, BadShapeError
from colophon.http.jsontext import read_json
from colophon.systems.fourallportal.records import Cell, Entry
from colophon.systems.fourallportal.rules import DESTINATION


class _Order(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Fact(_Order):
    """One value of a product's field, for some dimensions (our names); None clears it."""

    value: str | tuple[str, ...] | None
    dimensions: dict[str, str] = Field(default_factory=dict)


class ProductOrder(_Order):
    """Product data by our field names, and links by name to ids of files; None takes a link away. `object`: whose it is, whatever its ISBN was."""

    kind: Literal["product"]
    isbn: str = Field(min_length=1)
    object: str = ""
    facts: dict[str, tuple[Fact, ...]] = Field(default_factory=dict)
    links: dict[str, str | tuple[str, ...] | None] = Field(default_factory=dict)

    def entries(self) -> dict[str, list[Entry]]:
        """The facts as entries of fields."""
        return {name: [Entry(fact.value, tuple(sorted(fact.dimensions.items()))) for fact in facts] for name, facts in self.facts.items()}


class Right(_Order):
    """Whether a product may be sold in a territory by a channel."""

    territory: str
    channel: str
    right: Literal["open", "closed", "unknown"]


class AvailabilityOrder(_Order):
    """All cells of a product, or of one object of the portal; `before` are those that were open by our word or seen open before."""

    kind: Literal["availability"]
    isbn: str = ""
    object: str = ""
    cells: tuple[Right, ...]
    before: tuple[Right, ...] = ()

    @model_validator(mode="after")
    def _names_a_product(self) -> Self:
        if not (self.isbn or self.object):
            raise ValueError("isbn or object is needed")
        return self


class DocumentFile(_Order):
    """A text that we write as a file of a package; its `name` changes with the text, so that no released package has half of a new one."""

    name: str = Field(pattern=r"^[A-Za-z0-9_.-]{1,120}$")
    text: str


class PackageOrder(_Order):
    """A package of approved files (id by kind) of a product for editions, and of documents. Not `release`: it must not be used any more."""

    kind: Literal["package"]
    key: str = Field(min_length=1)
    isbn: str = Field(min_length=1)
    editions: tuple[str, ...]
    files: dict[str, str]
    documents: dict[str, DocumentFile] = Field(default_factory=dict)
    release: bool = True


class FileOrder(_Order):
    """Where the launch of an asset stands: whether somebody has confirmed it, and its state; None leaves what is there."""

    kind: Literal["file"]
    file: str = Field(min_length=1)
    confirmed: bool | None = None
    state: Literal["hold", "revise", "ready"] | None = None


class ReadinessOrder(_Order):
    """How ready the launch of a product is, what holds it, and its milestones; empty text clears. `others` are the portal's own, and stay."""

    kind: Literal["readiness"]
    isbn: str = Field(min_length=1)
    object: str = Field(min_length=1)
    readiness: str
    blocker: str
    others: tuple[str, ...] = ()
    milestones: dict[Annotated[str, Field(pattern=r"^[a-z0-9_]+$")], date]


Order = ProductOrder | AvailabilityOrder | PackageOrder | FileOrder | ReadinessOrder
_ORDERS: TypeAdapter[Order] = TypeAdapter(Annotated[Order, Field(discriminator="kind")])


def asking(
    use_case: str, subject: str, order: Mapping[str, Any], as_of: datetime, *, labels: Mapping[str, str], occurrence: str = ""
) -> Intent:
    """The delivery that asks for an order. :param labels: empty ones are left out. :param occurrence: where equal content is to go again."""
    return Intent(
        use_case=use_case,
        destination=DESTINATION,
        subject=subject,
        delivery_class="B",
        content=json.dumps(order, separators=(",", ":"), sort_keys=True).encode(),
        media_type="application/json",
        as_of=as_of,
        occurrence=occurrence,
        labels={name: value for name, value in labels.items() if value},
    )


def read_order(delivery: Delivery) -> Order:
    """What a delivery asks for. Raises BadRecordError, naming members and never values."""
    try:
        return _ORDERS.validate_python(read_json(delivery.content))
    except ValidationError as problem:
        places = sorted({".".join(str(part) for part in error["loc"]) for error in problem.errors(include_input=False)})
    except BadShapeError as problem:
        places = [problem.sentence]
    raise BadRecordError(
        "the delivery's content asks for nothing that we know", system="fourallportal", subject=delivery.subject, evidence=", ".join(places)
    )


def rights(cells: tuple[Right, ...]) -> dict[Cell, bool | None]:
    """Cells as the availability writer takes them."""
    return {(cell.territory, cell.channel): {"open": True, "closed": False}.get(cell.right) for cell in cells}
