"""Words of notices: what a publisher may write, and what is refused before anybody is told nonsense."""

from datetime import date
from pathlib import Path

import pytest

from colophon.config.load import load_config
from colophon.config.wording import LONGEST, as_text_message, clipped, language_of
from colophon.errors import BadConfigError

MILESTONE = {
    "title": "Sea Room",
    "stage": "copyedit_complete",
    "completed_by": "A. Rao",
    "next_step": "Design",
    "next_owner": "",
    "next_due": date(2027, 3, 4),
}
NO_LINKS = {"work_link": "", "desk_url": ""}


def words(folder: Path, name: str, text: str) -> None:
    """The publisher's folder with one file of words."""
    (folder / "words").mkdir(exist_ok=True)
    (folder / "words" / name).write_text(text, encoding="utf-8")


def test_every_kind_that_ships_is_there_in_english_german_and_french() -> None:
    """And says something for its example in each."""
    kinds = load_config().words.kinds
    assert {name: set(kind.languages) for name, kind in kinds.items()} == {name: {"en", "de", "fr"} for name in kinds}


def test_a_language_says_dates_and_stages_in_its_own_way() -> None:
    """German and French; English for a language that has no words."""
    texts = {language: load_config().words.text("milestone", language, MILESTONE, NO_LINKS) for language in ("de", "fr", "nl")}
    assert texts["de"].body == "Erledigt von A. Rao. Weiter: Design, bei noch niemandem, bis 4. März 2027."
    assert (texts["fr"].title, texts["nl"].title) == ("Sea Room : préparation finie", "Sea Room: copyedit complete")


@pytest.mark.parametrize(("days", "french", "english"), [(0, "0 jour.", "0 days."), (1, "1 jour.", "1 day."), (2, "2 jours.", "2 days.")])
def test_nothing_is_singular_in_french_and_plural_in_english(days: int, french: str, english: str) -> None:
    """Each language counts as it does."""
    words_ = load_config().words
    fields = {**words_.kinds["late_rights"].example, "days": days}
    said = [words_.text("late_rights", language, fields, NO_LINKS).body for language in ("fr", "en")]
    assert (french in said[0], english in said[1]) == (True, True)


def test_a_publisher_writes_one_language_and_keeps_the_others(tmp_path: Path) -> None:
    """Also a language that does not ship."""
    words(tmp_path, "milestone.yaml", "languages:\n  es: {title: 'Listo: {{ title }}', body: '{{ next_due | day }}', sms: Listo}\n")
    found = load_config(tmp_path).words
    text = found.text("milestone", "spa", MILESTONE, NO_LINKS)
    assert (text.title, text.body, text.sms) == ("Listo: Sea Room", "4 de marzo de 2027", "Listo")
    assert set(found.kinds["milestone"].languages) == {"en", "de", "fr", "es"}


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        (
            "milestone.yaml",
            "languages: {de: {title: '{{ titel }}', body: x}}",
            r"words/milestone\.yaml: languages\.de\.title: there is no field titel; did you mean title\?",
        ),
        ("milestone.yaml", "languages: {de: {title: '{{ title', body: x}}", r"languages\.de\.title: the template cannot be used"),
        (
            "milestone.yaml",
            "languages: {de: {title: x, body: '{{ title | currency }}'}}",
            r"languages\.de\.body: the template cannot be used",
        ),
        ("milestone.yaml", "languages: {de: {title: x, body: '{{ title.__class__.__mro__ }}'}}", r"languages\.de\.body: .* unsafe"),
        ("milestone.yaml", f"languages: {{de: {{title: {'x' * 81}, body: x}}}}", r"the example has 81 characters, and 80 fit"),
        ("milestone.yaml", "languages: {de: {title: x}}", r"milestone\.yaml: languages\.de\.body: Field required"),
        ("milestone.yaml", "languages: {de: {title: x, boody: y, body: z}}", r"did you mean body\?"),
        ("milestone.yaml", "languages: {ger: {title: x, body: x}}", r"languages\.ger: that is no language's code; did you mean de\?"),
        ("milestone.yaml", "link: '{{ portal }}'", r"link: there is no field portal"),
        ("milestone.yaml", "{example: {royalty: 1}, link: '{{ royalty }}'}", r"link: there is no field royalty"),
        ("milestones.yaml", "languages: {}", r"words/milestones\.yaml: there is no such kind of notice; did you mean milestone\.yaml\?"),
    ],
)
def test_words_that_cannot_be_said_are_refused_when_they_are_loaded(tmp_path: Path, file: str, text: str, says: str) -> None:
    """With file, language, channel and what was most likely meant."""
    words(tmp_path, file, text)
    with pytest.raises(BadConfigError, match=says):
        load_config(tmp_path)


def test_a_template_that_fails_where_something_is_not_known_is_refused(tmp_path: Path) -> None:
    """With its example it works."""
    words(tmp_path, "milestone.yaml", "languages: {de: {title: x, body: '{{ next_due.year }}'}}")
    with pytest.raises(BadConfigError, match="body: the template cannot be used"):
        load_config(tmp_path)


def test_what_a_record_says_is_no_template() -> None:
    """A title with braces is said as it is, on one line."""
    text = load_config().words.text("milestone", "en", {**MILESTONE, "title": "{{ 7 * 7 }}\nSea"}, NO_LINKS)
    assert text.title == "{{ 7 * 7 }} Sea: copyedit complete"


@pytest.mark.parametrize(
    ("text", "most", "said"),
    [
        ("Sea Room", 8, "Sea Room"),
        ("A long way home", 12, "A long way…"),
        ("Unbreakableword", 8, "Unbreak…"),
        ("ab👩‍👩‍👧cd", 6, "ab…"),
        ("abc👍🏽d", 5, "abc…"),
        ("abcde\u0301fgh", 6, "abcd…"),
    ],
)
def test_a_text_is_cut_at_a_word_and_no_sign_is_cut_in_two(text: str, most: int, said: str) -> None:
    """Families, colours of skin and accents stay whole, or go."""
    assert clipped(text, most) == said


def test_a_text_message_has_two_parts_at_most() -> None:
    """A sign that is not of GSM's alphabet halves them."""
    assert len(as_text_message("é" * 400)) == len(as_text_message("x" * 400))
    assert (len(as_text_message("x" * 400)), len(as_text_message("ç" * 400))) == (LONGEST["sms"], 134)


@pytest.mark.parametrize(
    ("told", "code"), [("ger", "de"), ("deu", "de"), ("de-AT", "de"), ("FRE", "fr"), ("eng", "en"), ("", ""), ("??", "")]
)
def test_a_language_is_known_by_all_its_codes(told: str, code: str) -> None:
    """ONIX's, ISO's and a browser's."""
    assert language_of(told) == code
