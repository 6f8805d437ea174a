"""A statement as PDF, typeset by Typst, with faces for Latin, Greek, Cyrillic, Hebrew, Arabic, Chinese, Japanese and Korean of our own."""

import json
import re
from dataclasses import asdict
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from colophon.royalties.statement.page import Page

if TYPE_CHECKING:
    import typst

HERE = Path(__file__).parent
TEMPLATE = HERE / "templates" / "statement.typ"
_LONG = re.compile(r"(\S{24})(?=\S{8})")


def pdf_of(page: Page, issued_on: date) -> bytes:
    """The typeset statement. The same page gives the same bytes; another script than those above is set in a face of the machine, if any."""
    import typst

    return typst.compile(TEMPLATE.read_bytes(), format="pdf", font_paths=faces(), sys_inputs=_inputs(page, issued_on))


def _inputs(page: Page, issued_on: date) -> dict[str, str]:
    days = {"year": str(issued_on.year), "month": str(issued_on.month), "day": str(issued_on.day)}
    return {"page": json.dumps(_breakable(asdict(page))), **days}


@cache
def faces() -> "typst.Fonts":
    """Typst's faces, ours, and those of the machine as the last resort; looked up once."""
    import typst

    return typst.Fonts(font_paths=[str(HERE / "fonts")])


def _breakable(value: object) -> object:
    """The same texts with places in very long words where a line may end."""
    if isinstance(value, dict):
        return {name: _breakable(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_breakable(one) for one in value]
    return _LONG.sub("\\1\u200b", value) if isinstance(value, str) else value
