"""D: people and titles as people really mistype them."""

import re
from collections.abc import Iterator
from functools import lru_cache

from colophon.onix.names import unnamed
from colophon.onix.record import Contributor
from colophon.quality.rule import Case, E, Fault, W, rule

# List 17: who lends a voice or a face; print and plain e-books have none.
PERFORMERS = frozenset({"E01", "E02", "E03", "E04", "E05", "E06", "E07", "E08", "E09", "E11", "E12", "E99"})
_NO_NAME = re.compile(r"n\.?/?a\.?|tb[acd]|none|(no )?authors?|multiple authors", re.IGNORECASE)
"""What stands for a name and has no code of List 19 either."""
_TITLE_WORDS = re.compile(
    r"^(by|von|par|ed(ited)?\.? by|hrsg\.? v(on|\.))\s|\((ed|eds|hrsg|trans|illus)\.?\)|\b(ed|hrsg)\.$", re.IGNORECASE
)
_INVERTED = re.compile(r"[^,]+, [^,]+")
_SUFFIX = re.compile(r", (jr|sr|ph\.?d|md|m\.?d|phd|obe|mbe|cbe|esq|sj|i{1,3}|iv)\.?$", re.IGNORECASE)
_TWO_PEOPLE = re.compile(r"\s(and|und|et|&|with|mit)\s|;|/", re.IGNORECASE)
_NUMBERED = re.compile(r"[\s:,(#-]*(?:book|volume|vol\.?|part|band|bd\.?|tome|no\.?|#)\s*\d+\)?\s*$|\s#\d+\)?\s*$", re.IGNORECASE)
SHOUTS_FROM = 8
"""Letters from which capitals are no abbreviation any more."""


@rule("D14", W, "A name is one person's, as it is said", "Correct the name of the contact in Consonance.", "ours")
def one_name(case: Case) -> Iterator[Fault]:
    """Inverted, doubled, shouted or whispered names; two people in one; words that say the role."""
    for who in case.record.contributors:
        name = who.person_name or ""
        if expected := _instead_of(name):
            yield Fault("PersonName", name, expected)


@rule("D15", W, "Nobody and everybody are not names", "Leave the contributor out where nobody is named, or name the people.", "ours")
def nobody(case: Case) -> Iterator[Fault]:
    """Various, Anonymous, N/A as the name of a person or body: shops would make an author page of it."""
    for who in case.record.contributors:
        name = (who.person_name or who.corporate_name or "").strip()
        if _is_nobody(name):
            yield Fault("PersonName", name, "people, or UnnamedPersons")


@rule("D16", W, "Nobody reads a printed book aloud", "Correct the contributor's role, or take the narrator from this format.", "ours")
def roles_fit_the_form(case: Case) -> Iterator[Fault]:
    """Narrators and performers (List 17 E) on what has neither sound nor picture."""
    if not case.record.product_form.startswith(("B", "ED", "P", "C")):
        return
    for who in case.record.contributors:
        if performing := sorted(set(who.roles) & PERFORMERS):
            yield Fault("ContributorRole", f"{', '.join(performing)} {_name(who)}", "a role that this form has")


@rule("D17", W, "A title is the title alone", "Move subtitle, series and number to their own fields.", "ours")
def title_alone(case: Case) -> Iterator[Fault]:
    """The subtitle, the series or its number stands in the title too; or the title shouts."""
    title, subtitle = case.record.title, case.record.subtitle or ""
    if len(subtitle) > 3 and title.casefold() != subtitle.casefold() and title.casefold().endswith(subtitle.casefold()):
        yield Fault("TitleText", title, "the title without its subtitle")
    for collection in case.record.collections:
        if len(collection.title) > 3 and re.search(rf"[(:\-–]\s*{re.escape(collection.title)}\b", title, re.IGNORECASE):
            yield Fault("TitleText", title, "the title without its series")
            break
    else:
        rest = _NUMBERED.sub("", title).strip(" ,:-–")
        # Where the book is called as its series is, nothing but the number tells its volumes apart.
        is_series = any(rest.casefold() == collection.title.casefold().strip() for collection in case.record.collections)
        if case.record.collections and rest and not is_series and _NUMBERED.search(title):
            yield Fault("TitleText", title, "the title without its number in the series")
    if _shouts(title):
        yield Fault("TitleText", title, "capitals where the title has them")


@rule("D18", E, "A title is there", "Give the title, or hold the product back until it has one.", "ours")
def no_placeholder(case: Case) -> Iterator[Fault]:
    """TBC and its kin are said to readers as they stand."""
    for field, text in (("TitleText", case.record.title), ("Subtitle", case.record.subtitle or "")):
        if re.fullmatch(
            r"\W*(tb[acd]|to be (confirmed|announced|advised)|title( tb[acd])?|no title|test( title)?|xxx+|n\.?/?a\.?|lorem ipsum.*)\W*",
            text,
            re.IGNORECASE,
        ):
            yield Fault(field, text, "the words that stand on the book")


@lru_cache(maxsize=4096)
def _instead_of(name: str) -> str:
    """What should stand there instead of such a name; empty: it is as names are. One title goes to many recipients, so it is kept."""
    words = name.split()
    half = len(words) // 2
    if not name or _is_nobody(name):
        return ""
    wrong = (
        (_INVERTED.fullmatch(name) and not _SUFFIX.search(name), "the name as it is said; the inverted one has a field of its own"),
        (half and len(words) == 2 * half and _same(words[:half], words[half:]), "the name once"),
        (_TITLE_WORDS.search(name), "the name alone; the role has a code"),
        (_TWO_PEOPLE.search(name), "one contributor for each person; a body as a body"),
        (_shouts(name) or (half and name == name.lower() and name != name.upper()), "capitals where the name has them"),
    )
    return next((expected for is_so, expected in wrong if is_so), "")


@lru_cache(maxsize=4096)
def _is_nobody(name: str) -> bool:
    return unnamed(name) is not None or _NO_NAME.fullmatch(name.strip()) is not None


def _same(first: list[str], second: list[str]) -> bool:
    return [word.casefold().strip(",") for word in first] == [word.casefold().strip(",") for word in second]


def _shouts(text: str) -> bool:
    if text != text.upper():  # nearly every text
        return False
    letters = [letter for letter in text if letter.isalpha() and letter.lower() != letter.upper()]
    return len(letters) >= SHOUTS_FROM and " " in text.strip() and all(letter.isupper() for letter in letters)


def _name(who: Contributor) -> str:
    return who.person_name or who.corporate_name or ""
