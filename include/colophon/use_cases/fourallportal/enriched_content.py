"""FP-6, words of the portal: what is written there comes into the title's records, cleaned, for the recipients that it was written for.

The words of a title are one row beside the supplement. A text remembers which editorial text it was written from; once that one
changes, ours goes, and both are listed. What is too long, or for nobody that we know, is an exception, and ours goes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.use_case import UseCase
from colophon.config import Config
from colophon.config.nearest import nearest
from colophon.domain.facts import Facts
from colophon.domain.finding import Finding
from colophon.domain.product import Product
from colophon.domain.supplement import Copy, Supplement
from colophon.errors import BadRecordError
from colophon.onix.collateral import KINDS_OF_COPY, XHTML
from colophon.onix.copies import FEATURE, base_of, is_current
from colophon.onix.xhtml import plain, xhtml
from colophon.systems.fourallportal.mapping import PortalMapping
from colophon.systems.fourallportal.records import PortalObject
from colophon.systems.fourallportal.rules import fault
from colophon.systems.fourallportal.values import entries

DESTINATION = "title-records"
ORIGIN = "4ALLPORTAL"
_KINDS = {"MAIN_DESCRIPTION": "main", "SHORT_DESCRIPTION": "short", "FEATURES": FEATURE}
_SHOWN = 60
AS_PLAIN = frozenset({"short", FEATURE})
"""Kinds that are measured without their tags, as shops print them."""


class WordsAtPortal(NamedTuple):
    """An object with the fields that the portal owns, its product (None: Consonance has none that can be read), and its row as it was.

    `obj`: None where the portal has it no more.
    """

    object_id: str
    obj: PortalObject | None
    product: Product | None
    before: Supplement | None = None


@dataclass(slots=True)
class WordsPlan(Plan):
    """`rows`: what stands beside the supplement from now on, by object; None: nothing."""

    rows: dict[str, Supplement | None] = field(default_factory=dict)


class _Said(NamedTuple):
    """One entry: what it says, in which language, for which channel (empty: all); `is_own`: it names the locale. `place`: both, for people."""

    values: tuple[str, ...]
    language: str
    channel: str
    is_own: bool
    place: str


def decide(facts: Facts, context: DecisionContext) -> WordsPlan:
    """The row of each title, and what of its words cannot be taken."""
    plan, (mapping,) = WordsPlan(judged={DESTINATION: []}, settled={DESTINATION: []}), facts.records(PortalMapping)
    for title in facts.records(WordsAtPortal):
        subject = f"portal:{title.object_id}"
        plan.judged[DESTINATION].append(subject)
        if title.obj is None:
            plan.rows[title.object_id] = None
        elif title.product is not None:
            plan.names[subject] = title.product.subject
            words = _Words(title.product, context.config, title.before)
            try:
                plan.rows[title.object_id] = words.row(title.obj, mapping)
            except BadRecordError as problem:
                words.problem("PORTAL-ENTRY", "entry", problem.sentence, "an entry with a value")
            plan.findings += words.findings
        if not plan.findings or plan.findings[-1].subject != plan.names.get(subject):
            plan.settled[DESTINATION].append(subject)
    return plan


class _Words:
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


CASE = UseCase(
    id="fourallportal__enriched_content",
    reads=(WordsAtPortal,),
    upstream=(Product,),
    decide=decide,
    backfill="latest",
    systems=("fourallportal",),
)
