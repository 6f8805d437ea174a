"""C: texts with something in them that was never meant to be read."""

import re
from collections.abc import Iterator
from functools import lru_cache

from colophon.onix.record import OnixProduct
from colophon.onix.xhtml import plain
from colophon.quality.rule import Case, E, Fault, W, rule

# What the later bytes of a letter in UTF-8 become where they are read as Windows-1252: signs that are odd after a letter, and quotes and the like.
_ODD = "\u0080-\u009f\u00a1-\u00aa\u00ac-\u00ba\u00bc-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u201a\u201e\u2020\u2021\u2030\u20ac\u2122"
_ANY = _ODD + "\u00ab\u00bb\u2013\u2014\u2018\u2019\u201c\u201d\u2022\u2026\u2039\u203a"
_MOJIBAKE = re.compile(
    f"[\u00c2\u00c3][{_ANY}\u00a0]|(?<![A-Z\u00c0-\u00de])\u00c3 |[\u00c4\u00c5](?:[{_ODD}]|[{_ANY}](?=[a-z]))|[\u00ce-\u00d1\u00d7-\u00d9][{_ODD}]"
    f"|(?:[\u00ce-\u00d1\u00d7-\u00d9][{_ANY}]){{2}}|(?:[\u00e3-\u00e9][{_ANY}]{{2}}){{2}}|\u00e2\u20ac.|\u00f0\u0178|\ufffd|\u00ef\u00bf\u00bd"
    "|[\u0080-\u009f]"  # Windows-1252 read as Latin-1
    "|\u221a[^\x00-\x7f\u0370-\u03ff]|\u201a\u00c4[\u00b6\u00ec-\u00fa\u2020-\u2265]|\u251c.|\u0393\u00c7."  # UTF-8 read as Mac Roman, as code page 437
    "|(?:[\u0420\u0421][\u0402-\u040f\u0430-\u04ff\u2010-\u203a\u20ac\u2116\u2122\u00a0-\u00bf]){3}"  # or as Windows-1251
    "|[\ue000-\uf8ff]"  # a sign of a font of one's own
)
"""Letters that were read in the wrong encoding, once or twice."""
_LOST = re.compile("(?<=[a-z\u00df-\u00ff])\\?(?=[a-z\u00df-\u00ff])")
"""What stands where an encoding lacked a letter."""
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_DIRECTION, _RIGHT_TO_LEFT = re.compile("[\u200e\u200f\u061c]"), re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_UNSEEN = re.compile("[\u00ad\u200b\u2060\ufeff]")
_COPY = r"(?:description|blurb|copy|text|synopsis|bio(?:graphy)?|beschreibung|klappentext)"
_PLACEHOLDER = re.compile(
    rf"\b(?:lorem ipsum|dolor sit amet|blindtext|click (?:or tap )?here to enter text|no {_COPY} (?:is )?(?:yet )?available"
    rf"|{_COPY} (?:is |will be )?(?:to (?:come|follow|be (?:supplied|confirmed))|tb[acds]|folgt|coming soon|goes? here|here(?=\W*$)|needed|pending)"
    rf"|(?:insert|enter|add|your) (?:the |a |your |book )?{_COPY} here)\b",
    re.IGNORECASE,
)
_NOTHING_ELSE = re.compile(
    r"\W*(?:tb[acds]|tk+|to (?:come|follow|be (?:announced|confirmed|supplied))|coming soon|folgt|not available|n\.?/?a\.?|xxx+|asdf\w*|test"
    rf"|none|null|nil|nan|undefined|untitled|{_COPY}|0|ref)?\W*",
    re.IGNORECASE,
)
_MONEY, _CODE = "[£$€¥₹]", "(?:EUR|GBP|USD|CAD|AUD|NZD|CHF|JPY|INR|ZAR|SEK|NOK|DKK|PLN)"
_ADDRESSES = {
    "an e-mail address": re.compile(r"@(?<=[\w.+-]@)[\w-]+\.[\w.]{2,}|\b[\w.+-]+ ?[(\[]at[)\]] ?[\w-]+"),
    "a link": re.compile(
        r"\b(?:(?i:https?://|www\.)\S+|[\w-]{2,}\.(?:com|net|org|info|co\.uk|de)(?:/\S*|\b(?![.\w@-]))|(?:bit\.ly|goo\.gl|amzn\.to|t\.co|linktr\.ee)/\S+)"
    ),
    "a price": re.compile(
        rf"{_MONEY}\s?\d+(?:,\d{{3}})*[.,]\d{{2}}\b|\b\d+(?:[.,]\d{{2}}|,-)\s?(?:{_MONEY}|(?:{_CODE}|Euros?)\b)"
        rf"|\b(?:{_CODE}|RRP|UVP|(?i:price|preis|prix):)\s?{_MONEY}?\s?\d"
    ),
}
_ESCAPED = re.compile(
    r"&(?:amp;)*(?:lt|#0*60|#x0*3c);/?(?:(?:p|br|b|i|u|em|strong|ul|ol|li|div|span|h[1-6]|table|tr|td|sup|sub|blockquote|font|/a)\b"
    r"(?:\s+[\w:-]+\s*=[^<>]{0,120}?)?\s*/?&(?:amp;)*(?:gt|#0*62|#x0*3e);|a\s+href)"
    r"|&amp;(?:amp|lt|gt|quot|apos|nbsp|[mn]dash|[lr][sd]quo|hellip|#\d{2,5}|#x[0-9a-f]{2,4});",
    re.IGNORECASE,
)
_IN_NAMES = re.compile(
    r"&(?:amp|lt|gt|quot|apos|nbsp|[a-z]{1,2}(?:acute|grave|uml|circ|cedil|tilde)|[mn]dash|[lr][sd]quo|#\d{2,5}|#x[0-9a-f]{2,4});|</?[a-z]{1,6}\s?/?>",
    re.IGNORECASE,
)
"""Entities and tags in titles and names, which are no HTML."""
_IMAGES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".gif")
_STANDS_IN = re.compile(
    r"(?:no|missing|default|dummy|blank|temp|sample)[-_ ]?(?:cover|image|jacket)|placeholder|coming[-_ ]?soon|cover[-_ ]?(?:tbc|tba|to[-_ ]come)"
)
_SIGNED = re.compile(r"[?&](x-amz-expires|x-amz-signature|x-goog-expires|expires|sig|signature|token)=", re.IGNORECASE)
_INSIDE = re.compile(
    r"^https?://(?:[^/@]*@)?(?:localhost|[^./:]+|[^/:]*\.(?:local|localdomain|internal|intranet|lan|corp|home)|127\.[\d.]+|10\.[\d.]+|192\.168\.[\d.]+"
    r"|172\.(?:1[6-9]|2\d|3[01])\.[\d.]+|169\.254\.[\d.]+|\[[^\]]*\])(?::\d+)?(?:/|$)",
    re.IGNORECASE,
)


@rule("C6", E, "Names and titles are in whole letters", "Correct the text at its source; it was read in the wrong encoding there.", "ours")
def whole_letters(case: Case) -> Iterator[Fault]:
    """Mojibake, replacement characters, and marks that turn the direction of what follows."""
    for field, text in _named(case.record):
        yield from _broken(field, text)
        if unseen := _UNSEEN.search(text):
            yield Fault(field, f"U+{ord(unseen[0]):04X}", "text without characters that nobody sees")


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


@rule("C9", W, "Markup is markup", "Paste the text as text; what was escaped in descriptions is read as what it was meant to be.", "ours")
def escaped_markup(case: Case) -> Iterator[Fault]:
    """Tags of the source that were escaped, and any in names: other systems show them to readers as they stand."""
    for field, name in _named(case.record):
        if ("&" in name or "<" in name) and (found := _IN_NAMES.search(name)):
            yield Fault(field, found[0], "the letters themselves")
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
    """A file whose name says that it is something else, or an image that stands in for the cover."""
    for resource in case.record.resources:
        name = resource.link.split("?")[0].rpartition("/")[2].lower()
        if resource.content_type == "01" and "." in name and not name.endswith(_IMAGES) and len(name.rpartition(".")[2]) <= 4:
            yield Fault("ResourceLink", name, "an image: .jpg, .png, .tif")
        elif resource.content_type == "01" and _STANDS_IN.match(name):
            yield Fault("ResourceLink", name, "the cover itself")


@rule("C10b", W, "A link stays", "Link the file where it is public, without a signature that runs out.", "recipient")
def stays(case: Case) -> Iterator[Fault]:
    """Recipients fetch files days later, and again; a signed link is dead by then."""
    for resource in case.record.resources:
        if signed := _SIGNED.search(resource.link):
            yield Fault("ResourceLink", f"{resource.link.split('?')[0]}?{signed[1]}=...", "a link that does not run out")


def _named(record: OnixProduct) -> Iterator[tuple[str, str]]:
    """Titles and names, which stand on one line and have no markup."""
    yield "TitleText", record.title
    yield "Subtitle", record.subtitle or ""
    yield "ImprintName", record.imprint_name or ""
    for who in record.contributors:
        yield "PersonName", who.person_name or who.corporate_name or ""
        yield "PersonNameInverted", who.name_inverted or ""
    for collection in record.collections:
        yield "Collection", collection.title


def _broken(field: str, text: str) -> Iterator[Fault]:
    if not text.isascii() or "?" in text:
        for found, expected in _in_wrong_letters(text):
            yield Fault(field, found, expected)


@lru_cache(maxsize=1024)
def _in_wrong_letters(text: str) -> tuple[tuple[str, str], ...]:
    """What is found in a text, and what would be right; recipients share texts, so that it is looked for once."""
    wrong = []
    if broken := _MOJIBAKE.search(text) or _LOST.search(text):
        wrong.append((text[max(0, broken.start() - 20) : broken.end() + 20], "letters that were read in the right encoding"))
    turned = _BIDI.search(text) or (None if _RIGHT_TO_LEFT.search(text) else _DIRECTION.search(text))
    if turned:
        wrong.append((f"U+{ord(turned[0]):04X}", "text without marks that turn its direction"))
    return tuple(wrong)


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
