"""Figures of videos as a star of Parquet files in staging, for our own pages and for others' tools.

days/2026-05-01.parquet   facts: day, video_id, channel, country and figures, as the library last told them; what it took back is 0
videos.parquet            video_id, external_id, kind, title, seconds, campaign; videos that are gone stay
titles.parquet            work_id, title, imprint, format, segment, published
shares.parquet            video_id, work_id, weight: how a video's figures are shared among its titles
by_day.parquet            work_id, kind, channel, day and sums: all countries
by_country.parquet        work_id, country, day and sums: all kinds and channels

Figures are whole numbers and are shared by largest remainder, so that the titles' shares of a row add up to the row. Uniques never add
over days or channels, and stand in the facts alone. A day of a channel without any row is a gap, and no row says 0 for it.
"""

# ruff: noqa: S608 - names of columns are ours, and paths those of our own scratch folder; what people choose is a parameter

import csv
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from colophon.staging import Staging
from colophon.systems.bytenite.records import DailyRow
from colophon.use_cases.bytenite.figures_shares import KEY, METRICS, shared_rows

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ROOT = "video-performance"
SUMS = tuple(name for name in METRICS if name != "unique_viewers")
SPOOLED = (*KEY, *METRICS, "revision", "final")
_TYPES = {"day": "DATE", "video_id": "VARCHAR", "channel": "VARCHAR", "country": "VARCHAR", **dict.fromkeys(METRICS, "BIGINT"), "revision": "BIGINT", "final": "BOOLEAN"}  # fmt: skip
VIDEOS = "(video_id VARCHAR, external_id VARCHAR, kind VARCHAR, title VARCHAR, seconds BIGINT, campaign VARCHAR)"
TITLES = "(work_id BIGINT, title VARCHAR, imprint VARCHAR, format VARCHAR, segment VARCHAR, published DATE)"
SHARES = "(video_id VARCHAR, work_id BIGINT, weight BIGINT)"
MEMORY = "350MB"
MOST = 10**12
"""More than anybody counts of a video on one day: a larger figure is a fault, and sums of smaller ones fit into 64 bits."""
UNKNOWN = "ZZ"
"""The country of whoever was seen nowhere in particular, in the library's word for it."""


class Told(NamedTuple):
    """What a reading told of some days, and what is odd about it.

    `views`: by day, as the library told them. `gaps`: days of which it told nothing. `odd`: what is wrong, by video.
    """

    views: dict[str, int]
    gaps: list[str]
    odd: list[tuple[str, str]]


class Star:
    """The files, and DuckDB over copies of them in a folder of its own."""

    def __init__(self, staging: Staging, scratch: Path, engine: "DuckDBPyConnection") -> None:
        self.staging, self.scratch, self.engine, self.total = staging, scratch, engine, 0

    def fetch(self, name: str) -> Path | None:
        """A file as a local one; None where there is none yet."""
        path = self.scratch / name.replace("/", "-")
        if not path.exists():
            content = self.staging.kept(f"{ROOT}/{name}.parquet")
            if content is None:
                return None
            path.write_bytes(content)
        return path

    def keep(self, name: str, query: str) -> None:
        """The rows of a query as a file, in the place of the one that was there."""
        path = self.scratch / f"new-{name.replace('/', '-')}"
        self.engine.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")
        with path.open("rb") as file:
            self.staging.write_bytes(f"{ROOT}/{name}.parquet", iter(lambda: file.read(1 << 20), b""))
        path.replace(self.scratch / name.replace("/", "-"))

    def take(self, days: Sequence[date], rows: Iterable[DailyRow]) -> Told:
        """Days as the library tells them now, in the place of what it told before; see the module."""
        key, odd = ", ".join(KEY), self._spool(rows)
        twice = f"SELECT video_id FROM told GROUP BY {key}, revision HAVING count(DISTINCT ({', '.join(METRICS)})) > 1"
        self.engine.execute(
            f"CREATE OR REPLACE TABLE fresh AS SELECT * EXCLUDE (place) FROM told QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY views IS NULL, revision DESC, place DESC) = 1;"
            f"CREATE OR REPLACE TABLE left_out AS SELECT {key} FROM fresh WHERE views IS NULL; DELETE FROM fresh WHERE views IS NULL"
        )
        known = ", ".join(f"'{path}'" for day in set(days) if odd and (path := self.fetch(f"days/{day}")))
        if known:  # what was told of a row before stays, where it is left out now
            self.engine.execute(
                f"INSERT INTO fresh SELECT {', '.join(SPOOLED)} FROM read_parquet([{known}]) SEMI JOIN left_out USING ({key})"
            )
        for query, problem in (
            (f"({twice})", "a row twice, with other figures"),
            ("fresh WHERE completions > views", "more completions than views"),
            (f"fresh WHERE {' OR '.join(f'{name} < 0' for name in METRICS)}", "figures below 0"),
        ):
            odd += [(video, problem) for (video,) in self._rows(f"SELECT DISTINCT video_id FROM {query}")]
        views = {f"{day:%Y-%m-%d}": int(total) for day, total in self._rows("SELECT day, sum(views) FROM fresh GROUP BY day")}
        gaps = []
        for day in sorted(set(days)):
            before = self.fetch(f"days/{day}")
            if f"{day}" not in views:
                gaps.append(f"{day}")
                continue
            fresh = f"SELECT {', '.join(SPOOLED)} FROM fresh WHERE day = '{day}'"
            if before is not None:
                odd += self._changed_finals(before, day)
                zeros = ", ".join(f"0::BIGINT AS {name}" for name in METRICS)
                gone = f"SELECT {key}, {zeros}, revision, false AS final FROM read_parquet('{before}') old ANTI JOIN (SELECT * FROM fresh WHERE day = '{day}') USING ({key})"
                fresh = f"{fresh} UNION ALL {gone}"
            self.keep(f"days/{day}", f"SELECT * FROM ({fresh}) ORDER BY video_id, channel, country")
        return Told(views, gaps, sorted(set(odd)))

    def _spool(self, rows: Iterable[DailyRow]) -> list[tuple[str, str]]:
        """Rows as the table `told`; those with a figure that cannot be have none, and are returned by their video."""
        spool, impossible = self.scratch / "spool.csv", list[tuple[str, str]]()
        with spool.open("w", newline="") as file:
            out = csv.writer(file)
            for row in rows:
                named, figures = (row.day, row.video_id, row.channel, row.country_code or UNKNOWN), [getattr(row, name) for name in METRICS]
                if max(map(abs, (*figures, row.revision))) <= MOST:
                    out.writerow([*named, *figures, row.revision, row.final])
                else:
                    out.writerow([*named, *[""] * len(METRICS), 0, row.final])
                    impossible.append((row.video_id, f"a figure above {MOST:,} on {row.day}, {row.channel}, {named[-1]}: left out"))
        columns = ", ".join(f"'{name}': '{kind}'" for name, kind in _TYPES.items())
        self.engine.execute(
            f"CREATE OR REPLACE TABLE told AS SELECT *, row_number() OVER () AS place FROM read_csv('{spool}', header=false, auto_detect=false, delim=',', quote='\"', columns={{{columns}}}, force_not_null=['video_id', 'channel', 'country'])"
        )
        return impossible

    def _changed_finals(self, before: Path, day: date) -> list[tuple[str, str]]:
        differs = " OR ".join(f"old.{name} <> fresh.{name}" for name in METRICS)
        query = f"SELECT DISTINCT old.video_id FROM read_parquet('{before}') old JOIN fresh USING ({', '.join(KEY)}) WHERE old.final AND ({differs})"
        return [(video, f"figures of {day} changed after they were final") for (video,) in self._rows(query)]

    def describe(self, name: str, columns: str, rows: Iterable[Sequence[Any]], *, keeps: str = "") -> None:
        """A dimension. `keeps`: by which column rows that are not told any more stay as they were."""
        self.engine.execute(f"CREATE OR REPLACE TABLE new_rows {columns}")
        listed = [list(row) for row in rows]
        if listed:
            self.engine.executemany(f"INSERT INTO new_rows VALUES ({', '.join('?' * len(listed[0]))})", listed)
        before = self.fetch(name) if keeps else None
        old = f" UNION ALL SELECT old.* FROM read_parquet('{before}') old ANTI JOIN new_rows USING ({keeps})" if before else ""
        self.keep(name, f"SELECT * FROM new_rows{old}")

    def shared(self, days: Sequence[str]) -> str:
        """A query of the facts of some days, each row shared among the titles of its video; `work_id` is NULL for nobody's video."""
        paths = ", ".join(f"'{path}'" for day in days if (path := self.fetch(f"days/{day}")))
        return shared_rows(f"read_parquet([{paths}])", f"read_parquet('{self.fetch('shares')}')")

    def rows_to_tell(
        self, day: str, campaigns: Mapping[str, str | None]
    ) -> Iterator[tuple[tuple[str, str, str], tuple[dict[str, Any], ...]]]:
        """The rows of a day that are of a title, as Consonance takes them, by (video, day, channel)."""
        if self.fetch(f"days/{day}") is None:
            return
        names = ("views", "uniqueViewers", "completions", "watchSeconds", "clicks", "shares")
        query = f"SELECT video_id, channel, work_id, country, {', '.join(METRICS)} FROM ({self.shared([day])}) WHERE work_id IS NOT NULL ORDER BY ALL"
        for (video, channel), rows in groupby(self._rows(query), key=itemgetter(0, 1)):
            more = {"campaign": campaigns[video]} if campaigns.get(video) else {}
            told = (
                {
                    "workId": work,
                    "videoId": video,
                    "channel": channel,
                    "countryCode": country,
                    "day": day,
                    **dict(zip(names, figures, strict=True)),
                    **more,
                }
                for _, _, work, country, *figures in rows
            )
            yield (video, day, channel), tuple(told)

    def nobodys(self, days: Sequence[str]) -> list[str]:
        """Videos with figures on some days that are of no title."""
        told = [day for day in days if self.fetch(f"days/{day}")]
        if not told:
            return []
        rows = self._rows(f"SELECT DISTINCT video_id FROM ({self.shared(told)}) WHERE work_id IS NULL ORDER BY 1")
        return [video for (video,) in rows]

    def sum_up(self, days: Sequence[str]) -> int:
        """Make the sums of some days; how many views they are. `total` is what the facts themselves say."""
        told = [day for day in days if self.fetch(f"days/{day}")]
        if not told:
            return 0
        paths = ", ".join(f"'{self.fetch(f'days/{day}')}'" for day in told)
        self.total = int(self._rows(f"SELECT coalesce(sum(views), 0) FROM read_parquet([{paths}])")[0][0])
        sums = ", ".join(f"sum({name})::BIGINT AS {name}" for name in SUMS)
        videos = f"read_parquet('{self.fetch('videos')}')"
        cubes = {
            "by_day": f"SELECT work_id, kind, channel, day, {sums} FROM shared LEFT JOIN {videos} USING (video_id) GROUP BY ALL",
            "by_country": f"SELECT work_id, country, day, {sums} FROM shared GROUP BY ALL",
        }
        for number, day in enumerate(told):  # a day is small; all days at once would be sorted on disk
            self.engine.execute(f"CREATE OR REPLACE TABLE shared AS {self.shared([day])}")
            for name, query in cubes.items():
                self.engine.execute(f"COPY ({query}) TO '{self.scratch}/{name}-{number}.parquet' (FORMAT parquet)")
        for name in cubes:
            self.keep(name, f"SELECT * FROM read_parquet('{self.scratch}/{name}-*.parquet')")
        return int(self._rows(f"SELECT coalesce(sum(views), 0) FROM read_parquet('{self.fetch('by_day')}')")[0][0])

    def told(self, day: str) -> int | None:
        """The views of a day in the facts; None where it is a gap."""
        path = self.fetch(f"days/{day}")
        return None if path is None else int(self._rows(f"SELECT coalesce(sum(views), 0) FROM read_parquet('{path}')")[0][0])

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.engine.execute(query).fetchall()


@contextmanager
def open_star(staging: Staging) -> Iterator[Star]:
    """The star, in memory of some hundred megabytes and files that are gone afterwards."""
    import duckdb

    with tempfile.TemporaryDirectory() as folder:
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": MEMORY, "threads": 2, "temp_directory": folder, "preserve_insertion_order": False,
            "autoinstall_known_extensions": False, "autoload_known_extensions": False,
        }  # fmt: skip
        with duckdb.connect(config=config) as engine:
            yield Star(staging, Path(folder), engine)
