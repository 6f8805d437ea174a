"""C: texts with something in them that was never meant to be read."""

import re
from collections.abc import Iterator
from functools import lru_cache

from colophon.onix.xhtml import plain
from colophon.quality.rule import Case, E, Fault, W, rule

# UTF-8 that was read as Windows-1252 once more, the replacement character, and what stands for a letter that a font lacked.
_MOJIBAKE = re.compile(
    "[\u00c2\u00c3][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u2044\u20ac\u2122]|\u00e2\u20ac.|\ufffd|\u00ef\u00bf\u00bd"
)
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
# What a match can begin with is looked for first, in each of these: most of a text begins nothing.
_PLACEHOLDER = re.compile(
    r"\b(?=[ldbct])(?:lorem ipsum|(?:description|blurb|copy|text|bio(?:graphy)?) (?:to (?:come|follow)|tb[acd]|here|goes here|needed))\b",
    re.IGNORECASE,
)
_NOTHING_ELSE = re.compile(r"\W*(?:tb[acd]|to come|coming soon|n\.?/?a\.?|xxx+|test|none|\.+|-+)\W*", re.IGNORECASE)
_ADDRESSES = {
    "an e-mail address": re.compile(r"@(?<=[\w.+-]@)[\w-]+\.[\w.]{2,}"),
    "a link": re.compile(r"\b(?=[hw])(?:https?://|www\.)\S+", re.IGNORECASE),
    "a price": re.compile(
        r"(?=[\d£$€GUER])(?:[£$€]\s?\d+(?:[.,]\d{2})\b|\b\d+(?:[.,]\d{2})\s?(?:€|(?:EUR|GBP|USD)\b)|\b(?:GBP|USD|EUR|RRP)\s?£?\d+)"
    ),
}
_ESCAPED = re.compile(r"&(?:amp;)?lt;/?(?:p|br|b|i|em|strong|ul|ol|li|div|span)\b", re.IGNORECASE)
_IMAGES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".gif")
_INSIDE = re.compile(
    r"^https?://(?:[^/@]*@)?(?:localhost|[^./:]+|[^/:]*\.(?:local|localdomain|internal|intranet|lan|corp|home)|127\.[\d.]+|10\.[\d.]+|192\.168\.[\d.]+"
    r"|172\.(?:1[6-9]|2\d|3[01])\.[\d.]+|169\.254\.[\d.]+|\[[^\]]*\])(?::\d+)?(?:/|$)",
    re.IGNORECASE,
)


@rule("C6", E, "Names and titles are in whole letters", "Correct the text at its source; it was read in the wrong encoding there.", "ours")
def whole_letters(case: Case) -> Iterator[Fault]:
    """Mojibake, replacement characters, and marks that turn the direction of what follows."""
    record = case.record
    texts = [("TitleText", record.title), ("Subtitle", record.subtitle or ""), ("ImprintName", record.imprint_name or "")]
    texts += [("PersonName", who.person_name or who.corporate_name or "") for who in record.contributors]
    texts += [("Collection", collection.title) for collection in record.collections]
    for field, text in texts:
        yield from _broken(field, text)


@rule("C6a", W, "Texts are in whole letters", "Correct the text at its source; it was read in the wrong encoding there.", "ours")
def whole_texts(case: Case) -> Iterator[Fault]:
    """The same in descriptions, where a reader can guess."""
    for text in case.record.texts:
        yield from _broken(f"TextContent {text.text_type}", text.text)


@rule("C7", W, "Texts say something", "Write the text, or leave it empty.", "ours")
def placeholders(case: Case) -> Iterator[Fault]:
    """TBC, lorem ipsum, description to follow."""
    for text in case.record.texts:
        if found := _placeholder(_words(text.text, text.text_format)):
            yield Fault(f"TextContent {text.text_type}", found, "the text itself")


@rule(
    "C8",
    W,
    "Texts have no addresses and no prices",
    "Take it out of the text; shops show their own, and some refuse such texts.",
    "recipient",
)
def addresses(case: Case) -> Iterator[Fault]:
    """E-mail addresses, links and prices in descriptions."""
    for text in case.record.texts:
        for what in _addresses(_words(text.text, text.text_format)):
            yield Fault(f"TextContent {text.text_type}", what, "a text without it")


@rule("C9", W, "Markup is markup", "Paste the text as text; its tags were escaped, and are read as what they were meant to be.", "ours")
def escaped_markup(case: Case) -> Iterator[Fault]:
    """Tags of the source that were escaped: other systems show them to readers as they stand."""
    for text in case.product.texts:
        if found := _ESCAPED.search(text.html):
            yield Fault(f"text {text.kind}", found[0], "tags that are not escaped")


@rule("C10", E, "A cover can be fetched from outside", "Give the link that recipients can reach.", "ours")
def reachable(case: Case) -> Iterator[Fault]:
    """Links into the publisher's own network are dead for everybody else."""
    for resource in case.record.resources:
        if _INSIDE.match(resource.link):
            yield Fault("ResourceLink", resource.link.split("?")[0], "a public host name")


@rule("C10a", W, "A cover is an image", "Link the JPEG, not the working file.", "recipient")
def is_image(case: Case) -> Iterator[Fault]:
    """A file whose name says that it is something else."""
    for resource in case.record.resources:
        name = resource.link.split("?")[0].rpartition("/")[2].lower()
        if resource.content_type == "01" and "." in name and not name.endswith(_IMAGES) and len(name.rpartition(".")[2]) <= 4:
            yield Fault("ResourceLink", name, "an image: .jpg, .png, .tif")


def _broken(field: str, text: str) -> Iterator[Fault]:
    if broken := _MOJIBAKE.search(text):
        yield Fault(field, text[max(0, broken.start() - 20) : broken.end() + 20], "letters that were read in the right encoding")
    if turned := _BIDI.search(text):
        yield Fault(field, f"U+{ord(turned[0]):04X}", "text without marks that turn its direction")


@lru_cache(maxsize=1024)
def _placeholder(words: str) -> str:
    """What stands in a text's place; recipients share texts, so that it is looked for once."""
    found = _PLACEHOLDER.search(words) or _NOTHING_ELSE.fullmatch(words)
    return found[0].strip() if found else ""


@lru_cache(maxsize=1024)
def _addresses(words: str) -> tuple[str, ...]:
    return tuple(what for what, pattern in _ADDRESSES.items() if pattern.search(words))


def _words(text: str, text_format: str) -> str:
    return plain(text) if text_format == "05" else text
