"""*Notices*: who was told what, when, delivered or not; and why somebody was told, or was not."""

from collections.abc import Iterator, Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from colophon.blocks.notices import PEOPLE, who
from colophon.blocks.use_case import UseCase
from colophon.errors import BadShapeError, ColophonError, ContentChangedError
from colophon.http.jsontext import read_json
from colophon.ledger import Ledger
from colophon.ledger.messages import Heard
from colophon.readiness import declared
from colophon_airflow.desk.access import Reader
from colophon_airflow.desk.runs import name_of
from colophon_airflow.desk.screen import write_page
from colophon_airflow.desk.source import PAGE, LedgerDep, PlaceDep, Text, cut, now

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)
FILE, CONNECTION = "people.csv", "opentext_push_default"
WHY = {
    "role": "as {} of the title's team",
    "desk": "at the desk for {}: of the team nobody could be told, or it names nobody",
    "manager": "as manager of contact {}, who could not be told",
    "stand_in": "stands in for contact {}",
    "outside": "works on the title from outside, and has consented",
    "above": "as manager of whoever has it, or named for what is late",
    "named": "has the task, or is named for it",
}
BARRED = {
    "left": "The address book says that this person has left: nothing goes after the last day.",
    "opted_out": "This person has opted out: nothing goes, whatever the team says. The next in line is told.",
    "no_device": "The address book has no live device for this person, and no address on the fallback channel. The next in line is told.",
}


@router.get("/notices")
def notices(
    request: Request, person: Reader, ledger: LedgerDep, after: PlaceDep, key: Text = "", title: Text = "", use_case: Text = ""
) -> HTMLResponse:
    """A page of messages to people, and for one person the answer to "why was I (not) told?"."""
    key, title = key.strip(), title.strip()
    wanted = Heard(PEOPLE, who(key) if key else "", title, use_case.strip())
    rows, more = cut(ledger.desk.messages_page(wanted, after=after, limit=PAGE + 1), PAGE, "updated_at")
    cases = sorted({case.id for case in declared(UseCase) if case.tells_people})
    shown = [(row, _person(ledger, row), _why(row)) for row in rows if not _is_digest(row)]
    answer, rules = (list(_answer(ledger, key, title, rows)), [] if rows else list(_rules())) if key else ([], [])
    found: dict[str, Any] = {"rows": shown, "more": more, "use_cases": cases, "answer": answer, "rules": rules}
    return write_page(request, "notices.html", person, key=key, title=title, use_case=use_case, **found)


def _is_digest(row: Any) -> bool:
    """It carries others, which are listed themselves."""
    return bool(row.subject.partition("/")[2].startswith("digest/"))


def _person(ledger: Ledger, row: Any) -> str:
    """The contact who was told; a key that is none may be an address, and is not shown."""
    try:
        said = read_json(ledger.content(row.content_hash) or b"")
    except (BadShapeError, ContentChangedError):
        return ""
    key = str(said.get("person") or "") if isinstance(said, dict) else ""
    return key if key.isdecimal() else ""


def _why(row: Any) -> str:
    """By which rule it was this person."""
    kind, _, name = str(row.labels.get("why", "")).partition(":")
    return WHY[kind].format(name.lower().replace("_", " ")) if kind in WHY else ""


def _answer(ledger: Ledger, key: str, title: str, rows: Sequence[Any]) -> Iterator[str]:
    """What keeps this person from being told, and whether anything was planned at all."""
    yield from _of_the_address_book(ledger, key)
    for row in ledger.exceptions.open(destination=PEOPLE, limit=10_000):
        if row.subject == who(key):
            yield f"{name_of(row.use_case)}: {row.found}. {row.remedy}"
    if not rows:
        about = f" about “{title}”" if title else ""
        yield f"Nothing was planned for this person{about}: it has not happened, or nobody asks for this person to hear of it."


def _rules() -> Iterator[str]:
    """By which rules people are told at all."""
    for case in sorted((case for case in declared(UseCase) if case.tells_people), key=lambda case: case.id):
        yield f"{name_of(case.id)}: {(case.decide.__doc__ or '').partition(chr(10))[0]}"


def _of_the_address_book(ledger: Ledger, key: str) -> Iterator[str]:
    """From the file of people and what is remembered of opt-outs; Consonance is not asked."""
    from colophon_airflow.systems.opentext_push.operators import messaging_of

    today = now().date()
    try:
        messaging = messaging_of(CONNECTION, FILE, ledger)
    except ColophonError as problem:
        yield f"The address book cannot be read: {problem.sentence}."
        return
    known = messaging.person(key)
    if why := known.why_not(today, messaging.fallback):
        yield BARRED[why]
    if known.stand_in(today):
        yield "Somebody stands in for this person today, and is told instead."
