"""D: what the book is."""

import re
from collections import Counter
from collections.abc import Iterator

from colophon.onix.descriptive import PART_NUMBER, PART_NUMBER_WORDS
from colophon.onix.forms import AUDIO_FORMS, MULTI_ITEM_FORMS, is_digital
from colophon.quality.rule import C, Case, E, Fault, W, rule

PRINT = "B"
PHYSICAL = ("A", "B", "C", "P")
"""Groups of List 150 with size: audio, books, maps, other print; less what is delivered electronically."""
_GROUPS_WITH_DETAILS = frozenset("ABDE")
MULTI_ITEM_COMPOSITIONS = frozenset({"10", "11", "30", "31"})
AUDIO_UNITS = frozenset({"04", "05", "06", "14", "15", "16"})
MASS, LENGTH = frozenset({"gr", "kg", "oz", "lb"}), frozenset({"mm", "cm", "in"})
MASS_TYPES = frozenset({"08", "17", "18", "22", "26", "30"})
"""Measures of List 48 that are weights."""
_FORMAT_WORDS = re.compile(r"\b(hardback|paperback|e-?book|audiobook|hardcover|edition|volume|vol|book|part)\b", re.IGNORECASE)
_NUMBERS_AND_SIGNS = re.compile(r"[\d\W_]+")
_THEMA, _BISAC = re.compile(r"(?![A-Z]{3}[0-9]{6})[A-Z][A-Z0-9]*(-[A-Z0-9-]+)?"), re.compile(r"[A-Z]{3}[0-9]{6}")
"""A code of Thema; one of BISAC begins with a letter, too."""


@rule("D1", W, "The title is more than format or series words", "Give the book's own title.")
def real_title(case: Case) -> Iterator[Fault]:
    """`Book 3, paperback` is no title; 1984 is one."""
    title = case.record.title
    bare, words = _FORMAT_WORDS.subn("", title)
    is_format = words > 0 and not _NUMBERS_AND_SIGNS.sub("", bare)
    # The first volume is often called as its series is.
    is_series = any(title.casefold() == c.title.casefold() and (c.part_number or "1").lstrip("0") != "1" for c in case.record.collections)
    if is_format or not title.strip() or is_series:
        yield Fault("TitleElement", title, "a title of its own")


@rule("D2", W, "ONIX 3.1 has the title in its parts", "Give the title without its prefix, and the prefix where there is one.")
def title_text(case: Case) -> Iterator[Fault]:
    """TitleText in 3.1, where it is deprecated: it stands in for parts that the source does not give."""
    if case.profile.release == "3.1" and not case.record.title_without_prefix:
        yield Fault("TitleText", case.record.title, "TitlePrefix or NoPrefix, and TitleWithoutPrefix")


@rule("D3", C, "Contributors are named", "Name the contributors, or say that there are none.")
def contributors(case: Case) -> Iterator[Fault]:
    """A contributor or NoContributor."""
    if not case.record.contributors and not case.record.no_contributor:
        yield Fault("Contributor", None, "a contributor, or NoContributor")


@rule("D3a", W, "Contributors are numbered 1, 2, 3 without gaps", "Number the contributors in the order of the title page.")
def contributor_order(case: Case) -> Iterator[Fault]:
    """The W half of D3; the builder keeps the source's numbers."""
    numbers = sorted(c.sequence for c in case.record.contributors)
    if numbers != list(range(1, len(numbers) + 1)):
        yield Fault("SequenceNumber", numbers, "1, 2, 3 without gaps")


@rule("D4", C, "The language of the text is known", "Give the language of the content.")
def language(case: Case) -> Iterator[Fault]:
    """A Language of role 01."""
    if not any(x.role == "01" for x in case.record.languages):
        yield Fault("Language", None, "the language of the text")


@rule("D5", C, "Pages for print, duration for audio", "Give the page count or the running time.")
def extents(case: Case) -> Iterator[Fault]:
    """Pages for print C; duration in audio units."""
    record = case.record
    if record.product_form.startswith(PRINT) and not any(e.unit == "03" for e in record.extents):
        yield Fault("Extent", "no pages", "the number of pages")
    if record.product_form in AUDIO_FORMS and not any(e.extent_type == "09" and e.unit in AUDIO_UNITS for e in record.extents):
        yield Fault("Extent", "no duration", "the running time")


@rule("D5a", E, "A duration is in units of time", "Give the running time in minutes.")
def duration_units(case: Case) -> Iterator[Fault]:
    """The E half of D5: a duration in pages is wrong, not incomplete."""
    for extent in case.record.extents:
        if extent.extent_type == "09" and extent.unit not in AUDIO_UNITS:
            yield Fault("ExtentUnit", extent.unit, "a unit of time")


@rule("D6", C, "A physical product has its measures", "Give height, width and thickness.")
def measures(case: Case) -> Iterator[Fault]:
    """Measures for physical products."""
    form = case.record.product_form
    if form.startswith(PHYSICAL) and not is_digital(form) and not case.record.measures:
        yield Fault("Measure", None, "height, width, thickness")


@rule(
    "D6a",
    E,
    "Measures fit the product and their units",
    "Remove the measures of a digital product; use mm, cm, in, gr, kg, oz, lb.",
)
def measure_units(case: Case) -> Iterator[Fault]:
    """The E half of D6: none for digital, weight in gr/kg/oz/lb, length in mm/cm/in."""
    digital = is_digital(case.record.product_form)
    for measure in case.record.measures:
        if digital:
            yield Fault("Measure", f"{measure.value} {measure.unit}", "none: the product is digital")
        elif measure.unit not in (MASS if measure.measure_type in MASS_TYPES else LENGTH):
            yield Fault("MeasureUnitCode", measure.unit, "mm, cm, in for lengths; gr, kg, oz, lb for weight")


@rule("D7", E, "Form and form detail agree", "Choose a detail of the form's own group.")
def form_detail(case: Case) -> Iterator[Fault]:
    """No detail of another group of forms (audio, book, disc, digital); a product has a form."""
    form = case.record.product_form
    if form in {"", "00"}:
        yield Fault("ProductForm", form, "what kind of product it is")
        return
    for detail in case.record.product_form_details:
        if {detail[:1], form[0]} <= _GROUPS_WITH_DETAILS and detail[0] != form[0]:
            yield Fault("ProductFormDetail", detail, f"a detail of {form[0]} forms")


@rule("D8", E, "A set says what is in it", "Name the parts of the set.")
def parts(case: Case) -> Iterator[Fault]:
    """Multi-item forms have ProductPart."""
    record = case.record
    multi_item = record.product_form in MULTI_ITEM_FORMS or record.product_composition in MULTI_ITEM_COMPOSITIONS
    if multi_item and not record.product_parts:
        yield Fault("ProductPart", None, "the parts of the set")


@rule("D9", E, "One main subject in each scheme", "Mark one subject of the scheme as the main one.")
def main_subjects(case: Case) -> Iterator[Fault]:
    """At most one MainSubject for each scheme."""
    mains = Counter(s.scheme for s in case.record.subjects if s.is_main)
    for scheme, count in mains.items():
        if count > 1:
            yield Fault("MainSubject", f"{count} in scheme {scheme}", "one")


@rule("D10", C, "There is a main subject", "Give the main subject, Thema first.")
def has_main_subject(case: Case) -> Iterator[Fault]:
    """A main subject in some scheme."""
    if not any(s.is_main for s in case.record.subjects):
        yield Fault("MainSubject", None, "a main subject")


@rule(
    "D10b", E, "A main subject is a subject", "Mark a subject as the main one; a qualifier says where, when, in which language, for whom."
)
def main_is_no_qualifier(case: Case) -> Iterator[Fault]:
    """Qualifiers of Thema and BIC begin with a digit: they stand beside a subject, and not for one."""
    for scheme in ("THEMA", "BIC"):
        subjects = [(subject.code.strip(), subject.is_main) for subject in case.product.subjects if subject.scheme == scheme]
        codes = [(code, is_main) for code, is_main in subjects if code]
        if codes and all(code[0].isdigit() for code, _ in codes):
            yield Fault("Subject", [code for code, _ in codes], f"a subject of {scheme} beside its qualifiers")
        elif marked := [code for code, is_main in codes if is_main and code[0].isdigit()]:
            yield Fault("MainSubject", marked, f"a subject of {scheme}, and no qualifier")


@rule("D10a", E, "Subject codes have their scheme's shape", "Correct the code: Thema begins with a letter, BISAC is ABC123456.")
def subject_shape(case: Case) -> Iterator[Fault]:
    """The E half of D10."""
    for subject in case.record.subjects:
        shape = _THEMA if subject.scheme == "93" else _BISAC if subject.scheme == "10" else None
        if shape and not shape.fullmatch(subject.code):
            yield Fault("SubjectCode", subject.code, f"a code of scheme {subject.scheme}")


@rule("D11", C, "Children's books say for whom", "Give the audience and the reading age.")
def audience(case: Case) -> Iterator[Fault]:
    """Audience, and an age range for children's books (Thema Y, BISAC JUV/JNF/YAF)."""
    childrens = any(
        (s.scheme == "93" and s.code.startswith("Y")) or (s.scheme == "10" and s.code[:3] in {"JUV", "JNF", "YAF", "YAN"})
        for s in case.record.subjects
    )
    if childrens and not case.record.audience_ranges:
        yield Fault("AudienceRange", None, "the reading age")
    if not case.record.audiences and childrens:
        yield Fault("Audience", None, "for whom the book is")


@rule("D12", E, "A series number is a number, as the publisher counts", "Correct the number, or leave it out.")
def series_number(case: Case) -> Iterator[Fault]:
    """1-3, 0.5, IV and Book Two count; a sentence or a row of signs does not: the builder leaves it out, and this says so."""
    for collection in case.record.collections:
        if collection.part_number is not None and not PART_NUMBER.fullmatch(collection.part_number):
            yield Fault("PartNumber", collection.part_number, PART_NUMBER_WORDS)


@rule("D13", E, "An edition statement comes with type or number", "Give the edition's type or number.")
def edition(case: Case) -> Iterator[Fault]:
    """EditionStatement has EditionType or EditionNumber."""
    if case.record.edition_statement and not case.record.edition_types and case.record.edition_number is None:
        yield Fault("EditionStatement", case.record.edition_statement, "an edition type or number beside it")
