"""Which contact of ours is whom at another system: by identifiers alone, and by name and address only as a proposal.

    match = Matcher(parties).look(theirs)
    match.verdict in {"match", "clash", "propose", "none"}

Precision comes first: a wrong match would pay the wrong person. A name, an address or an e-mail alone never matches anybody.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import Literal, NamedTuple

from rapidfuzz.distance import JaroWinkler

from colophon.domain.party import Name, Party, folds, folds_of, script

ALIKE, ALIKE_ORGANISATIONS = 0.93, 0.9
"""So alike two key names are at least, of those that share an e-mail or a place; and the names of two organisations."""
MOST = 5
"""So many proposals for one party, the best first."""


class Candidate(NamedTuple):
    """A contact that somebody may be; `reasons` say why, in words without values."""

    key: str
    score: int
    reasons: tuple[str, ...]


class Match(NamedTuple):
    """What was found: one contact by identifiers, one whose name contradicts them (`clash`), some that are likely, or none."""

    verdict: Literal["match", "clash", "propose", "none"]
    candidates: tuple[Candidate, ...] = ()


class Matcher:
    """Our parties, found by what two records must share to be compared."""

    def __init__(self, parties: Iterable[Party]) -> None:
        self._by_id = defaultdict[tuple[str, str], list[Party]](list)
        self._by_place = defaultdict[object, list[Party]](list)
        self._by_key = dict[str, Party]()
        for party in parties:
            self._by_key[party.key] = party
            for name in party.ids:
                self._by_id[name].append(party)
            for block in _blocks(party):
                self._by_place[block].append(party)

    def get(self, key: str) -> Party | None:
        """A party of ours."""
        return self._by_key.get(key)

    def look(self, theirs: Party, never: Collection[str] = ()) -> Match:
        """Who somebody is. :param never: contacts of which a person said that they are somebody else."""
        same = {
            party.key: (kind, party) for kind, value in sorted(theirs.ids) for party in self._by_id[kind, value] if party.key not in never
        }
        if len(same) == 1:
            ((key, (kind, party)),) = same.items()
            reasons = (f"the same {kind.replace('_', ' ')}",)
            return Match("match" if are_compatible(party, theirs) else "clash", (Candidate(key, 100, reasons),))
        if same:
            return Match(
                "clash", tuple(Candidate(key, 100, (f"the same {kind.replace('_', ' ')}",)) for key, (kind, _) in sorted(same.items()))
            )
        near = {party.key: party for block in _blocks(theirs) for party in self._by_place[block] if party.key not in never}
        likely = sorted((found for party in near.values() if (found := _compare(party, theirs))), key=lambda each: (-each.score, each.key))
        return Match("propose", tuple(likely[:MOST])) if likely else Match("none")


def are_compatible(ours: Party, theirs: Party) -> bool:
    """Whether two names can be those of one party: in two scripts they always can, for one says nothing of the other.

    Names that are the same but for blanks and commas are, also where nobody can say which part of them is the key name. What is no name
    says nothing.
    """
    if ours.birth_year and theirs.birth_year and ours.birth_year != theirs.birth_year:
        return False
    if _solid(ours) & _solid(theirs):
        return True
    if script(ours.display) != script(theirs.display):
        return bool(script(ours.display) and script(theirs.display))
    if ours.is_organisation or theirs.is_organisation:
        return max(JaroWinkler.similarity(a.key, b.key) for a in _whole(ours) for b in _whole(theirs)) >= ALIKE_ORGANISATIONS
    return any(_given_fit(a, b) and _key_score(a, b) >= ALIKE for a in ours.names() for b in theirs.names())


def _compare(ours: Party, theirs: Party) -> Candidate | None:
    """How likely two are one; None: not at all. The name must fit, and an e-mail or a place beside it."""
    if ours.is_organisation != theirs.is_organisation or not are_compatible(ours, theirs):
        return None
    if script(ours.display) != script(theirs.display):
        return None  # scripts meet by identifiers only
    reasons = ["the same e-mail"] if ours.emails & theirs.emails else []
    reasons += ["the same postcode and house number"] if ours.place is not None and ours.place == theirs.place else []
    if not reasons:
        return None
    is_exact = any(a[:3] == b[:3] for a in ours.names() for b in theirs.names())
    first = "the same name" if is_exact else "a name that fits"
    year = bool(ours.birth_year and ours.birth_year == theirs.birth_year)
    score = 50 + 20 * len(reasons) + 10 * is_exact - 5 * (not is_exact) + 5 * year
    return Candidate(ours.key, min(score, 99), (first, *reasons, *(["the same year of birth"] if year else [])))


def _blocks(party: Party) -> Iterator[object]:
    yield from party.emails
    if party.place is not None:
        yield party.place


def _whole(party: Party) -> list[Name]:
    return list(party.names()) if party.is_organisation else [Name(fold, "") for fold in folds(party.display)]


def _solid(party: Party) -> set[str]:
    """Its name as it is spoken, in one word: what stands behind a person's comma goes first."""
    spoken = folds(party.display) if party.is_organisation else map(_spoken, folds_of(party.display))
    return {re.sub(r"\W", "", text) for text in spoken} - {""}


def _spoken(fold: str) -> str:
    return " ".join(reversed(fold.partition(",")))


def _key_score(one: Name, other: Name) -> float:
    mine, theirs = _least(one.key), _least(other.key)
    if mine == theirs or one.is_guess or other.is_guess or min(len(mine), len(theirs)) < 4:
        return float(mine == theirs)
    return float(JaroWinkler.similarity(mine, theirs))


def _given_fit(one: Name, other: Name) -> bool:
    """Whether given names can be one person's: word by word the same or an initial; a father is not his son."""
    if one.suffix != other.suffix:
        return False
    pairs = zip(_least(one.given).split(), _least(other.given).split(), strict=False)
    return bool(one.given and other.given) and all(a == b or (min(len(a), len(b)) == 1 and a[0] == b[0]) for a, b in pairs)


def _least(folded: str) -> str:
    """With ae, oe, ue as a, o, u: somebody who writes Jurgen Mueller has folded one name in each way."""
    return folded.replace("ae", "a").replace("oe", "o").replace("ue", "u")
