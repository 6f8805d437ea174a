"""Who is whom: contacts with known duplicates and near misses, how many the matcher finds, and how fast.

python -m benchmarks.parties [CONTACTS]
"""

import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from colophon.domain.party import Party
from colophon.domain.party_matching import Matcher

GIVEN = [
    "Jürgen",
    "Anna",
    "Hanna",
    "Søren",
    "Åsa",
    "Björn",
    "Karl",
    "Maria",
    "Zoë",
    "Léa",
    "Émile",
    "Günther",
    "Käthe",
    "Ida",
    "Otto",
    "Nora",
    "Piotr",
    "Ewa",
    "Tomás",
    "Inês",
    "Sean",
    "Aoife",
    "Owen",
    "Bronwen",
    "Ruth",
    "Naomi",
    "Daniel",
    "Samuel",
    "Michael",
    "Rachel",
    "Ines",
    "Ulrike",
    "Jörg",
    "Lars",
    "Freya",
    "Astrid",
    "Hugo",
    "Clara",
    "Marek",
    "Zofia",
    "Paolo",
    "Giulia",
    "Andrés",
    "Lucía",
]
BEGINS = [
    "Lin",
    "Hol",
    "Berg",
    "Wald",
    "Stein",
    "Öl",
    "Mül",
    "Jør",
    "Sand",
    "Brand",
    "Fisch",
    "Kast",
    "Win",
    "Sommer",
    "Grün",
    "Lund",
    "Nor",
    "Hav",
    "Wick",
    "Ash",
    "Thorn",
    "Rams",
    "Black",
    "White",
    "Hart",
]
ENDS = [
    "berg",
    "mann",
    "strøm",
    "feld",
    "ler",
    "sen",
    "hoff",
    "gård",
    "quist",
    "by",
    "well",
    "ton",
    "wood",
    "field",
    "ley",
    "ham",
    "ström",
    "bauer",
    "meyer",
    "ski",
]
STREETS = [
    "Hauptstr.",
    "Mill Lane",
    "Rue Neuve",
    "Storgata",
    "High Street",
    "Lindenweg",
    "Via Roma",
    "Calle Mayor",
    "Station Road",
    "Am Markt",
]
FAR = "村上春樹"
"""A name in another script, which says nothing of one in ours."""


class Planted(NamedTuple):
    """Ours, theirs, and of theirs the contact that each truly is (empty: nobody of ours) and how it was made."""

    ours: list[Party]
    theirs: list[Party]
    truth: dict[str, str]
    kinds: dict[str, str]


def planted(contacts: int = 20_000, seed: int = 7) -> Planted:
    """So many contacts; a twentieth of them has a duplicate at the other system, another one a near miss there, and a tenth are strangers."""
    chance = random.Random(seed)
    ours = [_somebody(chance, number) for number in range(contacts)]
    picked = chance.sample(range(contacts), contacts // 10)
    made = Planted(ours, [], {}, {})
    for kinds, places, is_same in ((DUPLICATES, picked[: contacts // 20], True), (NEAR_MISSES, picked[contacts // 20 :], False)):
        names = [name for name, (share, _) in kinds.items() for _ in range(share)]
        for number, place in enumerate(places):
            kind = names[number % len(names)]
            mine, theirs = kinds[kind][1](ours[place], chance)
            ours[place] = mine
            made.theirs.append(replace(theirs, key=f"{kind}-{number}"))
            made.truth[f"{kind}-{number}"] = mine.key if is_same else ""
            made.kinds[f"{kind}-{number}"] = kind
    for number in range(contacts // 10):
        made.theirs.append(replace(_somebody(chance, contacts + number), key=f"stranger-{number}"))
        made.truth[f"stranger-{number}"], made.kinds[f"stranger-{number}"] = "", "stranger"
    return made


class Found(NamedTuple):
    """What the matcher made of them: by kind of pair, how often each verdict; and the two figures."""

    table: dict[str, Counter[str]]
    precision: float
    recall: float
    seconds: float


def measured(given: Planted) -> Found:
    """Look each of theirs up among ours."""
    table, wrong, matched, hits, since = dict[str, Counter[str]](), 0, 0, 0, time.perf_counter()
    matcher = Matcher(given.ours)
    for theirs in given.theirs:
        match = matcher.look(theirs)
        table.setdefault(given.kinds[theirs.key], Counter())[match.verdict] += 1
        truth = given.truth[theirs.key]
        matched += match.verdict == "match"
        wrong += match.verdict == "match" and match.candidates[0].key != truth
        hits += bool(truth) and match.verdict in {"match", "propose"} and truth in {each.key for each in match.candidates}
    known = sum(map(bool, given.truth.values()))
    return Found(table, 1 - wrong / max(matched, 1), hits / known, time.perf_counter() - since)


def _somebody(chance: random.Random, number: int) -> Party:
    given, key = chance.choice(GIVEN), chance.choice(BEGINS) + chance.choice(ENDS)
    ids = {("supplier_id", f"s{number}")} if number % 3 else {("isni", f"{number:016d}")}
    return Party(
        key=str(number), display=f"{given} {key}", ids=frozenset(ids), emails=frozenset({f"p{number}@contacts.example"}),
        line1=f"{chance.choice(STREETS)} {chance.randint(1, 199)}", postcode=f"{chance.randint(10000, 99999)}",
    )  # fmt: skip


def _without(party: Party, *names: str) -> Party:
    """As another system has somebody who told it less."""
    empty = {"ids": frozenset(), "emails": frozenset(), "line1": "", "postcode": ""}
    return replace(party, **{name: empty[name] for name in names})


def _split(party: Party) -> tuple[str, str]:
    given, _, key = party.display.partition(" ")
    return given, key


def _typo(word: str, chance: random.Random) -> str:
    place = chance.randrange(2, len(word) - 1)
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def _other_fold(text: str) -> str:
    for mark, plain in {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "o", "å": "a", "é": "e", "ë": "e", "Ö": "Oe", "Å": "A", "É": "E"}.items():
        text = text.replace(mark, plain)
    return text


def _other_given(given: str, chance: random.Random) -> str:
    return chance.choice([name for name in GIVEN if name[0] != given[0]])


Pair = Callable[[Party, random.Random], tuple[Party, Party]]


def _pair(change: Callable[[Party, random.Random], Party], *without: str) -> Pair:
    return lambda mine, chance: (mine, _without(change(mine, chance), *without))


def _born(mine: Party, year: int) -> Party:
    return replace(mine, display=f"{mine.display} ({year})")


DUPLICATES: dict[str, tuple[int, Pair]] = {
    "the same identifier": (32, _pair(lambda mine, _: mine, "emails", "line1", "postcode")),
    "the same identifier, initials": (8, _pair(lambda mine, _: replace(mine, display=f"{_split(mine)[0][0]}. {_split(mine)[1]}"), "emails")),
    "the same identifier, another script": (3, _pair(lambda mine, _: replace(mine, display=FAR), "emails", "line1", "postcode")),
    "an initial, the same e-mail": (15, _pair(lambda mine, _: replace(mine, display=f"{_split(mine)[0][0]}. {_split(mine)[1]}"), "ids", "line1")),
    "the other spelling of umlauts, the same house": (15, _pair(lambda mine, _: replace(mine, display=_other_fold(mine.display)), "ids", "emails")),
    "a slip in the key name, the same e-mail": (
        10, _pair(lambda mine, chance: replace(mine, display=f"{_split(mine)[0]} {_typo(_split(mine)[1], chance)}"), "ids", "line1"),
    ),
    "inverted, the same house": (10, _pair(lambda mine, _: replace(mine, display=f"{_split(mine)[1]}, {_split(mine)[0]}"), "ids", "emails")),
    "with a year of birth, the same house": (3, _pair(lambda mine, _: _born(mine, 1961), "ids", "emails")),
    "a slip in the given name, the same e-mail": (
        2, _pair(lambda mine, _: replace(mine, display=f"{_split(mine)[0][0]}x{_split(mine)[0][1:]} {_split(mine)[1]}"), "ids", "line1"),
    ),
    "moved, and another e-mail": (2, _pair(lambda mine, _: mine, "ids", "emails", "line1")),
}  # fmt: skip
"""How a duplicate differs, with its share of a hundred. The last two kinds nobody can find without asking."""
NEAR_MISSES: dict[str, tuple[int, Pair]] = {
    "a family in one house": (25, _pair(lambda mine, chance: replace(mine, display=f"{_other_given(_split(mine)[0], chance)} {_split(mine)[1]}"), "ids", "emails")),
    "a namesake elsewhere": (25, _pair(lambda mine, _: replace(mine, emails=frozenset({"x@elsewhere.example"}), line1="Elsewhere 1", postcode="1"), "ids")),
    "a namesake of another year in the same house": (10, lambda mine, _: (_born(mine, 1931), _without(_born(mine, 1984), "ids", "emails"))),
    "father and son in one house": (
        10, lambda mine, _: (replace(mine, display=f"{mine.display} Sr"), _without(replace(mine, display=f"{mine.display} Jr"), "ids", "emails")),
    ),
    "an agent's e-mail": (15, _pair(lambda mine, chance: replace(_somebody(chance, 0), emails=mine.emails), "ids")),
    "the same identifier under another name": (5, _pair(lambda mine, chance: replace(_somebody(chance, 0), ids=mine.ids), "emails", "line1")),
    "one letter more, in one house": (10, _pair(lambda mine, _: replace(mine, display=f"H{_split(mine)[0].lower()} {_split(mine)[1]}"), "ids", "emails")),
}  # fmt: skip
"""Somebody else, who looks alike; with the share of a hundred."""


def main(contacts: int) -> None:
    """Print the table."""
    given = planted(contacts)
    found = measured(given)
    print(
        f"{len(given.ours):,} contacts, {len(given.theirs):,} looked up in {found.seconds:.1f} s: {len(given.theirs) / found.seconds:,.0f} a second"
    )
    print(f"{'':52}{'match':>8}{'propose':>9}{'clash':>8}{'none':>8}")
    for kind, counts in found.table.items():
        print(f"{kind:52}{counts['match']:8}{counts['propose']:9}{counts['clash']:8}{counts['none']:8}")
    print(f"precision of automatic matches {found.precision:.4f}; recall of matches and proposals {found.recall:.4f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 20_000)
