"""D: people and titles as people really mistype them."""

import re
from collections.abc import Iterator
from functools import lru_cache

from colophon.onix.forms import AUDIO_FORMS
from colophon.onix.names import PARTICLES, unnamed
from colophon.onix.record import Contributor
from colophon.quality.rule import Case, E, Fault, W, rule

# List 17: who lends a voice or a face, or directs, films and records those who do; print and plain e-books have none.
_PERFORMING = "D01 D02 D03 D04 D99 E01 E02 E03 E04 E05 E06 E07 E08 E09 E10 E11 E99 F01 F02 F99"
PERFORMERS = frozenset(_PERFORMING.split())
ARTISTS = frozenset({"A12", "A13", "A35", "A39", "A40", "A41", "A46", "A47", "A48"})
"""Who makes what is seen."""
_NO_NAME = re.compile(
    r"n\.?/?a\.?|tb[acd]|to be (?:announced|confirmed|advised)|none|null|nil|not (?:applicable|available|known|specified)|keine angabe|k\. ?a\."
    r"|(?:no |the )?(?:authors?|contributors?|names?)(?: (?:tb[acd]|here|names?|to come))?|multiple authors|first ?name last ?name|test|xxx+|[\W_]+",
    re.IGNORECASE,
)
"""What stands for a name and has no code of List 19 either."""
_ROLES = (
    r"author|editor|illustrator|translator|narrator|reader|introduction|foreword|autor(?:in)?|auteure?|traducteur|hrsg|herausgeber(?:in)?"
)
_TITLE_WORDS = re.compile(
    rf"^(?:by|(?-i:par|von)|(?:written|edited|compiled|illustrated|translated|narrated|read|ed)\.? by|hrsg\.? v(?:on|\.)|(?:{_ROLES})s?:)\s"
    rf"|\((?:ed|eds|hg|trans|transl|illus|{_ROLES})s?\.?\)|\b(?:eds?|hrsg|hg)\.$",
    re.IGNORECASE,
)
_MACHINE = re.compile(r"\((?:ai|ki|digital|synth\w*|virtual|computer|auto)\b[^)]*\)", re.IGNORECASE)
_DEGREES = r"jr|sr|ph\.?d|d\.?phil|m\.?d|m\.?a|b\.?a|m\.?sc|b\.?sc|mba|j\.?d|d\.?d|ed\.?d|psy\.?d|rn|cpa|esq|obe|mbe|cbe|kbe|dbe|frsl?|[kq]c|s\.?j|o\.?p|ofm"
_RANKS = r"(?:crown )?(?:prince|princess|duke|duchess|earl|count|countess|lord|lady|baron|baroness|king|queen)\b.*"
_SUFFIX = re.compile(rf"(?:, (?:{_DEGREES}|i{{1,3}}|iv|{_RANKS})\.?)+$", re.IGNORECASE)
_TWO_PEOPLE = re.compile(r"\s(and|und|et|&|\+|\||with|mit)\s|;|/", re.IGNORECASE)
_AFTER = frozenset({"fils", "p\u00e8re", "filho", "neto"})
"""What stands after a family name in small letters."""
_YEARS_OF_LIFE = re.compile(r"\b1\d{3}\s*[-\u2013]|\b(?:b|born|geb)\.? 1\d{3}\b|[-\u2013]\s*20\d{2}\b", re.IGNORECASE)
_NAME_IN_CAPITALS, _CAPS_LOCK = re.compile(r"\b(?![IVXLC]+\b)[^\W\d_]{5,}\b"), re.compile(r"\b[a-z][A-Z]{2,}\b")
_PART_WORDS = r"(?:book|volume|vol\.?|part|band|bd\.?|tome|no\.?|#)"
_NUMBERED = re.compile(rf"[\s:,(#-]*{_PART_WORDS}\s*\d+\)?\s*$|\s#\d+\)?\s*$", re.IGNORECASE)
_ARTICLE_AT_END = re.compile(r", (?:the|an?|der|die|das|les?|la|los|las|el|un|une|eine?|il|lo)$", re.IGNORECASE)
_FORMAT_AT_END = re.compile(
    r"[([](?:paperback|hardback|hardcover|softcover|e-?book|kindle(?: edition)?|epub|pdf|audio-?book|audio|taschenbuch|gebunden|broch\u00e9)[)\]]$",
    re.IGNORECASE,
)
_UNTITLED = re.compile(
    r"\W*(?:(?:title |titel )?(?:tb[acd]|to be (?:confirmed|announced|advised)|to (?:come|follow)|folgt)|titles?|no title|ohne titel|sans titre|sin t\u00edtulo"
    r"|(?:untitled|working title|new title|neuer titel|unbenannt)(?: \W?\d+\W?)?|(?:test|dummy)(?: (?:title|book|product))?|null|none|xxx+|n\.?/?a\.?|lorem ipsum.*)?\W*",
    re.IGNORECASE,
)
"""What stands for a title before there is one."""
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


@rule(
    "D16",
    W,
    "Nobody reads a printed book aloud, or draws what is only heard",
    "Correct the contributor's role, or take the contributor from this format.",
    "ours",
)
def roles_fit_the_form(case: Case) -> Iterator[Fault]:
    """Performers (List 17 D, E, F) on what has neither sound nor picture; artists on audio."""
    form = case.record.product_form
    strange = PERFORMERS if form.startswith(("B", "ED", "P", "C")) else ARTISTS if form in AUDIO_FORMS else frozenset()
    for who in case.record.contributors:
        if performing := sorted(set(who.roles) & strange):
            yield Fault("ContributorRole", f"{', '.join(performing)} {_name(who)}", "a role that this form has")


@rule("D17", W, "A title is the title alone", "Move subtitle, series, number and author to their own fields.", "ours")
def title_alone(case: Case) -> Iterator[Fault]:
    """Subtitle, series, number, format or author stands in the title too; it stands there twice, back to front, or shouts."""
    title, subtitle = case.record.title, case.record.subtitle or ""
    if subtitle and title.casefold() == subtitle.casefold():
        yield Fault("Subtitle", subtitle, "a subtitle, or none: this one is the title")
    elif expected := _instead_of_title(
        title, subtitle, tuple(collection.title for collection in case.record.collections), *map(_name, case.record.contributors)
    ):
        yield Fault("TitleText", title, expected)
    if _shouts(title):
        yield Fault("TitleText", title, "capitals where the title has them")


@rule("D18", E, "A title is there", "Give the title, or hold the product back until it has one.", "ours")
def no_placeholder(case: Case) -> Iterator[Fault]:
    """TBC and its kin are said to readers as they stand."""
    for field, text in (("TitleText", case.record.title), ("Subtitle", case.record.subtitle or "")):
        if text and _UNTITLED.fullmatch(text):
            yield Fault(field, text, "the words that stand on the book")


@lru_cache(maxsize=4096)
def _instead_of_title(title: str, subtitle: str, series: tuple[str, ...], *names: str) -> str:
    """What should stand there instead of such a title; empty: it is as titles are. Kept as names are."""
    folded = title.casefold()
    words = folded.split()
    half = len(words) // 2
    rest = _NUMBERED.sub("", title).strip(" ,:-–").casefold()
    # Where the book is called as its series is, nothing but the number tells its volumes apart.
    is_series = any(rest == name.casefold().strip() for name in series)
    wrong = (
        (len(subtitle) > 3 and folded.endswith(subtitle.casefold()), "the title without its subtitle"),
        (any(_names_series(title, name) for name in series), "the title without its series"),
        (series and rest and not is_series and _NUMBERED.search(title), "the title without its number in the series"),
        (any(name and folded.endswith(f" by {name.casefold()}") for name in names), "the title without its author"),
        (_FORMAT_AT_END.search(title), "the title without its format"),
        (_ARTICLE_AT_END.search(title), "the title as it is said, with its article before it"),
        (half > 1 and words == words[:half] * 2, "the title once"),
    )
    return next((expected for is_so, expected in wrong if is_so), "")


def _names_series(title: str, series: str) -> bool:
    """Its name in brackets or after a colon, or with a number before one."""
    named = re.escape(series)
    pattern = rf"[(:\-–]\s*{named}\b|^{named},? (?:{_PART_WORDS} ?)?\d+\s?[:\-–]"
    return len(series) > 3 and re.search(pattern, title, re.IGNORECASE) is not None


@lru_cache(maxsize=4096)
def _instead_of(name: str) -> str:
    """What should stand there instead of such a name; empty: it is as names are. One title goes to many recipients, so it is kept."""
    words = name.split()
    half = len(words) // 2
    if not name or _is_nobody(name):
        return ""
    said = _SUFFIX.sub("", name)
    wrong = (
        (said.count(",") == 1, "the name as it is said; the inverted one has a field of its own"),
        (half and len(words) == 2 * half and _same(words[:half], words[half:]), "the name once"),
        (_MACHINE.search(name), "UnnamedPersons: a machine's voice has a code of List 19"),
        (_TITLE_WORDS.search(name), "the name alone; the role has a code"),
        ("," in said or _TWO_PEOPLE.search(name), "one contributor for each person; a body as a body"),
        (_YEARS_OF_LIFE.search(name), "the name without years"),
        (_shouts(name) or _has_odd_capitals(words), "capitals where the name has them"),
    )
    return next((expected for is_so, expected in wrong if is_so), "")


@lru_cache(maxsize=4096)
def _is_nobody(name: str) -> bool:
    return unnamed(name) is not None or _NO_NAME.fullmatch(name.strip()) is not None


def _same(first: list[str], second: list[str]) -> bool:
    return [word.casefold().strip(",()[]") for word in first] == [word.casefold().strip(",()[]") for word in second]


def _has_odd_capitals(words: list[str]) -> bool:
    """Whispered, with caps lock the wrong way, or with one name in capitals beside another that is not."""
    if len(words) < 2:
        return False
    last, name = words[-1], " ".join(words)
    is_whispered = last.isalpha() and len(last) > 2 and last == last.lower() != last.upper() and last not in {*PARTICLES, *_AFTER}
    shouted = [word for word in _NAME_IN_CAPITALS.findall(name) if word == word.upper() != word.lower()]
    return is_whispered or bool(_CAPS_LOCK.search(name)) or bool(shouted and name != name.upper())


def _shouts(text: str) -> bool:
    if text != text.upper():  # nearly every text
        return False
    letters = [letter for letter in text if letter.isalpha() and letter.lower() != letter.upper()]
    return len(letters) >= SHOUTS_FROM and " " in text.strip() and all(letter.isupper() for letter in letters)


def _name(who: Contributor) -> str:
    return who.person_name or who.corporate_name or ""
