"""EX-4: contributors hear of what their title has come to, in the right words, once."""

from datetime import date
from typing import Any

import pytest
from letter_house import AUTHOR, ILLUSTRATOR, MONDAY, answer, field, furnish, letters, morning, move, stage, subjects, written
from station import Station
from two_accounts import DOCUMENTED, EXTENDED, tell

DAG = "exstream__milestone_letters"
TEMPLATES = "[{id: inkwell, imprints: [Inkwell], template: ServiceLetter, version: '4'}, {template: AuthorLetter, version: '4'}]"


def contract(signed: str, **more: Any) -> dict[str, Any]:
    """The head contract of the work."""
    return {"id": 7, "clientId": 1, "contractName": "Head contract", "workId": 9, "signedDate": signed, "term": "", **more}


@pytest.fixture
def house(station: Station) -> Station:
    """Sea Room, out on 1 September, whose contributors have been told nothing yet."""
    furnish(station)
    stage(station, "Jacket approval", number=99, revision=1)
    station.run(DAG, morning(date(2026, 5, 29)))
    return station


def on(house: Station, day: int) -> str:
    """The morning of a day in June."""
    return house.run(DAG, morning(date(2026, 6, day))).state


def dates(house: Station) -> list[tuple[str, str, str]]:
    """Whom delay letters told which old and new date."""
    rows = letters(house, DAG, "delay")
    return [(each["subject"].rpartition(":")[2], each["Data"]["OldDate"], each["Data"]["NewDate"]) for each in rows]


@pytest.mark.parametrize("account", [EXTENDED, DOCUMENTED])
def test_ex4_a_a_signed_contract_is_acknowledged_in_the_imprints_template_and_the_readers_language(house: Station, account: str) -> None:
    """With the legal text of the reader's country, once; the steps are on the contract."""
    own = "acquisition: {roles: [A01], templates: " + TEMPLATES + "}\ndelay: {templates: " + TEMPLATES + "}\nletters: {}\n"
    house.configure("milestone_letters.yaml", own)
    house.seed("consonance", {"imprints": [{"id": 1, "name": "Inkwell"}], "contracts": [contract("2026-05-31")]})
    house.seed(
        "consonance", {"contactFields": [field(1 + AUTHOR, AUTHOR, "COUNTRY", "DE"), field(101 + AUTHOR, AUTHOR, "LANGUAGE", "ger")]}
    )
    tell(house, account, as_of=morning(MONDAY))
    assert house.twice(DAG, morning(MONDAY)).state == "success"
    (letter,) = letters(house, DAG, "acquisition-inkwell")
    assert (letter["Locale"], letter["Data"]["LegalText"].rpartition(" ")[2]) == ("ger", "Großbritannien.")
    assert (letters(house, DAG, "acquisition"), letter["Data"]["SignedOn"]) == ([], "2026-05-31")
    if account == EXTENDED:
        assert {row["contractId"] for row in written(house, "recordCommunication")} == {7}


def test_ex4_b_a_delay_of_more_than_14_days_tells_old_and_new_date_and_a_second_one_is_a_second_letter(house: Station) -> None:
    """14 days are none; slips add up; the second letter starts from the date told last. Brought forward is no delay."""
    for day, moved_to in ((1, "2026-09-15"), (2, "2026-09-21"), (3, "2026-09-30"), (4, "2026-10-20"), (5, "2026-09-10")):
        move(house, moved_to)
        assert house.twice(DAG, morning(date(2026, 6, day))).state == "success"
    first, second = ("2026-09-01", "2026-09-21"), ("2026-09-21", "2026-10-20")
    assert sorted(dates(house)) == sorted((str(who), *told) for who in (AUTHOR, ILLUSTRATOR) for told in (first, second))


def test_ex4_b_who_could_not_be_told_hears_the_date_that_was_known_first(house: Station) -> None:
    """Nobody knew where the author lives when it moved first; the illustrator hears twice."""
    house.seed("consonance", {"contactFields": [field(1 + AUTHOR, AUTHOR, "COUNTRY", "")]})
    move(house, "2026-10-01")
    on(house, 1)
    house.seed("consonance", {"contactFields": [field(1 + AUTHOR, AUTHOR, "COUNTRY", "GB")]})
    move(house, "2026-11-01")
    on(house, 2)
    illustrator = [(str(ILLUSTRATOR), "2026-09-01", "2026-10-01"), (str(ILLUSTRATOR), "2026-10-01", "2026-11-01")]
    assert sorted(dates(house)) == [(str(AUTHOR), "2026-09-01", "2026-11-01"), *illustrator]


def test_ex4_c_a_request_opens_with_the_stage_and_closes_with_its_answer(house: Station) -> None:
    """The author's questionnaire, chased after ten working days."""
    stage(house, "Manuscript accepted", done=f"{MONDAY}")
    on(house, 1)
    asked = f"work:9/{MONDAY}/contact:{AUTHOR}"
    on(house, 15)
    assert subjects(house, DAG, "author_questionnaire") == [asked, f"{asked}/chaser:1"]
    answer(house, DAG, "author_questionnaire", asked, "approve", "Born by the sea", at="2026-06-16T09:00:00Z")
    on(house, 23)
    assert (len(subjects(house, DAG, "author_questionnaire")), house.exceptions(DAG)) == (2, [])
    assert "approve: Born by the sea" in {row.get("responseText") for row in written(house, "recordCommunication")}


@pytest.mark.parametrize("country", ["JP", None])
def test_ex4_d_without_a_legal_text_for_the_territory_no_letter_goes(house: Station, country: str | None) -> None:
    """An exception of the lawyers until there is one, or until somebody says where the author lives; the illustrator has hers."""
    house.seed("consonance", {"contactFields": [field(1 + AUTHOR, AUTHOR, "COUNTRY", country or "")]})
    move(house, "2026-12-01")
    on(house, 1)
    with house.ledger() as ledger:
        (row,) = ledger.exceptions.open(use_case=DAG)
    assert (row.rule, row.owner, len(dates(house))) == ("LETTER-LEGAL", "legal", 1)
    house.seed("consonance", {"contactFields": [field(1 + AUTHOR, AUTHOR, "COUNTRY", "IE")]})
    on(house, 2)
    assert (house.exceptions(DAG), len(dates(house))) == ([], 2)


def test_ex4_e_a_templates_new_version_is_for_letters_from_then_on(house: Station) -> None:
    """Nothing goes again, also where the template is another one."""
    stage(house, "Editorial approval", done=f"{MONDAY}")
    on(house, 1)
    approval = "  approval: {opens: editorial_approval, roles: [A01], templates: [{id: new, template: ServiceLetter, version: '4'}, {template: AuthorLetter, version: '4'}]}\n"
    house.configure(
        "milestone_letters.yaml",
        "acquisition: {templates: " + TEMPLATES + "}\ndelay: {templates: " + TEMPLATES + "}\nletters:\n" + approval,
    )
    on(house, 2)
    assert (len(letters(house, DAG, "approval")), letters(house, DAG, "approval-new")) == (1, [])
    stage(house, "Editorial approval", revision=3)
    on(house, 3)
    stage(house, "Editorial approval", done="2026-06-04", revision=4)
    on(house, 4)
    assert (len(letters(house, DAG, "approval")), len(letters(house, DAG, "approval-new"))) == (1, 1)


def test_ex4_f_one_person_in_two_roles_gets_one_letter(station: Station) -> None:
    """Wrote and drew it, and is named in both formats."""
    furnish(station, roles=((AUTHOR, "A01"), (AUTHOR, "A12")))
    stage(station, "Published", done="2026-05-29")
    station.run(DAG, morning(MONDAY))
    move(station, "2026-12-01")
    station.run(DAG, morning(date(2026, 6, 2)))
    assert len([key for key in station.effects("exstream.") if key.startswith("job-")]) == len(dates(station)) == 1


def test_ex4_a_backfill_and_a_dry_run_write_to_nobody(house: Station) -> None:
    """Nor does a dry run forget the date that was known first."""
    move(house, "2026-12-01")
    assert house.run(DAG, morning(MONDAY), {"dry_run": True}).state == "success"
    assert house.run(DAG, morning(MONDAY), backfill=True).state == "success"
    assert house.effects("exstream.") == []
    on(house, 2)
    assert len(dates(house)) == 2
