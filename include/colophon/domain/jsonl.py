"""Records as lines of a staged batch: one JSON object a line, a product, the finding that it could not be read, or that it is gone."""

from collections.abc import Iterable

from colophon.domain.departed import Departed
from colophon.domain.finding import Finding
from colophon.domain.product import Product

_UNREADABLE = '{"unreadable":'
_DEPARTED = '{"departed":'


def to_line(record: Product | Finding | Departed) -> str:
    """One line without its line end; Decimal and dates survive exactly."""
    if isinstance(record, Departed):
        return f"{_DEPARTED}{record.model_dump_json()}}}"
    if isinstance(record, Finding):
        return f"{_UNREADABLE}{record.model_dump_json()}}}"
    return record.model_dump_json(exclude_defaults=True)


def split(lines: Iterable[str]) -> tuple[list[Product], list[Finding]]:
    """Products and findings of a batch, each in their order. Raises pydantic's ValidationError on a line that is neither."""
    products, findings = [], []
    for line in lines:
        if line.startswith(_UNREADABLE):
            findings.append(Finding.model_validate_json(line[len(_UNREADABLE) : -1]))
        else:
            products.append(Product.model_validate_json(line))
    return products, findings


def split_departed(lines: Iterable[str]) -> tuple[list[Departed], list[str]]:
    """Titles that are gone, and the other lines, each in their order."""
    departed, others = [], []
    for line in lines:
        if line.startswith(_DEPARTED):
            departed.append(Departed.model_validate_json(line[len(_DEPARTED) : -1]))
        else:
            others.append(line)
    return departed, others
