"""How many decimals money has: ISO 4217's minor units. Nothing here rounds."""

from decimal import Decimal

_DIGITS = {
    **dict.fromkeys(("CLF", "UYW"), 4),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(
        ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0
    ),
}


def minor_digits(currency: str) -> int:
    """Decimals of a currency's amounts: 2 but for the listed ones."""
    return _DIGITS.get(currency, 2)


def exact_amount(value: Decimal, currency: str) -> Decimal | None:
    """The same amount with exactly the currency's decimals (`12.5` GBP is `12.50`); None where it has more."""
    amount = value.quantize(Decimal(1).scaleb(-minor_digits(currency)))
    return amount if amount == value else None
