"""`colophon rights explain`: the decision about one cell, from the records in Consonance."""

import json
import sys

import pytest
from typer.testing import CliRunner

from colophon.errors import ColophonError
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


def test_the_command_line_shows_an_error_in_two_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """As every command does."""
    monkeypatch.setattr(sys, "argv", ["colophon", "rights", "explain", ISBN, "--country", "UK", "--channel", "ebook"])
    with console.capture() as said, pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
    assert len(said.get().strip().splitlines()) == 2
