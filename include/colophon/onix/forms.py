"""Product forms: the codes of ONIX 2.1 that the system of record gives (its List 7), as those of ONIX 3 (List 150)."""

from collections.abc import Mapping
from typing import NamedTuple

from colophon.domain.product import FormKind, Product


class Form(NamedTuple):
    """ONIX 3 form, its details (List 175), and the composition (List 2: 00 single, 10 multiple-item retail, 30 trade-only)."""

    code: str
    details: tuple[str, ...] = ()
    composition: str = "00"


# Only codes that mean something else in ONIX 3; all others kept their meaning.
_CHANGED = {
    "DA": Form("EA"),  # digital, no carrier said
    "DD": Form("VI"),  # DVD, meant as video
    "DG": Form("ED"),  # electronic book text
    "DH": Form("EC"),  # online resource
    "DN": Form("EA"),  # mixed digital delivery
    "DO": Form("LB"),  # digital product licence key
    "DP": Form("LC"),  # digital product licence code
    "WW": Form("SA", composition="10"),
    "WX": Form("XN", composition="30"),
}

DIGITAL_FORMS = frozenset({"EA", "EB", "EC", "ED", "AJ", "AN", "AO", "SG", "LA", "LB", "LC"})
AUDIO_FORMS = frozenset(f"A{letter}" for letter in "ABCDEFGHIJKLMNOZ")
MULTI_ITEM_FORMS = frozenset(f"S{letter}" for letter in "ABCDEFGH")
UNDEFINED = Form("00")
_BY_KIND: Mapping[str, FormKind] = {
    "PhysicalBookProduct": "print",
    "ElectronicBookProduct": "ebook",
    "PhysicalAudioProduct": "audio",
    "ElectronicAudioProduct": "audio",
}

# Blank books, calendars, stationery, toys: nobody is expected to have written them.
_WITHOUT_AUTHORS = ("PB", "PC", "PD", "PF", "PK", "PL", "PM", "PP", "PR", "PS", "PT", "PV", "X", "Z")


def form_of(product: Product) -> Form:
    """The ONIX 3 form of a product; a code that nobody knows is kept, and judged by the schema."""
    return _modern(product.form_code)


def modern_form(code: str | None) -> str | None:
    """The same of a bare code; None where there is none."""
    return _modern(code).code if code else None


def _modern(code: str | None) -> Form:
    if not code:
        return UNDEFINED
    if code in MULTI_ITEM_FORMS:
        return Form(code, composition="10")
    return _CHANGED.get(code) or Form(code)


def is_digital(form: str) -> bool:
    """Delivered electronically: no measures, and the digital rate of VAT."""
    return form in DIGITAL_FORMS


def edition_of(product: Product) -> FormKind | None:
    """Print, e-book or audio: by its form, by its type where it has none; None where it is none of these."""
    return edition_of_form(form_of(product).code) if product.form_code else _BY_KIND.get(product.kind)


def edition_of_form(form: str) -> FormKind | None:
    """The same of a bare code."""
    if form in AUDIO_FORMS:
        return "audio"
    return "ebook" if is_digital(form) else "print" if form.startswith("B") else None


def needs_no_author(form: str) -> bool:
    """Whether the absence of contributors is normal, so that `NoContributor` says so."""
    return form.startswith(_WITHOUT_AUTHORS)
