"""FP-6, words of one title: what of its object's fields is taken, in which language and for whom, and what is wrong with the rest."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from colophon.config import Config
from colophon.domain.finding import Finding
from colophon.domain.nearest import nearest
from colophon.domain.product import Product
from colophon.domain.supplement import Copy, Supplement
from colophon.onix.collateral import KINDS_OF_COPY, XHTML
from colophon.onix.copies import FEATURE, base_of, is_current
from colophon.onix.xhtml import plain, xhtml
from colophon.systems.fourallportal.mapping import PortalMapping
from colophon.systems.fourallportal.records import PortalObject
from colophon.systems.fourallportal.rules import fault
from colophon.systems.fourallportal.values import entries

DESTINATION, ORIGIN = "title-records", "4ALLPORTAL"
_KINDS = {"MAIN_DESCRIPTION": "main", "SHORT_DESCRIPTION": "short", "FEATURES": FEATURE}
_SHOWN = 60
AS_PLAIN = frozenset({"short", FEATURE})
"""Kinds that are measured without their tags, as shops print them."""


class _Said(NamedTuple):
    """One entry: what it says, in which language, for which channel (empty: all); `is_own`: it names the locale. `place`: both, for people."""

    values: tuple[str, ...]
    language: str
    channel: str
    is_own: bool
    place: str


class Words:
    """The words of one title, read from its object; what is wrong with them."""

    def __init__(self, product: Product, config: Config, before: Supplement | None) -> None:
        self.product, self.config, self.findings = product, config, list[Finding]()
        self._bases = {(copy.kind, copy.html, copy.language, copy.channel): copy.base for copy in before.copies} if before else {}
        self._language = product.language or config.publisher.default_language

    def row(self, obj: PortalObject, mapping: PortalMapping) -> Supplement | None:
        """All that is taken; None where that is nothing. Raises BadRecordError for an entry without value."""
        copies, keywords, segments = list[Copy](), list[_Said](), list[str]()
        for name, rule in mapping.product.fields.items():
            if rule.owner != "portal" or rule.read_as is None:
                continue
            for said in self._said(name, obj, rule.field, mapping):
                if kind := _KINDS.get(rule.read_as):
                    copies += self._copies(f"{name} ({said.place})" if said.place else name, kind, said)
                elif rule.read_as == "KEYWORDS":
                    keywords += [said] if said.language == self._language else []
                else:
                    segments += said.values
        chosen = next((said.values for said in sorted(keywords, key=lambda said: not said.is_own)), ())
        audiences = tuple(self.config.portal_texts.segments[name].coded for name in self._segments(segments))
        row = Supplement(
            isbn13=self.product.isbn13, origin=ORIGIN, keywords=self._keywords(chosen), audiences=audiences, copies=tuple(copies)
        )
        return row if row.keywords or row.audiences or row.copies else None

    def problem(self, rule: str, name: str, found: object, expected: str) -> None:
        """Something is wrong with the words of a field."""
        self.findings.append(
            fault(rule, self.product.subject, name, found, expected, self.config.owners).model_copy(update={"blocks": DESTINATION})
        )

    def _said(self, name: str, obj: PortalObject, theirs: str, mapping: PortalMapping) -> Iterator[_Said]:
        """Entries for places that we know. A language of its own stays what it is; without one it is the product's."""
        locales, channels = self.config.portal_locales, self.config.portal_channels.channels
        for entry in entries(obj, theirs):
            place = dict(entry.dimensions)
            locale, channel = (place.get(mapping.dimensions.get(each, each), "") for each in ("locale", "channel"))
            language = locales.language(locale) if locale else self._language
            if language is None:
                self.problem("PORTAL-PLACE", f"{name} ({locale})", locale, nearest(locale, locales.locales.values(), "locale"))
            elif channel and channel not in channels:
                self.problem("PORTAL-PLACE", f"{name} ({channel})", channel, nearest(channel, channels, "channel"))
            elif entry.value:
                values = entry.value if isinstance(entry.value, tuple) else (entry.value,)
                yield _Said(values, language, channel, bool(locale), ", ".join(filter(None, (locale, channel))))

    def _copies(self, name: str, kind: str, said: _Said) -> Iterator[Copy]:
        limits = self.config.portal_texts
        if kind == FEATURE and len(said.values) > limits.most_features:
            self.problem("PORTAL-LENGTH", name, f"{len(said.values)} features", f"at most {limits.most_features}")
            return
        longest = limits.feature if kind == FEATURE else limits.longest.get(kind)
        for html in filter(None, map(xhtml, said.values)):
            length = len(plain(html) if kind in AS_PLAIN else html)
            if longest is not None and length > longest:
                self.problem("PORTAL-LENGTH", name, f"{length} characters", f"at most {longest}")
                continue
            base = self._bases.get((kind, html, said.language, said.channel), base_of(self.product, kind))
            copy = Copy(
                kind=kind,
                html=html,
                language=said.language,
                channel=said.channel,
                base=base,
                recipients=tuple(self._recipients(name, kind, html, said)),
            )
            if not is_current(copy, self.product):
                self._newer(name, copy)
            yield copy

    def _recipients(self, name: str, kind: str, html: str, said: _Said) -> Iterator[str]:
        """Who gets it: of its channel, and in a length that each takes."""
        for recipient, profile in sorted(self.config.recipients.items()):
            if said.channel and recipient not in self.config.portal_channels.channels[said.channel]:
                continue
            for limit in (limit for limit in profile.texts if KINDS_OF_COPY.get(limit.text_type) == kind):
                length = len(html if limit.text_format == XHTML else plain(html))
                if limit.max_chars is not None and length > limit.max_chars:
                    self.problem("PORTAL-LENGTH", f"{name} for {recipient}", f"{length} characters", f"at most {limit.max_chars}")
                else:
                    yield recipient

    def _newer(self, name: str, copy: Copy) -> None:
        ours = " ".join(plain(text.html) for text in self.product.texts if text.kind == copy.kind)
        self.problem(
            "PORTAL-NEWER",
            name,
            f"portal: {plain(copy.html)[:_SHOWN]} / editorial, newer: {ours[:_SHOWN]}",
            "words written from the editorial text as it is now",
        )

    def _keywords(self, values: Sequence[str]) -> tuple[str, ...]:
        """Each once; the title and its people are in the record anyway. A phrase with a semicolon is two."""
        known = {self.product.title.casefold(), *(each.name.casefold() for each in self.product.contributors)}
        phrases: dict[str, str] = {}
        for phrase in (" ".join(part.split()) for value in values for part in plain(value).split(";")):
            if phrase and phrase.casefold() not in known:
                phrases.setdefault(phrase.casefold(), phrase)
        limits, told = self.config.portal_texts, tuple(phrases.values())
        too_long = [phrase for phrase in told if len(phrase) > limits.keyword]
        if too_long:
            self.problem("PORTAL-LENGTH", "keywords", f"{len(too_long[0])} characters in one", f"at most {limits.keyword} in each")
        if (length := len("; ".join(told))) > limits.keywords:
            self.problem("PORTAL-LENGTH", "keywords", f"{length} characters", f"at most {limits.keywords} in all")
            return ()
        return tuple(phrase for phrase in told if phrase not in too_long)

    def _segments(self, names: Sequence[str]) -> Iterator[str]:
        known: Mapping[str, Any] = self.config.portal_texts.segments
        for name in dict.fromkeys(names):
            if name in known:
                yield name
            else:
                self.problem("PORTAL-SEGMENT", "segments", name, nearest(name, known, "segment"))
