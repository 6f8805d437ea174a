"""Letters as the desk lists them: by title, person and campaign, and how far they have come."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, literal_column, or_, select

from colophon.domain.delivery_states import GONE
from colophon.ledger.browse import SHOWN, Place, behind
from colophon.ledger.flows import Flow, all_flows, rows_of
from colophon.ledger.store import Store
from colophon.ledger.tables import PLACE, deliveries

_D = deliveries.c
FUNNEL: Mapping[str, tuple[str, ...]] = {
    "sent": ("sent", "confirmed", "opened", "picked_up", "responded", "bounced", "opted_out"),
    "delivered": ("confirmed", "opened", "picked_up", "responded"),
    "opened": ("opened", "picked_up", "responded"),
    "answered": ("responded",),
    "returned": ("bounced", "opted_out"),
    "not gone": ("failed", "skipped", "unknown"),
}
"""How far a letter has come, by its state. Opened proves nothing: mail programs fetch what nobody reads."""


class WantedLetters(NamedTuple):
    """Which letters: of some use cases; `person` is a contact's or reader's id, `title` a part of the title or an ISBN, `stage` one of FUNNEL.

    Empty members do not narrow.
    """

    use_cases: tuple[str, ...]
    destination: str = ""
    person: str = ""
    title: str = ""
    stage: str = ""


class LettersTold(Store):
    """The part of the ledger that the page of letters reads."""

    def letters_page(self, wanted: WantedLetters, *, after: Place | None = None, limit: int = 50) -> list[Any]:
        """Rows with the columns SHOWN, newest change first. What travels in a letter is none."""
        where = [*_narrowed(wanted), *([behind(_D.updated_at, _D.id, after)] if after else [])]
        with self.reading() as connection:
            flows = [flow for flow in all_flows(connection) if _belongs(flow, wanted)]
            return list(connection.execute(rows_of(connection, flows, SHOWN, where, limit=limit))) if flows else []

    def letters_funnel(self, wanted: WantedLetters) -> dict[str, int]:
        """How many there are, and how many have come so far."""
        with self.reading() as connection:
            places = sorted(
                {f"{flow.use_case}/{flow.destination}" for flow in all_flows(connection) if _belongs(flow, wanted._replace(stage=""))}
            )
            query = (
                select(_D.state, func.count())
                .where(literal_column(PLACE).in_(places), _D.state.not_in(GONE), *_narrowed(wanted))
                .group_by(_D.state)
            )
            states: dict[str, int] = {state: number for state, number in connection.execute(query)} if places else {}  # noqa: C416 - rows, not pairs
        return {"planned": sum(states.values())} | {stage: sum(states.get(state, 0) for state in of) for stage, of in FUNNEL.items()}

    def unanswered_letters(self, use_case: str, destinations: Sequence[str], *, limit: int = 200) -> list[Any]:
        """Those that have gone and that nobody has answered, with the columns SHOWN, oldest first."""
        states = sorted(set(FUNNEL["sent"]) - {"responded", "opted_out"})
        places = literal_column(PLACE).in_([f"{use_case}/{name}" for name in destinations])
        where = (places, _D.state.in_(states), _D.bundled.is_(False))
        with self.reading() as connection:
            return list(connection.execute(select(*(_D[name] for name in SHOWN)).where(*where).order_by(_D.as_of, _D.id).limit(limit)))


def _belongs(flow: Flow, wanted: WantedLetters) -> bool:
    is_of = flow.use_case in wanted.use_cases and wanted.destination in {"", flow.destination} and flow.state not in GONE
    return is_of and (not wanted.stage or flow.state in FUNNEL.get(wanted.stage, ()))


def _narrowed(wanted: WantedLetters) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [_D.bundled.is_(False)]
    if wanted.person:
        is_reader = _D.subject.endswith(f"/reader:{wanted.person}", autoescape=True)
        where.append(or_(_D.labels["contact"].as_string() == wanted.person, is_reader))
    if wanted.title:
        named = (_D.labels[name].as_string().icontains(wanted.title, autoescape=True) for name in ("title", "isbns"))
        where.append(or_(*named))
    return where
