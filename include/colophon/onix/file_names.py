"""Names of feed files: what a template may say, and a template filled in."""

import re
from datetime import datetime
from difflib import get_close_matches
from string import Formatter

_SAFE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")
_SAMPLE = datetime(2026, 12, 31, 23, 59, 58)  # noqa: DTZ001 - a sample, of which only the digits count


class _Moment:
    """A day or time with a form of its own where the template gives none."""

    def __init__(self, at: datetime, form: str) -> None:
        self._at, self._form = at, form

    def __format__(self, form: str) -> str:
        return self._at.strftime(form or self._form)


def filled(template: str, *, sender: str, recipient: str, at: datetime, number: int, kind: str) -> str:
    """A template with its values."""
    moments = {"date": _Moment(at, "%Y%m%d"), "time": _Moment(at, "%H%M%S")}
    return template.format(sender=sender, recipient=recipient, number=number, kind=kind, KIND=kind.upper(), **moments)


def says_number(template: str) -> bool:
    """Whether the message number stands in the name, so that no two files have one name."""
    return "number" in fields(template)


def fields(template: str) -> list[str]:
    """The placeholders of a template, in order.

    :raises ValueError: its braces do not fit.
    """
    return [name for _, name, _, _ in Formatter().parse(template) if name is not None]


def check_template(template: str) -> None:
    """See that names can be made of it that no recipient trips over.

    :raises ValueError: a placeholder or its form is unknown, the name is a path, or two files could have one name.
    """
    known = ("sender", "recipient", "date", "time", "number", "kind", "KIND")
    names = fields(template)
    for name in names:
        if name not in known:
            near = get_close_matches(name.casefold(), known, n=1, cutoff=0.5)
            hint = f"; did you mean {{{near[0]}}}?" if near else ""
            raise ValueError(f"{{{name}}} is no placeholder ({', '.join(known)}){hint}")
    try:
        name = filled(template, sender="sender", recipient="recipient", at=_SAMPLE, number=1, kind="full")
    except (ValueError, TypeError, LookupError) as problem:
        raise ValueError(f"{template!r} cannot be filled in: {problem}") from problem
    if not _SAFE.fullmatch(name):
        raise ValueError(f"{name!r} is no plain file name: letters, digits, full stops, hyphens and underscores, and no folder")
    if not {"number", "time"} & set(names):
        raise ValueError("two files could have one name; add {number} or {time}")
