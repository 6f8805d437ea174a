"""Who gets a campaign's letter, and why somebody does not: in DuckDB, so that a million readers take no more memory than a thousand.

select(engine, house)           # every reader whom a campaign means, with one reason or none
counts(engine)                  # letters by channel and country, and what was kept back by reason

A person is one e-mail address, whatever its case, else one reader; it is known by a hash of the address, also when the list calls it by another
id. Objections are the person's, and so are caps; consent is the row's.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from colophon.config.campaigns import Campaign, ReaderCampaigns

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_SQL = dict(part.split("\n", 1) for part in Path(__file__).with_suffix(".sql").read_text(encoding="utf-8").split("\n-- name: ")[1:])
"""Statements by name."""
_RULE_COLUMNS = "country VARCHAR, mail VARCHAR, implied_days INTEGER, age INTEGER, line_length INTEGER, law_first INTEGER, law_last INTEGER"
_SEGMENT = {
    "clubs": "EXISTS (FROM member AS m WHERE m.reader_id = r.reader_id AND list_contains($clubs, m.club))",
    "genre_clubs": "EXISTS (FROM member AS m JOIN fits AS f USING (club) WHERE m.reader_id = r.reader_id AND f.what = t.what)",
    "bought": "EXISTS (FROM orders AS o WHERE o.reader_id = r.reader_id AND list_contains($bought, o.isbn))",
    "bought_genres": "EXISTS (FROM orders AS o JOIN genre AS g USING (isbn) WHERE o.reader_id = r.reader_id"
    " AND list_bool_or(list_transform($bought_genres, lambda c: starts_with(g.code, c))))",
    "countries": "list_contains($countries, r.country)",
    "languages": "list_contains($languages, r.language)",
}  # fmt: skip
AT_ONCE = 2000


class Picked(NamedTuple):
    """A reader who gets a letter of a campaign, with all that it says of them; `what` is a work, an order or a club. Personal."""

    campaign: str
    key: str
    reader_id: str
    what: str
    imprint: str
    ends_on: date | None
    detail: str | None
    offer: str | None
    channel: str
    country: str
    language: str | None
    name: str | None
    email: str | None
    line1: str | None
    line2: str | None
    city: str | None
    postcode: str | None
    consent: str | None
    consent_on: date | None
    consent_source: str | None
    consent_wording: str | None
    source_row: int
    mail_rule: str | None
    person: str

    @property
    def subject(self) -> str:
        """How the ledger names the letter."""
        return f"{self.key}/reader:{self.reader_id}"


@dataclass(slots=True)
class Counts:
    """What became of a campaign's readers: `meant` = letters + all that was kept back."""

    meant: int = 0
    letters: int = 0
    channels: Counter[str] = field(default_factory=Counter)
    countries: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)


def judge_readers(engine: "DuckDBPyConnection", rules: ReaderCampaigns, today: date) -> None:
    """Of each reader: who it is, whether advertising may go, by what, and where there is an address. `told` has to be there."""
    countries = [country for (country,) in engine.execute("SELECT DISTINCT coalesce(country, '') FROM readers ORDER BY 1").fetchall()]
    engine.execute(f"CREATE OR REPLACE TABLE rule ({_RULE_COLUMNS})")
    if countries:
        engine.executemany("INSERT INTO rule VALUES (?, ?, ?, ?, ?, ?, ?)", [_rule(country, rules) for country in countries])
    engine.execute(_SQL["may_go"])
    engine.execute(_SQL["reader"], {"today": today, "has_unsubscribe": bool(rules.unsubscribe_url)})
    engine.execute(_SQL["member"], {"today": today})
    engine.execute(_SQL["candidate"])


def add_candidates(engine: "DuckDBPyConnection", campaign: Campaign, today: date) -> None:
    """Whoever a campaign means. Of a title: those that the table `title` has for it."""
    lines = {name: getattr(campaign.segment, name) for name in _SEGMENT if getattr(campaign.segment, name)}
    segment = " AND ".join(_SEGMENT[name] for name in lines) or "true"
    values: dict[str, Any] = {"campaign": campaign.id} | {name: list(value) for name, value in lines.items() if name != "genre_clubs"}
    match campaign.kind:
        case "renewal":
            query, values = _SQL["renewal"], {**values, "today": today, "steps": list(campaign.before)}
        case "order":
            query, values = _SQL["order"], {**values, "today": today, "days": campaign.days}
        case _:
            query, values = _SQL["title"], {**values, "kind": campaign.kind}
    engine.execute(query.replace("{segment}", segment), values)


def missed_windows(engine: "DuckDBPyConnection", today: date) -> list[tuple[str, date, str, int]]:
    """Subscriptions whose end the law wanted told by now and nobody was: id, end, country, and the last day before it."""
    return engine.execute(_SQL["missed"], {"today": today}).fetchall()


def select(engine: "DuckDBPyConnection", rules: ReaderCampaigns, today: date) -> None:
    """One verdict on each candidate. The tables `campaign`, `sold`, `allowed` and `words` have to be there."""
    engine.execute(_SQL["verdict"], {"today": today, "print_days": rules.print_days, "week": rules.week})


def counts(engine: "DuckDBPyConnection") -> dict[str, Counts]:
    """By campaign."""
    found: dict[str, Counts] = defaultdict(Counts)
    query = "SELECT campaign, coalesce(reason, ''), channel, coalesce(country, '?'), count(*) FROM verdict GROUP BY ALL ORDER BY ALL"
    for campaign, reason, channel, country, number in engine.execute(query).fetchall():
        of = found[campaign]
        of.meant += number
        if reason:
            of.reasons[reason] += number
        else:
            of.letters += number
            of.channels[channel] += number
            of.countries[country] += number
    return found


def letters(engine: "DuckDBPyConnection", campaigns: Collection[str]) -> Iterator[list[Picked]]:
    """Those who get one, so many at once."""
    rows = engine.cursor().execute(_SQL["letters"], {"campaigns": list(campaigns)})
    while chunk := rows.fetchmany(AT_ONCE):
        yield [Picked(*row) for row in chunk]


def unwanted(engine: "DuckDBPyConnection", places: Collection[str]) -> list[tuple[str, str]]:
    """What waits at some destinations and is not wanted any more: destination and subject."""
    return engine.execute(_SQL["unwanted"], {"places": list(places)}).fetchall()


def unreached(engine: "DuckDBPyConnection") -> list[tuple[str, str]]:
    """Campaign and reader of what is no advertising and can be brought to nobody."""
    query = "SELECT DISTINCT campaign, reader_id FROM verdict WHERE NOT adv AND reason = 'no address' ORDER BY ALL"
    return engine.execute(query).fetchall()


def strangers(engine: "DuckDBPyConnection", campaign: Campaign, today: date) -> list[tuple[str, str]]:
    """Campaign and reader of orders, or of subscriptions that end, of whom no list of readers tells."""
    orders, ends = ("orders", "$today - ordered_on", campaign.days), ("subscriptions", "ends_on - $today", max(campaign.before))
    table, since, days = orders if campaign.kind == "order" else ends
    query = f"SELECT DISTINCT $id, reader_id FROM {table} ANTI JOIN reader USING (reader_id) WHERE {since} BETWEEN 0 AND $days ORDER BY ALL"  # noqa: S608 - our own names
    return engine.execute(query, {"id": campaign.id, "today": today, "days": days}).fetchall()


def _rule(country: str, rules: ReaderCampaigns) -> list[Any]:
    by, window = rules.email_advertising.get(country, rules.email_advertising["default"]), rules.renewal.get(country)
    age = rules.own_consent_from.get(country, rules.own_consent_from["default"])
    return [country, by.by, by.days, age, rules.line_length.get(country), *((window.first, window.last) if window else (None, None))]
