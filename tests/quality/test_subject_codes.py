"""Subject codes by a list of the publisher's: what its scheme never had, or has given up. The lists here are invented."""

from datetime import date

import pytest
from clean_record import AS_OF, BOOK, CLEAN, CONFIG, LISTS, PROFILE

from colophon.errors import BadConfigError
from colophon.onix.prior import Prior
from colophon.onix.subject_codes import SubjectCodes
from colophon.quality.judge import judge

CSV = "scheme,code,retired\nTHEMA,{code},{retired}\nTHEMA,ZZZ,\nTHEMA,1AAA,\n"


def found(file: object) -> set[str]:
    """What the rules about lists say of the clean record, of which a subject is Thema's."""
    codes = SubjectCodes.load(file)
    asked = {"on": AS_OF.date(), "lists": LISTS, "prior": Prior(), "owners": CONFIG.owners, "subject_codes": codes}
    return {finding.rule for finding in judge(CLEAN, BOOK, PROFILE, **asked) if finding.rule.startswith("D21")}


def code() -> str:
    """The clean record's Thema code."""
    return next(subject.code for subject in CLEAN.subjects if subject.scheme == "93")


@pytest.mark.parametrize(
    ("retired", "rules"), [("", set()), ("no", set()), ("yes", {"D21a"}), ("2026-04-30", {"D21a"}), ("2026-05-02", set())]
)
def test_a_code_that_its_scheme_gave_up_is_a_warning_from_that_day_on(tmp_path, retired: str, rules: set[str]) -> None:
    """Until its last day it is in use."""
    file = tmp_path / "codes.csv"
    file.write_text(CSV.format(code=code(), retired=retired), encoding="utf-8")
    assert found(file) == rules


def test_a_code_that_no_list_knows_is_a_warning(tmp_path) -> None:
    """Where the scheme has a list; schemes without one are judged by shape, and so are all without a list."""
    file = tmp_path / "codes.json"
    file.write_text('{"THEMA": {"ZZZ": null, "ZZY": true}}', encoding="utf-8")
    assert found(file) == {"D21"}
    file = tmp_path / "others.json"
    file.write_text('{"BIC": {"ZZZ": null}}', encoding="utf-8")
    assert found(file) == found(None) == set()


def test_a_qualifier_of_thema_is_in_the_list_of_thema(tmp_path) -> None:
    """Schemes 94 to 99 have no list of their own."""
    file = tmp_path / "codes.csv"
    file.write_text(CSV.format(code="FBA", retired=""), encoding="utf-8")
    codes = SubjectCodes.load(file)
    assert (codes.fault("94", "1AAA", date.max), codes.fault("94", "1ZZZ", date.max)) == ("", "unknown")


@pytest.mark.parametrize(
    "text", ["", "code\nFBA\n", "scheme,code\nDEWEY,823\n", "scheme,code,retired\nTHEMA,FBA,soon\n", "scheme,code\nTHEMA,\n"]
)
def test_a_list_that_is_not_as_agreed_says_so(tmp_path, text: str) -> None:
    """The file is named, and what it should have; nothing is judged by half a list."""
    file = tmp_path / "codes.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadConfigError, match=r"codes\.csv") as caught:
        SubjectCodes.load(file)
    assert "scheme, code, retired" in caught.value.advice


def test_a_list_that_is_missing_stops_at_once(tmp_path) -> None:
    """As any other file of the configuration."""
    with pytest.raises(BadConfigError, match=r"gone\.json"):
        SubjectCodes.load(tmp_path / "gone.json")
