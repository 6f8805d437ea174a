"""A million readers and three campaigns, two rows of a hundred unreadable: counts, memory, and lines per second beside a bare DuckDB selection.

python -m benchmarks.reader_campaigns [READERS]      (1,000,000 where not given)

From the files in the reports store to every letter written and decided about; the ledger and Exstream are measured elsewhere.
"""

import csv
import os
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import process_time
from typing import Any, TypeVar

import duckdb

from benchmarks.memory import peak_mb
from colophon.blocks.decision import DecisionContext
from colophon.config.campaigns import Campaign
from colophon.config.files import SHIPPED
from colophon.config.load import load_config
from colophon.domain.facts import Facts
from colophon.domain.product import Price, Product, Subject
from colophon.ledger import Ledger, upgrade
from colophon.rights.atlas import Atlas
from colophon.rights.reasons import Step, channel_key
from colophon.rights.snapshot import RightsSnapshot
from colophon.rights.status import RightsStatus
from colophon.systems.consonance.reports.audience import load_audiences, lookup
from colophon.systems.consonance.reports.source import FolderSource, ReportFiles
from colophon.use_cases.exstream import reader_campaigns, reader_selection
from colophon.use_cases.exstream.reader_letters import Pen, ReaderLetter
from colophon.use_cases.exstream.reader_lists import engine_in
from colophon.use_cases.exstream.reader_sources import read_lists
from colophon.use_cases.exstream.reader_titles import Shelf

READERS = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
TODAY, ISBN = date(2026, 6, 1), "9781999000004"
NOW = datetime(2026, 6, 1, 7, tzinfo=UTC)
MOST_MB = 500
COUNTRIES = ("GB", "IE", "DE", "FR", "US")
T = TypeVar("T")
PRODUCT = Product(
    id=1, kind="PhysicalBookProduct", work_id=9, isbn13=ISBN, title="Sea Room", imprint="Larkspur", form_code="BC", publishing_status="04",
    publication_on=TODAY, allow_onix_exports=True, subjects=(Subject(scheme="THEMA", code="FFC", is_main=True),),
    prices=(Price(id=1, amount="12.00", currency="GBP", type_code="02", qualifier="05"),),
)  # fmt: skip
TEMPLATES: list[Any] = [{"template": "AuthorLetter", "version": "4"}]
CAMPAIGNS: dict[str, Any] = {
    "launch": {"kind": "launch", "segment": {"genre_clubs": True}, "offer": "if_any"},
    "sale": {"kind": "letter", "from_on": TODAY, "until_on": TODAY},
    "renewal": {"kind": "renewal"},
}
BARE = """
SELECT country, count(*) FROM read_csv('{folder}/readers.csv', all_varchar = true) AS r
WHERE "Opted out on" IS NULL AND Consent = 'Yes' AND EXISTS (FROM read_csv('{folder}/subscriptions.csv', all_varchar = true) AS s
    WHERE s."Reader ID" = r."Reader ID" AND s.Club = 'Crime shelf') GROUP BY ALL
"""
"""What somebody would ask the files for one of the campaigns, without looking at anything."""


def timed(name: str, work: Callable[[], T], rows: int = 0) -> tuple[T, float]:
    """What it gives, and how many seconds of CPU it took, of all threads: others may use the machine too."""
    start = process_time()
    result = work()
    seconds = process_time() - start
    print(f"  {name:<46}{seconds:8.1f} s" + (f"{rows / seconds:12,.0f} lines/s" if rows else ""), flush=True)
    return result, seconds


def write_lists(folder: Path) -> int:
    """The files; how many rows."""
    header = ("Reader ID", "Name", "E-mail", "Address line 1", "Town", "Postcode", "Country", "Language", "Delivery preference", "Consent", "Consent given on", "Consent given at", "Opted out on")  # fmt: skip
    rows = 0
    with (folder / "readers.csv").open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(header)
        for number in range(READERS):
            country = "XX" if number % 50 == 7 else COUNTRIES[number % 5]
            way = ("EMAIL", "PRINT", "WEB")[number % 3]
            consent, gone = "No" if number % 4 == 0 else "Yes", "2026-01-01" if number % 10 == 0 else ""
            mail = f"reader{number - number % 40 % 2}@readers.example"
            out.writerow((f"R{number}", f"Reader {number}", mail, f"{number} Row", "Town", "N1 1AA", country, "eng", way, consent, "2025-01-01", "the shop", gone))  # fmt: skip
            rows += 1
    with (folder / "subscriptions.csv").open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(("Subscription ID", "Reader ID", "Club", "Started on", "Ends on"))
        for number in range(0, READERS, 2):
            ends = TODAY + timedelta(days=number % 300)
            out.writerow((f"S{number}", f"R{number}", "Crime shelf" if number % 3 else "Histories quarterly", "2025-01-01", f"{ends}"))
            rows += 1
    with (folder / "offers.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("Offer ID", "Name", "ISBN", "Price", "Currency", "Starts on", "Ends on"), ("O1", "June", ISBN, "10.00", "GBP", "2026-06-01", "2026-06-30")])  # fmt: skip
    for file_name in folder.iterdir():
        os.utime(file_name, ((NOW - timedelta(hours=1)).timestamp(),) * 2)
    return rows


def context() -> DecisionContext:
    """The shipped configuration with three campaigns, and the title for sale everywhere."""
    shipped = load_config(SHIPPED)
    campaigns = {
        name: Campaign.model_validate({"id": name, "name": name, "templates": TEMPLATES, **each}) for name, each in CAMPAIGNS.items()
    }
    letters = shipped.letters.model_validate({"legal": [{"territories": COUNTRIES, "version": "1", "text": "Larkspur"}]})
    rules = shipped.reader_campaigns.model_validate(
        {"clubs": {"Crime shelf": ["FF"]}, "unsubscribe_url": "https://larkspur.example/{reader}"}
    )
    config = shipped.model_copy(update={"campaigns": campaigns, "reader_campaigns": rules, "letters": letters})
    everywhere = (Step(0, Atlas.load(None).world),)
    rights = RightsSnapshot({ISBN: RightsStatus(f"isbn:{ISBN}", ISBN, 9, True, {channel_key("retail"): everywhere})})
    return DecisionContext(NOW, config, {}, lambda _place, _subjects: {}, rights=rights)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder, scratch = Path(name) / "reports", Path(name) / "scratch"
        folder.mkdir()
        scratch.mkdir()
        url = f"sqlite:///{name}/ledger.db"
        upgrade(url)
        rows, asked = write_lists(folder), context()
        print(f"{READERS:,} readers, {rows:,} rows, {len(CAMPAIGNS)} campaigns")
        with duckdb.connect(config={"threads": 2, "memory_limit": "200MB", "temp_directory": name}) as bare:
            _, bare_s = timed("bare DuckDB selection of one campaign", lambda: bare.execute(BARE.replace("{folder}", str(folder))).fetchall(), rows)  # fmt: skip
        with engine_in(scratch) as engine, Ledger.open(url) as ledger:
            files = ReportFiles(FolderSource(str(folder)), lambda: NOW)
            lists, read_s = timed("files read, row by row", lambda: read_lists(engine, files, ledger, load_audiences(), lookup(None, TODAY), scratch), rows)  # fmt: skip
            shelf = Shelf.of([PRODUCT], asked)

            def select() -> dict[str, reader_selection.Counts]:
                reader_selection.judge_readers(engine, asked.config.reader_campaigns, TODAY)
                shelf.fill(engine, scratch)
                for campaign in shelf.campaigns:
                    reader_selection.add_candidates(engine, campaign, TODAY)
                shelf.fill_words(engine, scratch)
                reader_selection.select(engine, asked.config.reader_campaigns, TODAY)
                return reader_selection.counts(engine)

            counts, select_s = timed("three campaigns selected", select, rows)
            pen = Pen(shelf, "readers.csv")

            def write() -> int:
                planned = 0
                for picked in reader_selection.letters(engine, list(CAMPAIGNS)):
                    part = Facts.known({Product: (), ReaderLetter: [pen.write(each) for each in picked]}, source="lists", as_of=NOW)  # fmt: skip
                    planned += len(reader_campaigns.decide(part, asked).intents)
                return planned

            planned, write_s = timed("letters written and decided", write, rows)
        bad = len(lists.findings)
        for campaign, of in sorted(counts.items()):
            kept = ", ".join(f"{number:,} {reason}" for reason, number in of.reasons.most_common())
            print(f"  {campaign:<10} meant {of.meant:,} = letters {of.letters:,} + {kept or 'nobody kept back'}")
            assert of.meant == of.letters + sum(of.reasons.values())
        assert counts["sale"].meant + bad == READERS, "rows = readers + unreadable"
        assert planned == sum(of.letters for of in counts.values())
        ours = read_s + select_s + write_s
        peak = peak_mb()
        print(f"  rows of readers {READERS:,} = {counts['sale'].meant:,} meant by `sale` + {bad:,} unreadable")
        print(
            f"  {rows / ours:,.0f} lines a second of CPU in all, {ours / bare_s:.1f} times as long as the bare selection; peak memory {peak:.0f} MB"
        )
        assert READERS > 1_000_000 or peak < MOST_MB, f"{peak:.0f} MB"


if __name__ == "__main__":
    main()
