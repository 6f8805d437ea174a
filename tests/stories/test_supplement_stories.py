"""What somebody keeps beside Consonance, on its way into records: told, changed, gone, and wrong."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from station import Station

from colophon_sandbox import seeds

NIGHTLY = "xconnector__metadata_syndication"
NIGHT = datetime(2026, 5, 2, 1, tzinfo=UTC)
FORM = {"recipients": ["retailer-plain"]}


@pytest.fixture
def house(station: Station) -> Station:
    """A catalogue of 40 titles, and a place for files."""
    for system, records in seeds.catalogue(40, 7).items():
        station.seed(system, records)
    (station.folder / "reports").mkdir()
    station.connect("consonance", reports_location=str(station.folder / "reports"))
    return station


def keep(house: Station, *lines: str) -> Path:
    """The supplement with these lines."""
    file = house.folder / "reports" / "supplement.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    long_ago = (NIGHT - timedelta(days=90)).timestamp()
    os.utime(file, (long_ago, long_ago))
    return file


def sent_book(house: Station) -> str:
    """The ISBN of a title that the recipient has."""
    with house.ledger() as ledger:
        return next(row.labels["isbn"] for row in ledger.all_of(NIGHTLY, "retailer-plain") if row.labels.get("isbn"))


def newest(house: Station, isbn: str) -> tuple[int, bytes]:
    """How often a title was entered, and its newest record."""
    with house.ledger() as ledger:
        row = max((row for row in ledger.history(isbn) if row.destination == "retailer-plain"), key=lambda row: row.revision)
        return row.revision, ledger.content(row.content_hash)


def test_xc1_a_supplement_that_changes_is_told_though_nobody_touched_the_title(house: Station) -> None:
    """Its words go with the next delta, once; a file that is gone, or has a wrong header, takes nothing out of a record."""
    assert house.run(NIGHTLY, NIGHT, FORM).state == "success"
    isbn = sent_book(house)
    assert b"nine lighthouses" not in newest(house, isbn)[1]

    file = keep(house, "ISBN,Keywords", f"{isbn},tides;nine lighthouses", "978,what is this")
    night = NIGHT + timedelta(days=1)
    told = house.run(NIGHTLY, night, FORM)
    assert told.returned["report"]["sent"] == 1
    assert b"<SubjectHeadingText>tides; nine lighthouses</SubjectHeadingText>" in newest(house, isbn)[1]
    with house.ledger() as ledger:
        assert [found.subject for found in ledger.exceptions.open(use_case=NIGHTLY) if found.subject.startswith("report:")] == [
            "report:supplement.csv, row 3"
        ]

    file.unlink()
    for trouble in ((), ("ISBN,Kewords", f"{isbn},tides")):
        if trouble:
            keep(house, *trouble)
        night += timedelta(days=1)
        assert house.run(NIGHTLY, night, FORM).returned["report"]["sent"] == 0
        with house.ledger() as ledger:
            assert "source:supplement" in {found.subject for found in ledger.exceptions.open(use_case=NIGHTLY)}

    keep(house, "ISBN,Keywords", f"{isbn},tides")
    assert house.run(NIGHTLY, night + timedelta(days=1), FORM).returned["report"]["sent"] == 1
    assert b"<SubjectHeadingText>tides</SubjectHeadingText>" in newest(house, isbn)[1]
    with house.ledger() as ledger:
        assert not [found for found in ledger.exceptions.open(use_case=NIGHTLY) if found.subject.startswith(("report:", "source:"))]


def test_xc1_a_format_that_must_not_be_known_yet_is_in_no_record(house: Station) -> None:
    """Exports off and no status: its ISBN is in nothing that any recipient gets."""
    records = seeds.catalogue(40, 7)["consonance"]
    of_work = [row for row in records["products"] if row["isbn13"] and row["workId"] == records["products"][0]["workId"]]
    secret = of_work[-1] | {"allowOnixExports": False, "onixPublishingStatusCode": "00"}
    house.seed("consonance", {"products": [secret]})
    assert house.run(NIGHTLY, NIGHT).state == "success"
    with house.ledger() as ledger:
        told = [ledger.content(row.content_hash) for name in ledger.counts(NIGHTLY) for row in ledger.all_of(NIGHTLY, name)]
    assert len(told) > 50
    assert not any(secret["isbn13"].encode() in content for content in told)
