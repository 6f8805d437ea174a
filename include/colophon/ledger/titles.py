"""Titles as people search for them: by ISBN, or by words of title and contributors. Filled from the labels of deliveries."""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Column, Connection, Table, or_, select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from colophon.domain.delivery import ISBNS
from colophon.ledger.columns import ForeignString
from colophon.ledger.statements import insert_all
from colophon.ledger.store import Store
from colophon.ledger.tables import deliveries, metadata, of_place

titles = Table(
    "titles",
    metadata,
    Column("isbn", ForeignString(13), primary_key=True),
    Column("title", ForeignString(200), nullable=False),
    Column("contributors", ForeignString(300), nullable=False),
    Column("words", ForeignString(520), nullable=False),
)


class Title(NamedTuple):
    """One product as the desk lists it."""

    isbn: str
    title: str
    contributors: str


class Titles(Store):
    """The part of the ledger that a search talks to."""

    def find_titles(self, text: str, *, limit: int = 50, after: str = "") -> list[Title]:
        """Titles whose ISBN begins with the text, or which have all of its words; by ISBN, above `after`."""
        digits = text.replace("-", "").replace(" ", "")
        query = select(titles.c.isbn, titles.c.title, titles.c.contributors).where(titles.c.isbn > after)
        words = [titles.c.words.contains(word, autoescape=True) for word in words_of(text).split()]
        wanted = titles.c.isbn.startswith(digits, autoescape=True) if digits.isdecimal() else None
        for word in words:
            query = query.where(word if wanted is None else or_(wanted, word))
        with self.reading() as connection:
            return [Title(*row) for row in connection.execute(query.order_by(titles.c.isbn).limit(limit))]

    def title(self, isbn: str) -> Title | None:
        """The title of an ISBN; None where nothing was ever planned for it."""
        query = select(titles.c.isbn, titles.c.title, titles.c.contributors).where(titles.c.isbn == isbn)
        with self.reading() as connection:
            row = connection.execute(query).first()
        return Title(*row) if row else None

    def names(self, isbns: Sequence[str]) -> dict[str, str]:
        """The titles of some ISBNs, few enough for a page; those of which nothing was ever planned are absent."""
        query = select(titles.c.isbn, titles.c.title).where(titles.c.isbn.in_(isbns))
        with self.reading() as connection:
            return {row.isbn: row.title for row in connection.execute(query)}

    def naming(self, isbn: str, use_case: str, destinations: Sequence[str], *, limit: int = 50) -> list[Any]:
        """Deliveries whose label ISBNS names a product, newest change first; looks at all of these destinations, so that they must be small."""
        there = or_(*(of_place(use_case, destination) for destination in destinations))
        named = deliveries.c.labels[ISBNS].as_string().contains(isbn, autoescape=True)
        query = select(deliveries).where(there, named).order_by(deliveries.c.updated_at.desc(), deliveries.c.id.desc())
        with self.reading() as connection:
            return list(connection.execute(query.limit(limit)))


def know_titles(connection: Connection, labels: Sequence[Mapping[str, str]]) -> None:
    """Remember the titles that new deliveries are about; a newer name replaces an older one."""
    rows = {told["isbn"]: _row(told) for told in labels if told.get("isbn") and told.get("title")}
    if not rows:
        return
    made = (sqlite_insert if connection.dialect.name == "sqlite" else postgres_insert)(titles)
    new = made.excluded
    changed = {"title": new.title, "contributors": new.contributors, "words": new.words}
    insert_all(
        connection,
        made.on_conflict_do_update(
            index_elements=["isbn"], set_=changed, where=or_(titles.c.title != new.title, titles.c.contributors != new.contributors)
        ),
        sorted(rows.values(), key=lambda row: row["isbn"]),
    )


def words_of(text: str) -> str:
    """A text as it is searched: no case, no accents."""
    if text.isascii():
        return text.lower()[:520]
    spread = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in spread if not unicodedata.combining(letter))[:520]


def _row(told: Mapping[str, str]) -> dict[str, str]:
    title, contributors = told["title"][:200], told.get("contributors", "")[:300]
    return {"isbn": told["isbn"][:13], "title": title, "contributors": contributors, "words": words_of(f"{title} {contributors}".strip())}
