"""What the log of a task says, for people."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from colophon.errors.base import in_order
from colophon_airflow.operators.failure import IS_SUMMED

log = logging.getLogger(__name__)


@contextmanager
def group(title: str) -> Iterator[None]:
    """Lines that the log view folds."""
    log.info("::group::%s", title)
    try:
        yield
    finally:
        log.info("::endgroup::")


def in_words(value: object) -> str:
    """A value of a summary for people: counts by name as `3 confirmed, 1 failed`, what is deeper after its name."""
    if not isinstance(value, Mapping):
        return ", ".join(map(str, value)) if isinstance(value, list | tuple | set) else str(value)
    if not value:
        return "none"
    parts = [
        f"{name}: {in_words(part)}" if isinstance(part, Mapping) else f"{part} {str(name).replace('_', ' ')}"
        for name, part in value.items()
    ]
    return ("; " if any(isinstance(part, Mapping) for part in value.values()) else ", ").join(parts)


def summary(title: str, rows: Mapping[str, object], details: Iterable[str] = ()) -> None:
    """The one block that ends a task's log: counts by outcome, then the first refusals."""
    width = max((len(key) for key in rows), default=0)
    lines = [f"  {key:<{width}}  {in_words(value)}" for key, value in rows.items()] + [f"  - {line}" for line in details]
    log.info("%s\n%s", in_order(title), in_order("\n".join(lines)))
    IS_SUMMED.set(True)
