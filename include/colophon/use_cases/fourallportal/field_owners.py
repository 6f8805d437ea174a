"""Who owns which field of a title at the portal, and what each says: for its page on the desk. By what was sent and kept; nobody is asked."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from colophon.blocks.panels import FieldsPanel, OwnedField
from colophon.domain.delivery import HistoryRow
from colophon.ledger import Ledger
from colophon.onix.xhtml import plain
from colophon.systems.fourallportal.words import words_of_one
from colophon.use_cases.fourallportal import enriched_content, format_links, title_metadata

OURS, THEIRS, WHOEVER = "Consonance", "the portal", "who linked it"
_SHOWN = 160


def _titles(ledger: Ledger, isbn: str) -> Iterator[OwnedField]:
    """Ours: as it was written last."""
    row, order = _newest(ledger, isbn, title_metadata.CASE.id)
    for field, facts in order.get("facts", {}).items():
        for fact in facts:
            where = ", ".join(fact["dimensions"].values())
            yield OwnedField(
                f"{field} ({where})" if where else field,
                OURS,
                _told(fact["value"]),
                row.state if row else "",
                "ours is written, and who changed it there hears so",
            )


def _words(ledger: Ledger, isbn: str) -> Iterator[OwnedField]:
    """Theirs: as it was taken last."""
    objects = {row.subject.removeprefix("portal:") for row in ledger.history(isbn) if row.subject.startswith("portal:")}
    for words in filter(None, (words_of_one(ledger.memory, key) for key in sorted(objects))):
        for copy in words.copies:
            place = ", ".join(filter(None, (copy.channel, copy.language)))
            to = ", ".join(copy.recipients) or "no recipient"
            yield OwnedField(
                f"{copy.kind} text ({place})",
                THEIRS,
                plain(copy.html)[:_SHOWN],
                f"for {to}",
                "the newest editorial text goes, and both are listed",
            )
        if words.keywords:
            yield OwnedField("keywords", THEIRS, "; ".join(words.keywords), "for all", "")
        if words.audiences:
            yield OwnedField("segments", THEIRS, ", ".join(each.text or "" for each in words.audiences), "for all", "")


def _links(ledger: Ledger, isbn: str) -> Iterator[OwnedField]:
    """Links that we made."""
    row, order = _newest(ledger, isbn, format_links.CASE.id)
    for name, files in order.get("links", {}).items():
        yield OwnedField(f"link {name}", WHOEVER, _told(files), row.state if row else "", "a person's link stays; a wrong one is listed")


def _newest(ledger: Ledger, isbn: str, use_case: str) -> tuple[HistoryRow | None, Mapping[str, Any]]:
    rows = [row for row in ledger.history(isbn) if row.use_case == use_case]
    if not rows:
        return None, {}
    row = max(rows, key=lambda row: row.revision)
    return row, json.loads(ledger.content(row.content_hash) or b"{}")


def _told(value: Any) -> str:
    return "; ".join(value) if isinstance(value, list) else str(value or "–")[:_SHOWN]


TITLES, WORDS, LINKS = (
    FieldsPanel(title_metadata.CASE, _titles),
    FieldsPanel(enriched_content.CASE, _words),
    FieldsPanel(format_links.CASE, _links),
)
