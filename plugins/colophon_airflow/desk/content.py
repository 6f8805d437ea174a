"""What was sent, as a person reads it: laid out line by line, and compared with what was sent before or elsewhere.

Only contents about titles are shown. What is written to a person, or about a person's money, is not for everybody's eyes.
"""

import difflib
import json
from collections.abc import Sequence
from typing import Any

from colophon.ledger import Ledger
from colophon.ledger.browse import Wanted

ABOUT_TITLES = frozenset(
    {
        "xconnector__metadata_syndication",
        "fourallportal__title_metadata",
        "fourallportal__product_packages",
        "bytenite__video_metadata",
        "bytenite__launch_videos",
    }
)
"""Use cases whose contents hold nothing of persons but what stands on a book's cover."""
MOST_LINES = 3000


def shown(ledger: Ledger, row: Any) -> list[str] | None:
    """A delivery's content in lines; None where it is not for everybody, or gone."""
    if row.use_case not in ABOUT_TITLES:
        return None
    body = ledger.content(row.content_hash)
    return None if body is None else _lines(body)


def differences(ledger: Ledger, left: Any, right: Any) -> list[tuple[str, str]] | None:
    """Lines of both with `+` (only right), `-` (only left), ` ` (both), `@` (lines left out); None where one is not shown."""
    before, after = shown(ledger, left), shown(ledger, right)
    if before is None or after is None:
        return None
    found = difflib.unified_diff(before, after, lineterm="", n=3)
    return [(line[:1], line[1:] if line[:1] != "@" else "") for line in list(found)[2 : MOST_LINES + 2]]


def siblings(ledger: Ledger, row: Any, *, limit: int = 30) -> Sequence[Any]:
    """Deliveries of the same subject, newest first."""
    return ledger.desk.deliveries_page(Wanted(subject=row.subject), limit=limit)


def _lines(body: bytes) -> list[str]:
    from lxml import etree

    start = body.lstrip()[:1]
    try:
        if start == b"<":
            safe = etree.XMLParser(resolve_entities=False, no_network=True, remove_blank_text=True)
            text = etree.tostring(etree.fromstring(body, safe), pretty_print=True, encoding="unicode")
        else:
            text = json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except (ValueError, etree.XMLSyntaxError):
        text = body.decode("utf-8", "replace")
    lines = text.splitlines()
    return lines[:MOST_LINES] + ([f"({len(lines) - MOST_LINES} more lines)"] if len(lines) > MOST_LINES else [])
