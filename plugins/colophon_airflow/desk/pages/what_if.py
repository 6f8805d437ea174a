"""*What if*: what would become of a title if its contract ended, or it came out, on another day, or a rule were stricter. Nothing is saved."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from colophon.errors import InvalidError
from colophon.ledger.titles import Title
from colophon.rights.on_paper import Paper
from colophon.stopped import stops
from colophon_airflow.desk import what_if
from colophon_airflow.desk.access import Reader
from colophon_airflow.desk.screen import write_page
from colophon_airflow.desk.source import LedgerDep, Text, day_of, now

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)


@router.get("/titles/{isbn}/what-if")
def of_title(
    request: Request,
    person: Reader,
    ledger: LedgerDep,
    isbn: str,
    contract: Annotated[str, Query(pattern="^[0-9]{0,12}$")] = "",
    ends: Text = "",
    published: Text = "",
    rule: Annotated[str, Query(pattern="^[A-Za-z0-9-]{0,20}$")] = "",
    severity: Annotated[str, Query(pattern="^[EWC]?$")] = "",
) -> HTMLResponse:
    """All formats of a title as they are, and as they would be.

    :raises InvalidError: a day that is none, or half a question.
    """
    if bool(ends) != bool(contract) or bool(rule) != bool(severity):
        raise InvalidError("half a question", remedy="A contract needs its last day, and a rule its severity.")
    at, number = now(), isbn.replace("-", "")[:13]
    paper = Paper({int(contract): day_of(ends)} if ends else {}, {number: day_of(published)} if published else {})
    asked = what_if.Asked(paper, {rule.upper(): severity} if rule else {})
    answer = what_if.answer(ledger, number, asked, at)
    facts: dict[str, Any] = {
        "title": ledger.desk.title(number) or Title(number, answer.products[0].title, ""),
        "answer": answer,
        "given": {"contract": contract, "ends": ends, "published": published, "rule": rule, "severity": severity},
        "stopped": stops(ledger).get(number),
    }
    return write_page(request, "title_what_if.html", person, day=at.date(), asked=asked, **facts)
