"""Numbers of parties as people write them: identifiers, VAT numbers, and IBANs in what is said of a payment.

    is_vat_number("GB 980 7806 84")
    has_iban("IBAN GB82 WEST 1234 5698 7654 32, please pay on the first")

A number whose country nobody here can check is not wrong.
"""

import re
import unicodedata

from stdnum import iban, isni
from stdnum.eu import vat
from stdnum.exceptions import ValidationError
from stdnum.gb import vat as gb_vat

_IBAN = re.compile(r"\b(?=([A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}))")
"""What looks like an IBAN, wherever it begins in a text; what is said behind it may look like more of it."""
_SHORTEST = 15
"""So many characters the shortest IBAN has."""


def plain_id(kind: str, value: str) -> str:
    """An identifier as it is compared: without blanks and punctuation."""
    return isni.compact(value) if kind == "isni" else re.sub(r"\s", "", value).casefold()


def is_vat_number(text: str) -> bool:
    """Whether a VAT number can be right: by the check digits of the EU's states and of Britain."""
    country = text.strip()[:2].upper()
    try:
        if country == "GB":
            return bool(gb_vat.validate(text))
        return bool(vat.validate(text)) if country.lower() in vat.MEMBER_STATES or country == "EL" else True
    except ValidationError:
        return False


def names_iban(text: str) -> bool:
    """Whether something in a text looks like an IBAN, be its check digits right or not."""
    return bool(_ibans(text))


def has_iban(text: str) -> bool:
    """Whether one of what looks like an IBAN has right check digits."""
    return any(iban.is_valid(found[:length]) for found in _ibans(text) for length in range(_SHORTEST, len(found) + 1))


def _ibans(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", text).upper()  # blanks that do not break are blanks
    return [re.sub(r"[ -]", "", found) for found in _IBAN.findall(plain)]
