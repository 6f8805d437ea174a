"""What kind of right a product needs, and which kinds a recorded right is about."""

from collections.abc import Collection

from colophon.domain.product import Product
from colophon.domain.rights_deal import ALL, PARTS_OF_PRINT, RightsFormat
from colophon.onix.forms import AUDIO_FORMS, form_of, is_digital

_BY_KIND = {
    "PhysicalBookProduct": RightsFormat.PRINT,
    "ElectronicBookProduct": RightsFormat.EBOOK,
    "PhysicalAudioProduct": RightsFormat.AUDIO_PHYSICAL,
    "ElectronicAudioProduct": RightsFormat.AUDIO_DOWNLOAD,
}
_PRINTED = {"BB": RightsFormat.HARDBACK, "BC": RightsFormat.PAPERBACK}


def format_of(product: Product) -> RightsFormat | None:
    """The product's format; None where nothing says it, or type and form contradict each other."""
    by_kind, by_form = _BY_KIND.get(product.kind), _by_form(product)
    if by_kind is None:
        return by_form
    if by_kind is RightsFormat.PRINT:
        return _PRINTED.get(product.form_code or "", by_kind) if by_form in {None, by_kind, *PARTS_OF_PRINT} else None
    return None if by_form in {RightsFormat.PRINT, *PARTS_OF_PRINT} else by_kind


def is_granted(wanted: RightsFormat, granted: Collection[str]) -> bool:
    """Whether a grant holds for all of a format: print rights are hardback rights, but hardback rights are not print rights."""
    return ALL in granted or wanted in granted or (wanted in PARTS_OF_PRINT and RightsFormat.PRINT in granted)


def is_touched(wanted: RightsFormat, licensed: Collection[str]) -> bool:
    """Whether a licence is about any part of a format."""
    return is_granted(wanted, licensed) or (wanted is RightsFormat.PRINT and not PARTS_OF_PRINT.isdisjoint(licensed))


def unknown_formats(formats: Collection[str]) -> list[str]:
    """Words that are no format."""
    return sorted(word for word in formats if word != ALL and word not in RightsFormat.__members__)


def _by_form(product: Product) -> RightsFormat | None:
    code = form_of(product).code
    if code.startswith("B"):
        return _PRINTED.get(code, RightsFormat.PRINT)
    if code.startswith("V"):
        return RightsFormat.VIDEO
    if code in AUDIO_FORMS:
        return RightsFormat.AUDIO_DOWNLOAD if is_digital(code) else RightsFormat.AUDIO_PHYSICAL
    if is_digital(code):
        return RightsFormat.EBOOK
    return None if code == "00" else RightsFormat.OTHER
