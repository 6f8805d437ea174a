"""The quality figures that the trade's schemes ask for, by imprint and week: how complete a publisher's data is, in time.

Which titles need which fields, and what share is wanted, is data (`config/schemes`). Whether a title was complete in time is judged
by what had been sent by then, and not by the record as it is today. Beside each figure stands what keeps titles from it: how many
have each of its fields, and how many lack that one alone, which is the least work.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import NamedTuple

from colophon.domain.product import Product
from colophon.onix.fields import FIELDS
from colophon.onix.tags import short_names
from colophon.quality.schemes import Criterion, Scheme

AVAILABLE = frozenset({"20", "21", "22", "23"})
BASIC = ("isbn", "title", "contributor", "form", "subject", "imprint", "date", "price", "text", "cover", "rights")
"""BIC Basic."""
FIELD, ALONE = ":", "!"
"""Between a figure and a field: how many titles have the field; how many lack nothing else."""


class Figure(NamedTuple):
    """So many of so many products of an imprint met a figure in an ISO week such as 2026-W18."""

    week: str
    imprint: str
    figure: str
    met: int
    of: int


def figures(
    products: Iterable[Product], on: date, schemes: Iterable[Scheme], sent: Mapping[tuple[str, datetime], Sequence[bytes]]
) -> list[Figure]:
    """Figures of a batch, judged on a day. Figures of batches add up to those of the whole (`merge`).

    :param sent: records that had been sent before a moment, by subject and moment, as `moments` asks for them.
    """
    year, week, _ = on.isocalendar()
    label, criteria = f"{year}-W{week:02d}", criteria_of(schemes, on)
    found = []
    for product in products:
        for criterion in criteria:
            if _is_asked(product, criterion, on):
                left = _left(product, criterion, sent)
                found += [Figure(label, product.imprint or "", name, int(met), 1) for name, met in _parts(criterion, left)]
    return merge(found)


def moments(products: Iterable[Product], on: date, schemes: Iterable[Scheme]) -> set[tuple[str, datetime]]:
    """(subject, moment) of everything of which it must be known what had been sent before that moment."""
    criteria = [criterion for criterion in criteria_of(schemes, on) if criterion.titles == "new"]
    return {(p.subject, _deadline(p, criterion)) for p in products for criterion in criteria if _is_asked(p, criterion, on)}


def criteria_of(schemes: Iterable[Scheme], on: date) -> list[Criterion]:
    """Criteria of the schemes that hold on a day."""
    return [criterion for scheme in schemes if scheme.holds(on) for criterion in scheme.criteria]


def merge(parts: Iterable[Figure]) -> list[Figure]:
    """Sum of figures of the same week, imprint and name; the order of the parts does not matter."""
    met: Counter[tuple[str, str, str]] = Counter()
    of: Counter[tuple[str, str, str]] = Counter()
    for part in parts:
        key = part[:3]
        met[key] += part.met
        of[key] += part.of
    return [Figure(*key, met[key], of[key]) for key in sorted(of)]


def is_complete(product: Product) -> bool:
    """Whether a product has what BIC Basic asks for."""
    return not lacking(product, BASIC)


def _is_asked(product: Product, criterion: Criterion, on: date) -> bool:
    published = product.publication_on
    if criterion.titles == "available":
        return product.availability in AVAILABLE
    if published is None:
        return False
    if criterion.titles == "published":
        return published <= on
    if criterion.titles == "window":
        return abs(published - on) <= timedelta(days=criterion.days)
    return on <= published <= on + timedelta(weeks=criterion.weeks)


def _deadline(product: Product, criterion: Criterion) -> datetime:
    """The end of the day on which a title that is published later had to be complete."""
    published = product.publication_on or date.max
    return datetime.combine(published - timedelta(weeks=criterion.weeks) + timedelta(days=1), time.min, UTC)


def _left(product: Product, criterion: Criterion, sent: Mapping[tuple[str, datetime], Sequence[bytes]]) -> list[str]:
    """Fields that the title lacks; of what went to several recipients the fullest counts."""
    if criterion.titles != "new":
        return lacking(product, criterion.fields)
    records = sent.get((product.subject, _deadline(product, criterion)), ())
    return min((lacking_in(record, criterion.fields) for record in records), key=len, default=list(criterion.fields))


def _parts(criterion: Criterion, left: Sequence[str]) -> Iterable[tuple[str, bool]]:
    yield criterion.id, not left
    for field in criterion.fields:
        yield f"{criterion.id}{FIELD}{field}", field not in left
        yield f"{criterion.id}{ALONE}{field}", list(left) == [field]


def lacking(product: Product, fields: Collection[str]) -> list[str]:
    """The fields that a product has not, as it is now."""
    return [name for name in fields if not FIELDS[name].of_product(product)]


def lacking_in(content: bytes, fields: Collection[str]) -> list[str]:
    """The fields that a written record, by reference or short tags, has not.

    It is asked by its bytes, so that a record of years ago is judged without reading it into anything.
    """
    return [name for name in fields if not any(mark.search(content) for mark in _marks(name))]


@cache
def _marks(name: str) -> tuple[re.Pattern[bytes], ...]:
    made = []
    for mark in FIELDS[name].marks:
        element, _, value = mark.partition("=")
        for tag in {element, short_names("3.1").get(element, element)}:
            inside = rf"\s*{re.escape(value)}\s*</" if value else ""
            made.append(re.compile(rf"<{re.escape(tag)}(?:\s[^>]*)?/?>{inside}".encode()))
    return tuple(made)
