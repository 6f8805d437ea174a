"""Messages to people as the desk lists them: who was told what, when, and whether it arrived."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import select

from colophon.ledger.browse import SHOWN, Place, behind
from colophon.ledger.flows import all_flows, rows_of
from colophon.ledger.store import Store
from colophon.ledger.tables import deliveries

_D = deliveries.c


class Heard(NamedTuple):
    """Which messages: `destination` is where people are told; `person` is how the ledger names one, `title` a part of what was said.

    `use_case` empty: of all.
    """

    destination: str
    person: str = ""
    title: str = ""
    use_case: str = ""


class Messages(Store):
    """The part of the ledger that the page of notices reads."""

    def messages_page(self, wanted: Heard, *, after: Place | None = None, limit: int = 50) -> Sequence[Any]:
        """Rows with the columns SHOWN, newest change first; of what travelled in a digest each."""
        where = [behind(_D.updated_at, _D.id, after)] if after else []
        if wanted.title:
            where.append(_D.labels["title"].as_string().icontains(wanted.title, autoescape=True))
        with self.reading() as connection:
            if not wanted.person:
                flows = [
                    flow
                    for flow in all_flows(connection)
                    if flow.destination == wanted.destination and wanted.use_case in {"", flow.use_case}
                ]
                return list(connection.execute(rows_of(connection, flows, SHOWN, where, limit=limit))) if flows else []
            # Between two signs, and not by a pattern: an index of subjects serves that in any database.
            where += [_D.destination == wanted.destination, _D.subject >= f"{wanted.person}/", _D.subject < f"{wanted.person}0"]
            where += [_D.use_case == wanted.use_case] if wanted.use_case else []
            query = select(*(_D[name] for name in SHOWN)).where(*where).order_by(_D.updated_at.desc(), _D.id.desc())
            return list(connection.execute(query.limit(limit)))
