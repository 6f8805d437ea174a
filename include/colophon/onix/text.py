"""Text for single-line elements: white space collapsed, forbidden characters out and reported."""

from colophon.onix.record import Omission
from colophon.onix.xml import ILLEGAL, illegal_in


def line(text: str | None, field: str, omissions: list[Omission]) -> str | None:
    """One line, or None where nothing visible is left. The schema takes no line ends in names and titles."""
    if not text:
        return None
    if ILLEGAL.search(text):
        omissions.append(control_character(field, text))
        text = ILLEGAL.sub("", text)
    return " ".join(text.split()) or None


def control_character(field: str, text: str) -> Omission:
    """Says which characters of a field XML cannot carry."""
    return Omission("C3", field, illegal_in(text), "text without control characters")
