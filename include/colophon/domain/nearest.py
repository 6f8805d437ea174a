"""What was most likely meant by a name that there is not."""

from collections.abc import Iterable
from difflib import get_close_matches


def near_to(name: str, known: Iterable[str]) -> str:
    """The nearest right name, as the end of a sentence; empty where there is none at all."""
    near = get_close_matches(name, list(known), n=1, cutoff=0)
    return f"; did you mean {near[0]}?" if near else ""


def nearest(name: str, known: Iterable[str], what: str) -> str:
    """That there is no such thing, and which was most likely meant."""
    return f"there is no {what} {name!r}{near_to(name, known)}"
