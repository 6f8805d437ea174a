"""Parties: people and organisations as two systems have them, and what of their names can be compared."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "ß": "ss", "æ": "ae"})
_PLAIN = str.maketrans({"ø": "o", "å": "a", "ß": "ss", "æ": "ae", "ł": "l", "đ": "d", "ð": "d", "þ": "th"})
_YEAR = re.compile(r"\b(1[5-9]\d\d|20[01]\d)\b")
_SUFFIX = re.compile(r"\b(jr|sr|jun|sen|ii|iii|iv)\b\.?", re.IGNORECASE)
_WORDS = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"\d+")
_TITLES = frozenset({"dr", "prof", "sir", "dame", "lord", "lady", "mr", "mrs", "ms", "the", "estate", "of"})
_LEGAL = frozenset({"ltd", "limited", "gmbh", "inc", "llc", "plc", "sa", "sas", "ag", "bv", "co", "kg", "sarl", "srl", "and", "und"})


class Name(NamedTuple):
    """One way to read a name: its key name and the given ones, folded; `suffix` tells a son from his father.

    `is_guess`: nothing says that the key name stands first, as in "Kim Min-jun".
    """

    key: str
    given: str
    suffix: str = ""
    is_guess: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Somebody as one system has them. Personal: kept out of `repr`, and never in a log, an XCom, a label or an exception.

    `key` is the system's own id; `ids` are identifiers that name one party alone, as (type, value).
    """

    key: str
    display: str = field(repr=False)
    inverted: str = field(default="", repr=False)
    is_organisation: bool = False
    ids: frozenset[tuple[str, str]] = field(default=frozenset(), repr=False)
    emails: frozenset[str] = field(default=frozenset(), repr=False)
    line1: str = field(default="", repr=False)
    postcode: str = field(default="", repr=False)

    @property
    def place(self) -> tuple[str, str] | None:
        """Postcode and house number; None where one of them is missing."""
        number = _NUMBER.search(self.line1)
        return (re.sub(r"\W", "", self.postcode).casefold(), number[0]) if self.postcode and number else None

    @property
    def birth_year(self) -> str:
        """A year in the name, as cataloguers write it: `Müller, Jürgen, 1961-`."""
        found = None if self.is_organisation else _YEAR.search(f"{self.display} {self.inverted}")
        return found[1] if found else ""

    def names(self) -> tuple[Name, ...]:
        """The ways to read its name, folded in two ways each: ü as ue and as u."""
        return _names(self.display, self.inverted, self.is_organisation)


def folds(text: str) -> tuple[str, str]:
    """A text for comparison, in two ways: ä as ae, and ä as a; without case, marks and punctuation."""
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text).casefold())
    return tuple(_bare(folded.translate(table)) for table in (_GERMAN, _PLAIN))  # type: ignore[return-value]  # two tables


def is_same_house(one: str, other: str) -> bool:
    """Whether two names are one organisation's, but for its legal form, accents, capitals and punctuation."""
    return not _house(one).isdisjoint(_house(other))


def script(text: str) -> str:
    """The script of a name's first letter, as Unicode calls it; empty where there is none."""
    letter = next((character for character in text if character.isalpha()), "")
    return unicodedata.name(letter, "").partition(" ")[0] if letter else ""


@cache
def _names(display: str, inverted: str, is_organisation: bool) -> tuple[Name, ...]:  # noqa: FBT001 - a cache's key
    return tuple(
        dict.fromkeys(name for text in (inverted, display) if text for fold in folds_of(text) for name in _read(fold, is_organisation))
    )


def folds_of(text: str) -> tuple[str, ...]:
    """The two folds of a name, with its comma kept: what stands before it is the key name."""
    before, comma, after = _YEAR.sub("", text).strip(" ,-()").partition(",")
    return tuple(dict.fromkeys(f"{one}{comma}{two}" for one, two in zip(folds(before), folds(after), strict=True)))


def _read(fold: str, is_organisation: bool) -> Iterator[Name]:  # noqa: FBT001 - as above
    suffix = "".join(found[0].strip(".").lower() for found in _SUFFIX.finditer(fold))
    before, comma, after = _SUFFIX.sub("", fold).partition(",")
    words = [word for word in _WORDS.findall(before) if word not in _TITLES]
    if is_organisation:
        yield Name(" ".join(word for word in _WORDS.findall(fold) if word not in _LEGAL), "")
    elif comma:
        yield Name(" ".join(words), " ".join(_WORDS.findall(after)), suffix)
    elif words:
        yield Name(words[-1], " ".join(words[:-1]), suffix)
        if len(words) > 1:
            yield Name(words[0], " ".join(words[1:]), suffix, is_guess=True)


def _house(name: str) -> set[str]:
    return {" ".join(word for word in re.findall(r"\w+", fold) if word not in _LEGAL) for fold in folds(name)} - {""}


def _bare(text: str) -> str:
    marks_apart = unicodedata.normalize("NFD", text)
    kept = (character for character in marks_apart if not unicodedata.combining(character))
    return re.sub(r"[^\w\s.,&-]|[-.'’]", " ", unicodedata.normalize("NFC", "".join(kept))).strip()
