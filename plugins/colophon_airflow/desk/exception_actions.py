"""What an operator does about exceptions: those that were chosen, or all that a filter has. Many at once are asked about first, by count and name."""

from collections import Counter
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from colophon.ledger import Ledger
from colophon_airflow.desk.access import Operator, Person
from colophon_airflow.desk.actions import Back, Reason, Why, done
from colophon_airflow.desk.screen import write_page
from colophon_airflow.desk.source import ChosenDep, LedgerDep, day_of, midnight

router = APIRouter(prefix="/api/exceptions", tags=["actions"])
NAMED = 12
"""So many titles are named before many exceptions are acted upon."""


class Meant:
    """Which exceptions a form is about: `ids`, or with `whole` all that the address's filter has, which have to be that many."""

    def __init__(
        self,
        ledger: LedgerDep,
        chosen: ChosenDep,
        ids: Annotated[list[str] | None, Form(max_length=500)] = None,
        whole: Annotated[int | None, Form(ge=1, le=100_000, description="Instead of `ids`: all of the filter, which are so many.")] = None,
        sure: Annotated[str, Form(pattern="^(yes)?$", description="`yes`: many are meant.")] = "",
    ) -> None:
        self.chosen, self.whole, self.sure = chosen, whole, sure
        self.ids = ledger.people.ids_of(chosen, whole) if whole else ids or []

    def question(self, request: Request, person: Person, ledger: Ledger, act: str, **given: str) -> Response | None:
        """What a browser is asked before many are acted upon; None where it is clear, or a program acts."""
        if self.sure or len(self.ids) < 2 or "text/html" not in request.headers.get("accept", ""):
            return None
        rows = [row for id_ in self.ids[:NAMED] if (row := ledger.people.exception(id_))]
        facts: dict[str, Any] = {
            "act": act,
            "number": len(self.ids),
            "rules": Counter(row.rule for row in rows) if not self.whole else {},
            "rows": rows,
            "names": ledger.desk.names([row.subject.removeprefix("isbn:") for row in rows]),
            "fields": {**given, "whole": self.whole or ""},
            "ids": [] if self.whole else self.ids,
            "filter": {name: value for name, value in self.chosen._asdict().items() if value},
        }
        return write_page(request, "exceptions_sure.html", person, **facts)


MeantDep = Annotated[Meant, Depends(Meant)]


@router.post("/assign")
def assign(
    request: Request,
    person: Operator,
    ledger: LedgerDep,
    meant: MeantDep,
    to: Annotated[str, Form(max_length=200)] = "",
    why: Why = "",
    back: Back = "",
) -> Response:
    """Give open exceptions to somebody; to nobody where `to` is empty."""
    asked = meant.question(request, person, ledger, f"Assign to {to.strip() or 'nobody'}", to=to, why=why, back=back)
    return asked or done(request, back, "assigned", ledger.people.assign(meant.ids, to.strip(), by=person.name, why=why))


@router.post("/close")
def close(request: Request, person: Operator, ledger: LedgerDep, meant: MeantDep, why: Reason, back: Back = "") -> Response:
    """Close open exceptions for a reason."""
    asked = meant.question(request, person, ledger, "Close", why=why, back=back)
    return asked or done(request, back, "closed", ledger.people.close_exceptions(meant.ids, by=person.name, why=why))


@router.post("/snooze")
def snooze(
    request: Request,
    person: Operator,
    ledger: LedgerDep,
    meant: MeantDep,
    until: Annotated[str, Form(max_length=10, description="The day on which they are back.")],
    why: Reason,
    back: Back = "",
) -> Response:
    """Put open exceptions off until a day, for a reason."""
    asked = meant.question(request, person, ledger, f"Put off until {day_of(until)}", until=until, why=why, back=back)
    return asked or done(request, back, "snoozed", ledger.people.snooze(meant.ids, midnight(day_of(until)), by=person.name, why=why))
