"""A page of paper from a template beside the code: the same facts give the same bytes."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from colophon.royalties.statement.paper import faces


def pdf(template: str, page: Mapping[str, Any], at: datetime) -> bytes:
    """The typeset PDF.

    :param template: name of a file here; its `page` is JSON, and no text of it is read as markup. :param at: the day of issue.
    """
    import typst

    days = {"year": str(at.year), "month": str(at.month), "day": str(at.day)}
    source = (Path(__file__).parent / template).read_bytes()
    return typst.compile(source, format="pdf", font_paths=faces(), sys_inputs={"page": json.dumps(page), **days})
