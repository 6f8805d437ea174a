"""People: who is nobody with a name (List 19), and a name in the parts by which it is filed."""

import re
from functools import lru_cache

from colophon.onix.record_details import NameParts

UNNAMED_WORDS = {
    "01": "Unknown",
    "02": "Anonymous",
    "03": "Et al.",
    "04": "Various",
    "05": "Synthesised voice (male)",
    "06": "Synthesised voice (female)",
    "07": "Synthesised voice",
    "08": "Synthesised voice (based on a real voice actor)",
    "09": "Artificial intelligence",
}
"""List 19 as people read it."""

_ROLE_WORDS = r"( (authors?|contributors?|artists?|writers?|people|persons?|autor(inn)?en|autor(en)?|auteurs?|hands?))?"
_UNNAMED = tuple(
    (code, re.compile(words + r"\W*", re.IGNORECASE))
    for code, words in (
        ("04", r"(various|several|diverse|verschiedene|divers|vv\.? ?aa\.?|aa\.? ?vv\.?|v\.?a\.?)" + _ROLE_WORDS),
        ("02", r"(anon|anonym(e|ous|us|o)?)\.?" + _ROLE_WORDS),
        ("01", r"(unknown|unbekannt(er?|e)?|inconnue?|author unknown)" + _ROLE_WORDS),
        ("03", r"(et al\.?|and others|u\. ?a\.)"),
        ("09", r"(artificial intelligence|k\u00fcnstliche intelligenz|generative ai|ai[- ]generated)"),
    )
)
_VOICE = re.compile(
    r"(synthe(s|z)i[sz]ed|synthetic|computer[- ]generated|ai|digital|virtual|text[- ]to[- ]speech|tts|synthetische)[- ]+"
    r"(generated )?(voice|narrat(or|ion)|reader|stimme|speech)(?P<more>(\W.*)?)",
    re.IGNORECASE,
)
_MACHINES = frozenset({"AI", "A.I.", "KI"})  # in capitals: Ai and Ki are names
_CLONED = re.compile(r"\b(real|clon\w*|based on|replica)\b", re.IGNORECASE)
_FEMALE, _MALE = re.compile(r"\b(fe|weib)\w*", re.IGNORECASE), re.compile(r"\b(ma|m\u00e4nn)(le|lich)\b", re.IGNORECASE)
_SUFFIXES = re.compile(r"(jr|sr|i{1,3}|iv|v)\.?", re.IGNORECASE)
_WORDS_BEFORE = "van von de der den del della di da dos du la le ten ter zu zum af av el al bin ibn"
_PARTICLES = frozenset(_WORDS_BEFORE.split())


@lru_cache(maxsize=4096)
def unnamed(name: str) -> str | None:
    """The List 19 code of what people type where there is no name; None where it is one."""
    bare = " ".join(name.split())
    if voice := _VOICE.fullmatch(bare):
        more = voice["more"]
        return "08" if _CLONED.search(more) else "06" if _FEMALE.search(more) else "05" if _MALE.search(more) else "07"
    if bare in _MACHINES:
        return "09"
    return next((code for code, words in _UNNAMED if words.fullmatch(bare)), None)


@lru_cache(maxsize=4096)
def name_parts(name: str, inverted: str | None, key: str | None = None) -> NameParts | None:
    """A name's parts, where inverted name or key tell them and give the name again; nothing is guessed."""
    if not inverted:
        return _by_key(name, key) if key else None
    last, *rest = [part.strip() for part in inverted.split(",")]
    if not rest:
        return NameParts(last) if last == name else None
    suffix = rest.pop() if len(rest) == 2 and _SUFFIXES.fullmatch(rest[1]) else ""
    if len(rest) != 1:
        return None
    words = rest[0].split()
    place = len(words)
    while place > 1 and words[place - 1].lower() in _PARTICLES:
        place -= 1
    before, prefix = " ".join(words[:place]), " ".join(words[place:])
    whole = " ".join(filter(None, (before, prefix, last, suffix)))
    is_same = name.replace(",", "").split() == whole.split()
    return NameParts(last, before, prefix, suffix) if is_same and last else None


def _by_key(name: str, key: str) -> NameParts | None:
    """The key at the end of the name, and what stands before it."""
    if name == key:
        return NameParts(key)
    before = name.removesuffix(f" {key}")
    return NameParts(key, before) if before != name else None
