"""How the ledger keeps text from other systems, and moments: the same on both databases."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, DateTime, String, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from colophon.domain.storable import shortened, storable


class ForeignString(TypeDecorator[str]):
    """Text that may come from elsewhere. What no database keeps (NUL, half a surrogate pair) goes in, and is asked for, as U+FFFD,

    and what is longer than its column by its beginning and a hash: SQLite would keep all of it, and PostgreSQL nothing.
    """

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        """On the way in."""
        return None if value is None else self.kept(value)

    def kept(self, value: str) -> str:
        """What stands in the column for a text."""
        return shortened(storable(value), getattr(self.impl, "length", None))


class ForeignText(ForeignString):
    """As ForeignString, of any length."""

    impl = Text
    cache_ok = True


def kept(column: ColumnElement[Any], text: str) -> str:
    """What stands in a column for a text: what is known is compared with it."""
    return column.type.kept(text) if isinstance(column.type, ForeignString) else text


class UtcTime(TypeDecorator[datetime]):
    """An aware moment; a naive one is a mistake and is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC on the way in."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Aware UTC on the way out."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
