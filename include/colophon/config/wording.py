"""Words of notices as data: a template for each kind, language and channel, checked against the fields of its kind when it is loaded.

    text = context.config.words.text("milestone", "de", fields, {"work_link": link})

Templates are Jinja in a sandbox. `day` says a date as the language does, `term` a code (`copyedit_complete`) by terms.yaml,
`short(40)` cuts a text at a word.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from functools import cache
from typing import Any, NamedTuple

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.dates import format_date
from jinja2 import Environment, StrictUndefined, TemplateError, meta, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import BaseModel, ConfigDict, Field

FALLBACK = "en"
LONGEST = {"title": 80, "body": 3000, "line": 200, "email_subject": 150, "email_body": 20_000, "sms": 306}
"""Characters that a channel takes of each text; a phone shows some 30 of a title and 140 of a body, and a text message has two parts at most."""
_GSM = frozenset("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà") | frozenset(
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)
_BLANKS = re.compile(r"[ \t]+")
_SMS_OTHERWISE = 134
"""As long is a text message with a character that GSM's own alphabet has not."""
LINKS = {"work_link": "https://consonance.example/works/9", "desk_url": "https://airflow.example/colophon"}
"""Fields that every kind has, with examples: the title's page in Consonance, and the desk; empty where publisher.yaml says neither."""


class Text(NamedTuple):
    """What one person is told: on a phone or browser, in a digest, and where these are other words by e-mail and text message."""

    title: str
    body: str
    line: str
    link: str
    email_subject: str = ""
    email_body: str = ""
    sms: str = ""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Wording(_Part):
    """Templates of one language, in Jinja. `line` is the notice in a digest; what is empty says what `title` and `body` say.

    The filter `day` says a date as the language does, `term` a code by terms.yaml, `short(40)` cuts a text at a word. A field that there is not,
    and an example that is longer than its channel takes, are refused when the file is loaded.
    """

    title: str = Field(min_length=1)
    body: str = Field(min_length=1)
    line: str = ""
    email_subject: str = ""
    email_body: str = ""
    sms: str = ""


class Kind(_Part):
    """The words of one kind of notice, by language (`en`, `de`), and where it leads: to the title in Consonance, to the desk (`desk_url`), or nowhere.

    A publisher's own file goes over the one that ships, language by language. `example` names the fields that templates may use, with a
    value each: it is always the one that ships. Whoever reads a language without words gets English.
    """

    example: dict[str, Any]
    link: str = "{{ work_link }}"
    languages: dict[str, Wording]


class Words(_Part):
    """All kinds, and what codes are called in each language."""

    kinds: dict[str, Kind] = Field(default_factory=dict)
    terms: dict[str, dict[str, str]] = Field(default_factory=dict)

    def text(self, kind: str, language: str, fields: Mapping[str, Any], links: Mapping[str, str]) -> Text:
        """A notice of a kind in a language, or where it has none of it in English, cut to what the channels show.

        :param language: such as `de`, `de-AT` or `ger`. :param fields: those that the kind's example names.
        """
        words, chosen = self.kinds[kind], self.language(kind, language)
        wording = words.languages[chosen]
        flat = {name: " ".join(value.split()) if isinstance(value, str) else value for name, value in fields.items()}
        values = {**links, **flat, "_language": chosen, "_terms": self.terms.get(chosen, {})}
        said = {name: clipped(_said(source, values), LONGEST[name]) for name, source in wording if source}
        return Text(**{"line": said["title"], **said}, link=_said(words.link, values))

    def language(self, kind: str, language: str) -> str:
        """In which language a notice of a kind is said to somebody who reads this one."""
        known = self.kinds[kind].languages
        return next((each for each in (language_of(language), FALLBACK) if each in known), next(iter(known)))


def language_of(told: str) -> str:
    """A language as templates name it: `de` for `de-AT`, `ger` and `deu`; empty for one that nobody knows."""
    code = told.replace("_", "-").partition("-")[0].strip().lower()
    try:
        return str(Locale.parse(get_global("language_aliases").get(code, code)).language) if code else ""
    except (ValueError, UnknownLocaleError):
        return ""


def faults_of(kind: Kind, terms: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """What is wrong with the templates of a kind: a field that there is not, a text that is longer than its channel shows."""
    if not kind.languages:
        yield "languages: there is none"
    for language, wording in kind.languages.items():
        if language_of(language) != language:
            near = get_close_matches(language_of(language) or language, ("en", "de", "fr", "es", "it", "nl"), n=1, cutoff=0.1)
            yield f"languages.{language}: that is no language's code" + (f"; did you mean {near[0]}?" if near else "")
            continue
        for name, source in [*wording, ("link", kind.link)]:
            for fault in _faults_of(source, kind.example, {"_language": language, "_terms": terms.get(language, {})}, LONGEST.get(name)):
                yield f"languages.{language}.{name}: {fault}"


def as_text_message(text: str) -> str:
    """Cut to two parts of a text message, which hold less where a sign is none of GSM's own alphabet."""
    return clipped(text, LONGEST["sms"] if _GSM.issuperset(text) else _SMS_OTHERWISE)


def clipped(text: str, most: int) -> str:
    """The text, cut at a word where it is longer, with an ellipsis; nothing that people see as one sign is cut in two."""
    if len(text) <= most:
        return text
    cut = most - 1
    while cut > 0 and (_joins(text[cut]) or _joins(text[cut - 1], before=True)):
        cut -= 1
    kept = text[:cut]
    at_word = kept if text[cut : cut + 1].isspace() else kept.rpartition(" ")[0]
    return f"{(at_word if len(at_word) > most // 2 else kept).rstrip()}…"


def _joins(sign: str, *, before: bool = False) -> bool:
    """Whether a sign belongs to the one before it (an accent, a colour of skin), or with `before` to the one that follows."""
    if before:
        return sign == "\u200d" or "\U0001f1e6" <= sign <= "\U0001f1ff"
    return bool(unicodedata.combining(sign)) or sign in "\u200d\ufe0e\ufe0f" or "\U0001f3fb" <= sign <= "\U0001f3ff"


@pass_context
def _day(context: Context, value: Any) -> str:
    """A date as the language says it."""
    if not isinstance(value, date):
        return str(value or "")
    language = str(context["_language"])
    return str(format_date(value, "long", "en_GB" if language == FALLBACK else language))


def _short(value: Any, most: int) -> str:
    return clipped(str(value or ""), most)


@pass_context
def _term(context: Context, value: Any) -> str:
    terms: Mapping[str, str] = context["_terms"]
    return terms.get(str(value), str(value).replace("_", " ").lower())


@cache
def _environment() -> Environment:
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
    environment.filters |= {"day": _day, "term": _term, "short": _short}
    return environment


@cache
def _template(source: str) -> Any:
    return _environment().from_string(source)


def _said(source: str, values: Mapping[str, Any]) -> str:
    """With one blank where a template leaves several, as after something that is not known."""
    return _BLANKS.sub(" ", str(_template(source).render(values))).strip()


def _faults_of(source: str, example: Mapping[str, Any], names: Mapping[str, Any], most: int | None) -> Sequence[str]:
    fields = {**LINKS, **example}
    try:
        unknown = sorted(meta.find_undeclared_variables(_environment().parse(source)) - fields.keys())
        if unknown:
            near = get_close_matches(unknown[0], fields, n=1)
            return [
                f"there is no field {unknown[0]}" + (f"; did you mean {near[0]}?" if near else f"; there are {', '.join(sorted(fields))}")
            ]
        said = _said(source, {**fields, **names})
        _said(source, {**{name: type(value)() if not isinstance(value, date) else None for name, value in fields.items()}, **names})
    except (TemplateError, TypeError, ValueError, ArithmeticError, AttributeError) as problem:
        return [f"the template cannot be used: {' '.join(str(problem).split())}"]
    if most is not None and len(said) > most:
        return [f"the example has {len(said)} characters, and {most} fit"]
    return []
