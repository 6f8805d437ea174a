"""Text that people see is read in the order in which it stands: nothing in it turns the words around it."""

import re

_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Unicode's embeddings, overrides and isolates: invisible, and a name that begins with one is shown backwards. Scripts that run from right to
left need none of them; the marks that these do use (U+200E, U+200F) turn nothing else."""


def in_order(text: str) -> str:
    """The text, with the mark of a lost character (U+FFFD) in place of each that would turn what follows."""
    return text if text.isascii() else _TURNING.sub("\ufffd", text)
