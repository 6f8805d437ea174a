"""Block 1 of a record: who, what series, how long, how big, about what, for whom."""

import re
from decimal import Decimal

from colophon.domain.product import Contributor as ProductContributor
from colophon.domain.product import Product
from colophon.domain.supplement import Supplement
from colophon.onix.forms import is_digital
from colophon.onix.names import name_parts, unnamed
from colophon.onix.record import Audience, AudienceRange, Collection, Contributor, Extent, Language, Measure, Omission, Subject
from colophon.onix.record_parts import Identifier
from colophon.onix.text import line

# D12: ONIX takes the designation of a part as text: 3, 1-3, 0.5, IV, Book Two. A sentence is a title in the wrong field.
PART_NUMBER = re.compile(r"(?=.*\w)(?!#)\S+(?: \S+){0,3}")
PART_NUMBER_WORDS = "a number as the series counts, such as 3, 1-3, 0.5, IV or Book Two"

# List 27 by our scheme and the code's first character: qualifiers have schemes of their own.
_SCHEMES = {
    "THEMA": ("93", {"1": "94", "2": "95", "3": "96", "4": "97", "5": "98", "6": "99"}),
    "BISAC": ("10", {}),
    "BIC": ("12", {"1": "13", "2": "14", "3": "15", "4": "16", "5": "17"}),
}
_MAY_BE_MAIN = frozenset({"93", "10", "12"})
_CHILDREN = ("Y", "JUV", "JNF")
_YOUNG_ADULTS = ("YAF", "YAN")
ISNI = "16"
# Thema's interest ages: years from which on a book interests (List 30: 17), and months for the youngest (16).
_YEARS = {f"5A{letter}": years for years, letter in enumerate("CDFGHJKLMNPQ", start=3)} | {"5AB": 0}
_MONTHS = {"5ABB": 0, "5ABD": 6, "5ABF": 12, "5ABH": 18, "5ABK": 24}
_IN_YEARS, _IN_MONTHS, _READING = "17", "16", "18"
_KEYWORDS = "20"
_TRANSLATORS = frozenset({"B06", "B08", "B10"})


def contributors(product: Product, facts: Supplement, omissions: list[Omission]) -> list[Contributor]:
    """People and organisations in their order; somebody with two roles in one place is written once."""
    built: dict[tuple[int, int], Contributor] = {}
    said = {entry.sequence: entry.code for entry in facts.unnamed}
    for who in sorted(product.contributors, key=lambda who: (who.sequence, who.contact_id, who.role)):
        known = built.get((who.sequence, who.contact_id))
        name = line(who.name, "contributor", omissions)
        if known:
            known.roles += [] if who.role in known.roles else [who.role]
        elif name:
            nobody = said.get(who.sequence) or unnamed(name)
            built[who.sequence, who.contact_id] = (
                Contributor(who.sequence, [who.role], unnamed=nobody)
                if nobody
                else _contributor(who, name, line(who.name_inverted, "contributor", omissions))
            )
        else:
            omissions.append(Omission("D3", "contributor", "", f"a name for contact {who.contact_id}"))
    people = list(built.values())
    originals = [entry.code for entry in product.languages if entry.role == "02"]
    for person in people:
        if len(originals) == 1 and _TRANSLATORS & set(person.roles):
            person.from_language = originals[0]
    for field, entries in (("place", facts.contributor_places), ("link", facts.contributor_links)):
        for entry in entries:
            for person in people:
                if entry.code == str(person.sequence):
                    setattr(person, field, entry.text)
    return people


def _contributor(who: ProductContributor, name: str, inverted: str | None) -> Contributor:
    ids = [Identifier(ISNI, who.isni.replace(" ", ""))] if who.isni and who.isni.strip() else []
    if who.is_organisation:
        return Contributor(who.sequence, [who.role], corporate_name=name, identifiers=ids)
    parts = name_parts(name, inverted, who.key_names)
    return Contributor(who.sequence, [who.role], person_name=name, name_inverted=inverted, identifiers=ids, parts=parts)


def collections(product: Product, facts: Supplement, omissions: list[Omission]) -> list[Collection]:
    """Series by name; a number of an illegal shape is left out and reported (D12)."""
    built = []
    for series in sorted(product.series, key=lambda series: (series.title, series.series_id)):
        title = line(series.title, "series", omissions)
        number = line(series.part_number, "series.part_number", omissions)
        if number and not PART_NUMBER.fullmatch(number):
            omissions.append(Omission("D12", "series.part_number", number, PART_NUMBER_WORDS))
            number = None
        issn = (series.issn or "").replace("-", "").strip()
        if title:
            parent = facts.parent_series if facts.parent_series != title else None
            built.append(Collection(title, number, [Identifier("02", issn)] if issn else [], parent))
    return built


def languages(product: Product) -> list[Language]:
    """Roles of List 22 and codes of List 74, as recorded."""
    return [Language(entry.role, entry.code) for entry in product.languages]


def extents(product: Product, form: str) -> list[Extent]:
    """Pages (digital: those of the notional print, List 23: 10) and minutes (D5)."""
    found = []
    if product.pages and product.pages > 0:
        found.append(Extent("10" if is_digital(form) else "00", str(product.pages), "03"))
    if product.duration_minutes and product.duration_minutes > 0:
        found.append(Extent("09", str(product.duration_minutes), "05"))
    return found


def measures(product: Product, omissions: list[Omission]) -> list[Measure]:
    """Height, width and thickness in millimetres, as recorded: D6 judges whether the form may have them."""
    found = []
    for kind, field in (("01", "height_mm"), ("02", "width_mm"), ("03", "thickness_mm")):
        value: Decimal | None = getattr(product, field)
        if value is not None and value <= 0:
            omissions.append(Omission("D6", field, str(value), "a size above 0"))
        elif value is not None:
            found.append(Measure(kind, value, "mm"))
    return found


def subjects(product: Product, facts: Supplement, schemes: tuple[str, ...]) -> list[Subject]:
    """Codes of the schemes that the recipient takes, with their qualifiers, main ones first; then keywords, all in one element."""
    found = []
    versions = {entry.code: entry.text for entry in facts.subject_versions}
    for subject in product.subjects:
        main_scheme, qualifiers = _SCHEMES.get(subject.scheme, (subject.scheme, {}))
        code = subject.code.strip()
        scheme = qualifiers.get(code[:1], main_scheme)
        if main_scheme in schemes and code:
            is_main = subject.is_main and scheme in _MAY_BE_MAIN
            found.append(Subject(scheme, code, is_main, versions.get(scheme) or versions.get(main_scheme)))
    order = {scheme: place for place, scheme in enumerate(schemes)}
    found.sort(key=lambda subject: (order.get(subject.scheme, len(order)), not subject.is_main))
    if facts.keywords:
        found.append(Subject(_KEYWORDS, "", heading="; ".join(dict.fromkeys(facts.keywords))))
    return found


def audiences(product: Product, facts: Supplement) -> list[Audience]:
    """As the supplement says, else children (List 28: 02) and young adults (03) where the subjects say so, else nothing (D11)."""
    if facts.audiences:
        return [Audience(entry.code, entry.text or "") for entry in facts.audiences]
    codes = [subject.code for subject in product.subjects if subject.scheme in {"THEMA", "BISAC"}]
    if any(code.startswith(_YOUNG_ADULTS) for code in codes):
        return [Audience("01", "03")]
    if any(code.startswith(_CHILDREN) for code in codes):
        return [Audience("01", "02")]
    return []


def audience_ranges(product: Product, facts: Supplement) -> list[AudienceRange]:
    """Interest age as the supplement says, else from Thema's interest ages, the youngest of them; and the reading age."""
    ranges = []
    codes = [subject.code.strip() for subject in product.subjects if subject.scheme == "THEMA" and subject.code.startswith("5A")]
    years, months = [_YEARS[code] for code in codes if code in _YEARS], [_MONTHS[code] for code in codes if code in _MONTHS]
    if facts.age_from is not None or facts.age_to is not None:
        ranges.append(_span(_IN_YEARS, facts.age_from, facts.age_to))
    elif months:
        ranges.append(_span(_IN_MONTHS, min(months), None))
    elif years:
        ranges.append(_span(_IN_YEARS, min(years), 2 if years == [0] else None))
    if facts.reading_age_from is not None or facts.reading_age_to is not None:
        ranges.append(_span(_READING, facts.reading_age_from, facts.reading_age_to))
    return ranges


def _span(qualifier: str, first: int | None, last: int | None) -> AudienceRange:
    return AudienceRange(qualifier, None if first is None else str(first), None if last is None else str(last))
