"""`colophon rights explain`: the decision about one cell, from the records in Consonance."""

import json
import os
import sys
import time

import pytest
from typer.testing import CliRunner

from colophon.errors import ColophonError, TransportError
from colophon_airflow.cli import app, main
from colophon_airflow.cli.screen import console
from colophon_sandbox.serve import running_sandbox

ISBN = "9781999000004"
REACH = {
    "rightsType": "Volume",
    "languages": ["*"],
    "channels": ["*"],
    "exclusive": True,
    "revision": 1,
    "updatedAt": "2026-04-01T10:00:00Z",
}
GRANT = {
    "id": 5,
    "workId": 9,
    "contractId": 1,
    "formats": ["PRINT", "EBOOK", "VIDEO"],
    "territories": {"included": ["WORLD"], "excluded": []},
    **REACH,
}
DEAL = {
    "id": 7,
    "workId": 9,
    "licenseeId": 4,
    "formats": ["EBOOK"],
    "status": "SIGNED",
    **REACH,
    "startsOn": "2026-01-01",
    "expiresOn": "2027-12-31",
    "territories": {"included": ["DE", "AT"], "excluded": []},
}
RECORDS = {
    "works": [{"id": 9, "title": "The Heron"}],
    "contacts": [{"id": 4, "__typename": "Organisation", "name": "Reiher Verlag"}],
    "products": [
        {
            "id": 12,
            "workId": 9,
            "__typename": "ElectronicBookProduct",
            "isbn13": ISBN,
            "fullTitle": "The Heron",
            "allowOnixExports": True,
            "onix21ProductFormCode": "DG",
            "onixPublishingStatusCode": "_04",
            "isForSaleWorldwide": True,
            "contentLanguages": [{"id": 1, "onixLanguageRoleCode": "01", "onixLanguageCode": "eng"}],
        }
    ],
    "contracts": [{"id": 1, "clientId": 1, "contractName": "Head", "workId": 9, "signedDate": "2020-01-31", "term": "120"}],
    "headGrants": [GRANT],
    "rightsDeals": [DEAL],
}


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch):
    """Ask about the title on a sandbox with other records, or with features off: exit code and what is said."""
    monkeypatch.setattr(console, "_width", 240)

    def run(*words, settings=None, **records):
        with running_sandbox({"consonance": {**RECORDS, **records}}) as sandbox:
            extra = {"start_jitter_seconds": 0, **(settings or {})}
            given = {
                "conn_type": "consonance",
                "host": f"{sandbox}/consonance",
                "password": "sandbox0key0not0real000000000000",
                "extra": extra,
            }
            monkeypatch.setenv("AIRFLOW_CONN_CONSONANCE_DEFAULT", json.dumps(given))
            with console.capture() as said:
                result = CliRunner().invoke(app, ["rights", "explain", *words])
        if isinstance(result.exception, ColophonError):
            raise result.exception
        assert result.exception is None, result.exception
        return said.get()

    return run


def explain(ask, *, isbn=ISBN, country="DE", channel="ebook", on="2027-03-01", more=(), **others):
    """The usual question."""
    return ask(isbn, "--country", country, "--channel", channel, "--on", on, *more, **others)


def test_a_licence_to_somebody_else_closes_and_says_until_when(ask) -> None:
    """The deal, its licensee and the day on which it opens again are named."""
    said = explain(ask)
    assert "may not be sold in Germany on 2027-03-01" in said
    assert "EBOOK is licensed exclusively to licensee 4 by deal 7" in said
    assert "rights_deal:7" in said
    assert "It opens on 2028-01-01." in said


def test_where_nothing_bars_it_the_chain_of_reasons_is_printed(ask) -> None:
    """Contract, grant and for-sale set stand there; the end of the contract, too."""
    said = explain(ask, country="gb", isbn="978-1-999000-00-4")
    assert "may be sold in United Kingdom" in said
    assert "contract 1 grants EBOOK by grant 5 from 2020-01-31 until 2030-01-31" in said
    assert "the country is in the product's for-sale set" in said
    assert "It closes on 2030-02-01." in said


def test_what_the_account_cannot_tell_is_unknown_and_closed(ask) -> None:
    """A documented account gives no grants and no licences: nobody guesses that there are none."""
    said = explain(ask, country="GB", settings={"profile": "documented"})
    assert "may not be sold" in said
    assert "the grants of the work are not known" in said
    assert "the deals of the work are not known" in said


def test_bad_records_are_shown_with_owner_and_remedy(ask) -> None:
    """An unreadable term, an unknown country and a status nobody knows close the cell and say what to do."""
    said = explain(
        ask,
        country="GB",
        contracts=[{**RECORDS["contracts"][0], "term": "life"}],
        rightsDeals=[{**DEAL, "territories": {"included": ["UK"], "excluded": []}}],
    )
    assert "R1 contract:1: term is life" in said
    assert "R3 rights_deal:7: territories is UK" in said
    assert "(rights_manager)" in said
    assert "may not be sold" in said


def test_a_record_that_cannot_be_read_closes(ask) -> None:
    """Whatever it might say."""
    said = explain(
        ask, country="GB", headGrants=[GRANT, {**GRANT, "id": 6, "contractId": None, "contract": {"id": 1}, "startsOn": "2026-02-30"}]
    )
    assert "may not be sold" in said
    assert "head_grant:6 cannot be read" in said


def test_another_format_can_be_asked_about(ask) -> None:
    """The licence is for e-books; a video about the title may run."""
    assert "VIDEO: may be sold in Germany" in explain(ask, more=("--format", "video"))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"country": "UK"}, "no country of List 91"),
        ({"country": "Atlantis"}, "no country of List 91"),
        ({"isbn": "9781999000005"}, "is no ISBN"),
        ({"isbn": "The Heron"}, "is no ISBN"),
        ({"on": "tomorrow"}, "tomorrow is no day"),
        ({"more": ("--format", "papyrus")}, "papyrus is no format"),
        ({"isbn": "9780000000002"}, "no product with ISBN"),
    ],
)
def test_a_wrong_question_is_refused_with_its_remedy(ask, changes, said) -> None:
    """No answer is given to a question that was not asked right."""
    with pytest.raises(ColophonError, match=said) as problem:
        explain(ask, **changes)
    assert problem.value.advice


def test_a_country_that_was_meant_is_named(ask) -> None:
    """By the letters that people use, and by a name with a typo; a right name is understood."""
    for typed, meant in (("UK", "GB, United Kingdom"), ("Germny", "DE, Germany")):
        with pytest.raises(ColophonError) as problem:
            explain(ask, country=typed)
        assert f"Did you mean {meant}?" in problem.value.advice
    assert "in Germany" in explain(ask, country="germany")


@pytest.mark.parametrize(
    "isbn", ["1999000005", "1-999000-00-5", "978 1 999000 00 4", "ISBN 978-1-999000-00-4", "978\u20111\u2011999000\u201100\u20114"]
)
def test_an_isbn_is_understood_as_people_write_it(ask, isbn) -> None:
    """Ten digits, hyphens, blanks, and the hyphens of a text processor."""
    assert f"isbn:{ISBN}" in explain(ask, isbn=isbn)


def test_the_channels_that_would_answer_are_named(ask) -> None:
    """Who asks for a channel that nobody uses sees those that there are."""
    said = explain(ask, country="GB", channel="e-books", headGrants=[{**GRANT, "channels": ["ebook", "library"]}])
    assert "may not be sold" in said
    assert "Channels that the records name: ebook, library; * stands for all." in said


def test_without_a_connection_it_says_so_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits three minutes for a server that is not there."""
    given = {"conn_type": "consonance", "host": "http://127.0.0.1:9/consonance", "password": "x" * 32, "extra": {"start_jitter_seconds": 0}}
    monkeypatch.setenv("AIRFLOW_CONN_CONSONANCE_DEFAULT", json.dumps(given))
    question = ["rights", "explain", ISBN, "--country", "DE", "--channel", "ebook"]
    found = CliRunner().invoke(app, question)
    assert isinstance(found.exception, TransportError)


def test_an_embargo_of_the_publisher_is_a_reason(ask, monkeypatch, tmp_path) -> None:
    """Closed until the day before; a video about the title may run."""
    (tmp_path / "embargoes.yaml").write_text("first_day_of_sale: {978-1-999000-00-4: 2027-03-02}", encoding="utf-8")
    monkeypatch.setenv("AIRFLOW__COLOPHON__CONFIG_FOLDER", str(tmp_path))
    said = explain(ask, country="GB")
    assert "not to be sold before 2027-03-02" in said
    assert "It opens on 2027-03-02." in said
    assert "VIDEO: may be sold in Germany" in explain(ask, more=("--format", "video"))


def test_reports_are_read_where_the_account_tells_nothing(ask, tmp_path) -> None:
    """A documented account with its report files: the same answer as one with the extension."""
    heads = "Deal ID,Work ID,ISBNs,Contract ID,{}Rights type,Exclusive,Territories,Excluded territories,Languages,Formats,Channels,Starts on,Expires on"
    grants = [heads.format(""), "5,9,,1,Volume,Yes,WORLD,,*,*,*,,"]
    deals = [
        heads.format("Licensee contact ID,") + ",Sell-off until,Deal stage,Contact ID",
        "7,9,,,4,Volume,Yes,DE,,*,EBOOK,*,,2027-12-31,,Signed,",
    ]
    for name, rows in (("head_grants", grants), ("rights_deals", deals)):
        file = tmp_path / f"{name}.csv"
        file.write_text("\n".join(rows), encoding="utf-8")
        os.utime(file, (time.time() - 3600,) * 2)
    place = {"profile": "documented", "reports_location": str(tmp_path)}
    assert "may be sold in United Kingdom" in explain(ask, country="GB", settings=place)
    assert "licensed exclusively to licensee 4 by deal 7" in explain(ask, settings=place)


def test_the_command_line_shows_an_error_in_two_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """As every command does."""
    monkeypatch.setattr(sys, "argv", ["colophon", "rights", "explain", ISBN, "--country", "UK", "--channel", "ebook"])
    with console.capture() as said, pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
    assert len(said.get().strip().splitlines()) == 2
