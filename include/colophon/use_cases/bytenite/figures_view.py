"""What the desk shows of the star: figures around the day of publication, by channel and country, of titles or imprints side by side."""

# ruff: noqa: S608 - names of columns are ours, and paths those of our own scratch folder; what people choose is a parameter

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from colophon.staging import Staging
from colophon.use_cases.bytenite.figures import Star, open_star

BEFORE, AFTER = 28, 84
"""So many days around publication are shown (weeks -4 to +12)."""
FEW = 10
"""Below so many titles an average says nothing about formats or segments."""
MOST_COUNTRIES = 25


class Side(NamedTuple):
    """One title's or imprint's figures: views by channel and day (None: a gap), views, completions and titles in all, by country and kind."""

    name: str
    titles: int
    views: int
    completions: int
    daily: Mapping[str, Sequence[int | None]]
    weekly: Sequence[tuple[int, int | None, int | None]]
    countries: Sequence[tuple[str, int, int]]
    kinds: Sequence[tuple[str, int, int]]
    gaps: Sequence[date]

    def is_gap(self, place: int) -> bool:
        """Whether a week without figures lies between weeks with some."""
        told = [week for week, (_, views, _) in enumerate(self.weekly) if views is not None]
        return bool(told) and told[0] < place < told[-1] and place not in told


class Groups(NamedTuple):
    """Titles by format or segment: name, titles, views, completions."""

    by_format: Sequence[tuple[str, int, int, int]]
    by_segment: Sequence[tuple[str, int, int, int]]


class Comparison(NamedTuple):
    """What the page shows. `names`: what can be chosen; `days`: around publication, 0 is the day itself."""

    sides: Sequence[Side]
    names: Sequence[str]
    channels: Sequence[str]
    countries: Sequence[str]
    days: Sequence[int]
    groups: Groups
    unnamed: int

    @property
    def told_weeks(self) -> range:
        """Places of the weeks from the first to the last of which something is told of some side."""
        places = [place for side in self.sides for place, (_, views, _) in enumerate(side.weekly) if views is not None]
        return range(min(places), max(places) + 1) if places else range(0)


def compare(staging: Staging, choices: Sequence[str] = (), channel: str = "", country: str = "") -> Comparison | None:
    """Titles (`title:Sea Room (9)`) or imprints (`imprint:Northlight`) side by side; without a choice all titles. None: no figures yet.

    With a country only that country's figures are counted, of all channels.
    """
    with open_star(staging) as star:
        files = {name: star.fetch(name) for name in ("by_day", "by_country", "titles")}
        if None in files.values():
            return None
        for name, path in files.items():
            star.engine.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{path}')")
        rows = star.engine.execute(
            "SELECT work_id, title, imprint FROM titles WHERE work_id IN (SELECT work_id FROM by_day) ORDER BY title, work_id"
        ).fetchall()
        named: dict[str, list[int]] = {}
        for work, title, imprint in rows:
            named.setdefault(f"imprint:{imprint or 'no imprint'}", []).append(work)
            named[f"title:{title} ({work})"] = [work]
        chosen = [choice for choice in choices if choice in named] or [""]
        everything = [work for work, _, _ in rows]
        sides = [_side(star, choice, named.get(choice, everything), channel, country) for choice in chosen]
        return Comparison(
            sides, sorted(named), _column(star, "by_day", "channel"), _column(star, "by_country", "country"), range(-BEFORE, AFTER + 1),
            _groups(star), _unnamed(star),
        )  # fmt: skip


def _side(star: Star, name: str, works: Sequence[int], channel: str, country: str) -> Side:
    """Of one country the days of all channels, else of each channel, or of one."""
    scope = f"work_id IN ({', '.join(map(str, works)) or 'NULL'})"
    table, what, chosen = ("by_country", "'all channels'", "country") if country else ("by_day", "channel", "channel")
    wanted, given = (f"{chosen} = $choice", {"choice": country or channel}) if country or channel else ("true", None)
    days = star.engine.execute(
        f"SELECT {what}, day - published AS place, sum(views)::BIGINT, sum(completions)::BIGINT FROM {table} JOIN titles USING (work_id)"
        f" WHERE {scope} AND {wanted} AND day - published BETWEEN {-BEFORE} AND {AFTER} GROUP BY ALL ORDER BY ALL",
        given,
    ).fetchall()
    daily: dict[str, list[int | None]] = {}
    weeks: dict[int, tuple[int, int]] = {}
    for where, place, views, completions in days:
        daily.setdefault(where, [None] * (BEFORE + AFTER + 1))[place + BEFORE] = views
        before = weeks.get(place // 7, (0, 0))
        weeks[place // 7] = before[0] + views, before[1] + completions
    weekly = [(place, *weeks.get(place, (None, None))) for place in range(-BEFORE // 7, AFTER // 7 + 1)]
    total = star.engine.execute(
        f"SELECT coalesce(sum(views), 0)::BIGINT, coalesce(sum(completions), 0)::BIGINT FROM {table} WHERE {scope} AND {wanted}", given
    ).fetchone() or (0, 0)
    # Kinds are kept of all countries, countries of all channels: beside a choice of the other they would be of something else.
    kinds = [] if country else _sums(star, "by_day", "coalesce(kind, 'OTHER')", f"{scope} AND {wanted}", given)
    countries = (
        []
        if channel and not country
        else _sums(star, "by_country", "country", f"{scope} AND {'true' if not country else wanted}", given if country else None)
    )
    return Side(
        name.partition(":")[2] or "All titles",
        len(works),
        total[0],
        total[1],
        daily,
        weekly,
        countries[:MOST_COUNTRIES],
        kinds,
        _gaps(star),
    )


def _sums(star: Star, table: str, column: str, where: str, given: Mapping[str, str] | None) -> list[tuple[str, int, int]]:
    """Views and completions by a column, most seen first."""
    query = f"SELECT {column} AS name, sum(views)::BIGINT AS seen, sum(completions)::BIGINT FROM {table} WHERE {where} GROUP BY ALL ORDER BY seen DESC, name"
    return star.engine.execute(query, given).fetchall()


def _gaps(star: Star) -> list[date]:
    """Days between the first and the last with figures of which the library told nothing."""
    told = {day for (day,) in star.engine.execute("SELECT DISTINCT day FROM by_day").fetchall()}
    if not told:
        return []
    first, last = min(told), max(told)
    return [day for n in range((last - first).days) if (day := first + timedelta(days=n)) not in told]


def _groups(star: Star) -> Groups:
    def by(column: str) -> list[tuple[Any, ...]]:
        query = f"SELECT coalesce(nullif({column}, ''), 'not known'), count(DISTINCT work_id), sum(views)::BIGINT, sum(completions)::BIGINT FROM by_day JOIN titles USING (work_id) GROUP BY ALL ORDER BY 1"
        return star.engine.execute(query).fetchall()

    return Groups(by("format"), by("segment"))


def _unnamed(star: Star) -> int:
    """Views of nobody's videos, which are in the sums of the library and of no title."""
    row = star.engine.execute("SELECT coalesce(sum(views), 0)::BIGINT FROM by_day WHERE work_id IS NULL").fetchone()
    return int(row[0]) if row else 0


def _column(star: Star, name: str, column: str) -> list[str]:
    return [value for (value,) in star.engine.execute(f"SELECT DISTINCT {column} FROM {name} ORDER BY 1").fetchall()]
