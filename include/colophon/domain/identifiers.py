"""Check digits, strict: digits only, no hyphens or blanks (libraries accept more than a feed may carry); and ids of our own."""

from uuid import UUID, uuid5

COLOPHON_NS = UUID("611edbaa-ce5f-5069-ba79-d5405ba670b8")
"""UUID5 of `urn:colophon:ns` in the URL namespace (contracts, Ids)."""


def is_gtin(code: str, length: int) -> bool:
    """GS1 check digit (GTIN-13, GTIN-14, GLN): `length` digits, the last one right."""
    if len(code) != length or not code.isascii() or not code.isdigit():
        return False
    # From the right, digits count once and three times in turn; the check digit itself counts once.
    return (sum(map(int, code[::-2])) + 3 * sum(map(int, code[-2::-2]))) % 10 == 0


def is_isbn13(code: str) -> bool:
    """An ISBN-13; an ISMN (979-0) is none."""
    return code.startswith(("978", "979")) and not code.startswith("9790") and is_gtin(code, 13)


def is_isni(code: str) -> bool:
    """ISNI or ORCID without hyphens: 15 digits and a check character by ISO 7064 mod 11-2."""
    if len(code) != 16 or not code.isascii() or not code[:15].isdigit():
        return False
    total = 0
    for digit in code[:15]:
        total = (total + int(digit)) * 2
    check = (12 - total % 11) % 11
    return code[15] == ("X" if check == 10 else str(check))


def named_uuid(name: str) -> str:
    """The id of what bears this name: the same name always has the same one, in every system."""
    return str(uuid5(COLOPHON_NS, name))
