"""Small things worth remembering: watermarks, what an account can do, quality figures."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Text, cast, delete, select

from colophon.ledger.remembered import remember
from colophon.ledger.statements import among, chunks, insert_for
from colophon.ledger.store import Store
from colophon.ledger.tables import capabilities, quality, watermarks


class KeyValue(Store):
    """Watermarks, capabilities, quality figures."""

    def watermark(self, name: str) -> datetime | None:
        """Up to when a source has been read, None: never."""
        with self.begin() as connection:
            return connection.scalar(select(watermarks.c.moment).where(watermarks.c.name == name))

    def set_watermark(self, name: str, moment: datetime) -> None:
        """Move a watermark forward; it never moves back."""
        with self.begin() as connection:
            made = insert_for(connection)(watermarks).values(name=name, moment=moment)
            connection.execute(
                made.on_conflict_do_update(index_elements=["name"], set_={"moment": moment}, where=watermarks.c.moment < moment)
            )

    def get(self, connection: str) -> tuple[Mapping[str, Any], datetime] | None:
        """What was found out about a connection's account, and when."""
        with self.reading() as database:
            row = database.execute(select(capabilities).where(capabilities.c.connection == connection)).first()
        return (row.value, row.checked_at) if row else None

    def put(self, connection: str, value: Mapping[str, Any], checked_at: datetime) -> None:
        """Remember what was found out about a connection's account; never a key."""
        with self.begin() as database:
            remember(database, connection, value, checked_at)

    def put_first(self, name: str, value: Mapping[str, Any], at: datetime, *, again_after: timedelta) -> bool:
        """Remember something unless it was remembered less than so long ago. Whether this call did, of many at the same moment one."""
        with self.begin() as database:
            row = insert_for(database)(capabilities).values(connection=name, value=dict(value), checked_at=at)
            fresh = row.on_conflict_do_update(
                index_elements=["connection"],
                set_={"value": dict(value), "checked_at": at},
                where=capabilities.c.checked_at <= at - again_after,
            )
            return database.execute(fresh.returning(capabilities.c.connection)).first() is not None

    def forget(self, prefix: str, before: datetime) -> None:
        """Forget what was remembered before a moment under names that begin so."""
        named = capabilities.c.connection.startswith(prefix, autoescape=True)
        with self.begin() as database:
            database.execute(delete(capabilities).where(named, capabilities.c.checked_at < before))

    def get_each(self, prefix: str) -> list[Mapping[str, Any]]:
        """What was remembered under all names that begin so, in the order of the names."""
        named = capabilities.c.connection.startswith(prefix, autoescape=True)
        with self.reading() as database:
            texts = database.scalars(select(cast(capabilities.c.value, Text)).where(named).order_by(capabilities.c.connection))
            values: list[Mapping[str, Any]] = json.loads(f"[{','.join(texts)}]")  # at once: thousands by themselves take twice as long
            return values

    def newest(self, prefix: str, *, since: datetime | None = None, limit: int | None = None, **members: str) -> list[Mapping[str, Any]]:
        """What was remembered last under all names that begin so, newest first; since a moment, and with these members, where given."""
        kept = capabilities.c
        where = [kept.connection.startswith(prefix, autoescape=True), *([kept.checked_at >= since] if since else [])]
        where += [kept.value[name].as_string() == value for name, value in members.items()]
        with self.reading() as database:
            return list(database.scalars(select(kept.value).where(*where).order_by(kept.checked_at.desc()).limit(limit)))

    def named(self, prefix: str) -> dict[str, Mapping[str, Any]]:
        """What was remembered, by name, under all names that begin so."""
        where = capabilities.c.connection.startswith(prefix, autoescape=True)
        with self.reading() as database:
            rows = database.execute(
                select(capabilities.c.connection, capabilities.c.value).where(where).order_by(capabilities.c.connection)
            )
            return {row.connection: row.value for row in rows}

    def staged(self) -> set[str]:
        """Addresses of staged files that anything remembered names: these are needed still."""
        names_one = cast(capabilities.c.value, Text).contains('"uri"')
        with self.reading() as database:
            return {uri for value in database.scalars(select(capabilities.c.value).where(names_one)) for uri in _uris(value)}

    def put_each(self, values: Mapping[str, Mapping[str, Any]], at: datetime, *, instead_of: Collection[str] = ()) -> None:
        """Remember many things at once. What these other names stand for is forgotten, unless it was remembered later."""
        with self.begin() as database:
            for chunk in chunks(sorted({*instead_of} - {*values})):
                named = among(database, capabilities.c.connection, chunk)
                database.execute(delete(capabilities).where(named, capabilities.c.checked_at <= at))
            made = insert_for(database)(capabilities)
            newer = made.on_conflict_do_update(
                index_elements=["connection"],
                set_={"value": made.excluded.value, "checked_at": made.excluded.checked_at},
                where=capabilities.c.checked_at <= made.excluded.checked_at,
            )
            if values:
                rows = [{"connection": name, "value": dict(value), "checked_at": at} for name, value in sorted(values.items())]
                database.execute(newer, rows)

    def record_quality(self, rows: Sequence[Mapping[str, Any]], *, as_of: datetime) -> None:
        """Quality figures (week, imprint, figure, met, of); a figure of a week is replaced, never added to."""
        with self.begin() as connection:
            for row in rows:
                made = insert_for(connection)(quality).values(**row, as_of=as_of)
                connection.execute(
                    made.on_conflict_do_update(
                        index_elements=["week", "imprint", "figure"],
                        set_={"met": row["met"], "of": row["of"], "as_of": as_of},
                        where=quality.c.as_of <= as_of,
                    )
                )


def _uris(value: Any) -> Iterator[str]:
    """What stands under `uri`, however deep."""
    if isinstance(value, Mapping):
        yield from (str(part) for name, part in value.items() if name == "uri")
        value = list(value.values())
    for part in value if isinstance(value, list) else ():
        yield from _uris(part)
