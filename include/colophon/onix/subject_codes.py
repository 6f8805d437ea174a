"""Subject codes of Thema, BISAC or BIC from a list of the publisher's, which is renewed with each issue of the scheme.

Such lists are licensed: none is part of this project. Without one, a code is judged by its shape alone.

    scheme,code,retired              {"BISAC": {"FIC000000": null, "FIC099999": "2024-11-01"}, "THEMA": {"FBA": false, "FZZ": true}}
    THEMA,FBA,
    BISAC,FIC099999,2024-11-01

`retired` is the day from which a code is not to be used any more, or yes where the list does not say since when.
"""

import csv
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from colophon.errors import BadConfigError

SCHEMES = {"THEMA": "93", "BISAC": "10", "BIC": "12", "93": "93", "10": "10", "12": "12"}
"""What a list may call a scheme, and its code in List 27. Thema's qualifiers (94 to 99) are in the list of Thema."""
_THEMA = frozenset({"94", "95", "96", "97", "98", "99"})
_NO, _YES = frozenset({"", "no", "n", "false", "0"}), frozenset({"yes", "y", "true", "1", "x"})
_REMEDY = "Write columns scheme, code, retired (a day, yes or nothing), or point `subject_codes` of publisher.yaml to the right file."


@dataclass(frozen=True, slots=True, eq=False)
class SubjectCodes:
    """Codes by scheme of List 27, each with the day from which it is retired; None: in use."""

    by_scheme: Mapping[str, Mapping[str, date | None]] = field(default_factory=dict)

    @staticmethod
    def load(file: str | Path | None) -> "SubjectCodes":
        """The list in a file (CSV or JSON), read once per process; None: no list.

        :raises BadConfigError: it cannot be read, or a line of it is not as agreed.
        """
        return _load(str(file)) if file else NO_CODES

    def knows(self, scheme: str) -> bool:
        """Whether there is a list of a scheme (List 27)."""
        return _base(scheme) in self.by_scheme

    def fault(self, scheme: str, code: str, on: date) -> str:
        """`unknown` or `retired` on a day; empty where the code is in use, or nobody has a list of the scheme."""
        codes = self.by_scheme.get(_base(scheme))
        if codes is None:
            return ""
        if code not in codes:
            return "unknown"
        retired = codes[code]
        return "retired" if retired is not None and retired <= on else ""


NO_CODES = SubjectCodes()


def _base(scheme: str) -> str:
    return "93" if scheme in _THEMA else scheme


@cache
def _load(name: str) -> SubjectCodes:
    file = Path(name)
    try:
        text = file.read_text(encoding="utf-8-sig")
        rows = _of_json(json.loads(text)) if file.suffix.lower() == ".json" else _of_csv(text)
        codes: dict[str, dict[str, date | None]] = {}
        for number, (scheme, code, retired) in enumerate(rows, 1):
            known = SCHEMES.get(scheme.strip().upper())
            if known is None or not code.strip():
                raise BadConfigError(f"{file.name}, code {number}: {scheme!r} {code!r} is no scheme and code", remedy=_REMEDY)
            codes.setdefault(known, {})[code.strip()] = _retired(retired, f"{file.name}, code {number}")
    except (OSError, ValueError, AttributeError, csv.Error) as problem:
        raise BadConfigError(f"{file.name}, the list of subject codes, cannot be read: {problem}", remedy=_REMEDY) from problem
    if not codes:
        raise BadConfigError(f"{file.name}, the list of subject codes, has no code", remedy=_REMEDY)
    return SubjectCodes(codes)


def _of_csv(text: str) -> Iterable[tuple[str, str, Any]]:
    rows = csv.DictReader(text.splitlines())
    if not {"scheme", "code"} <= set(rows.fieldnames or ()):
        raise ValueError("it lacks the columns scheme and code")
    return [(row["scheme"] or "", row["code"] or "", row.get("retired")) for row in rows]


def _of_json(content: Any) -> Iterable[tuple[str, str, Any]]:
    return [(scheme, code, retired) for scheme, codes in content.items() for code, retired in codes.items()]


def _retired(value: Any, where: str) -> date | None:
    text = str(value if value is not None else "").strip().lower()
    if text in _NO:
        return None
    if text in _YES:
        return date.min
    try:
        return date.fromisoformat(text)
    except ValueError as problem:
        raise BadConfigError(f"{where}: {value!r} says neither when nor whether it is retired", remedy=_REMEDY) from problem
