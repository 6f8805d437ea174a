"""What an operator can do. Each is a POST that needs the right to act and a token of one of our pages, and is kept in the audit.

A browser is led back to the page it came from; a program gets JSON.
"""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from colophon_airflow.desk import health
from colophon_airflow.desk.access import Operator
from colophon_airflow.desk.source import LedgerDep, now

router = APIRouter(prefix="/api", tags=["actions"])
Why = Annotated[str, Form(max_length=1000)]
Reason = Annotated[str, Form(pattern=r"\S", max_length=1000)]
Sure = Annotated[str, Form(pattern="^yes$", description="`yes`: it is meant.")]
Back = Annotated[str, Form(max_length=1000, description="Page of the desk that a browser is led back to.")]
Seen = Annotated[str, Form(max_length=16, description="Which value is decided about: the `seen` of the form.")]


@router.post("/deliveries/{delivery_id}/send-again")
def send_again(request: Request, person: Operator, ledger: LedgerDep, delivery_id: str, why: Reason, back: Back = "") -> Response:
    """Let a failed, skipped or unknown delivery wait for the next run."""
    ledger.people.send_again(delivery_id, by=person.name, why=why)
    return done(request, back, "again", 1)


@router.post("/deliveries/{delivery_id}/settle")
def settle(
    request: Request,
    person: Operator,
    ledger: LedgerDep,
    delivery_id: str,
    outcome: Annotated[str, Form(max_length=20)],
    why: Reason,
    back: Back = "",
) -> Response:
    """Say what became of a delivery whose outcome nobody knows."""
    ledger.people.say_outcome(delivery_id, outcome, by=person.name, why=why)
    return done(request, back, "settled", 1)


@router.post("/deliveries/{delivery_id}/answer")
def answer(
    request: Request,
    person: Operator,
    ledger: LedgerDep,
    delivery_id: str,
    said: Annotated[str, Form(max_length=20)],
    words: Annotated[str, Form(max_length=2000)] = "",
    back: Back = "",
) -> Response:
    """Enter what the recipient of a letter answered on paper or by telephone; nobody is chased any more."""
    from colophon.systems.opentext_exstream.collect import answer_by_hand

    answer_by_hand(ledger, delivery_id, said, words, by=person.name)
    return done(request, back, "answered", 1)


@router.post("/tray/export")
def export(request: Request, person: Operator, ledger: LedgerDep, back: Back = "") -> Response:
    """Put what waits into sheets; they can be downloaded until they are loaded, and after."""
    from colophon.systems.consonance.writes import sheets

    with TemporaryDirectory() as folder:
        made = sheets.export(ledger, Path(folder), now=now())
    for path, count in made.sheets.items():
        ledger.people.noted("make sheet", path.name, by=person.name, why=f"{count} write-backs")
    return done(request, back, "sheets" if made.sheets else "nothing", sum(made.sheets.values()))


@router.post("/tray/loaded")
def loaded(request: Request, person: Operator, ledger: LedgerDep, sheet: Annotated[str, Form(max_length=200)], back: Back = "") -> Response:
    """Say that a sheet has been loaded and approved in Consonance."""
    count = ledger.tray.loaded(sheet, by=person.name[:120])
    ledger.people.noted("mark loaded", sheet, by=person.name, why=f"{count} write-backs")
    return done(request, back, "loaded", count)


@router.post("/tray/{row_id}/back")
def wait_again(request: Request, person: Operator, ledger: LedgerDep, row_id: str, why: Reason, back: Back = "") -> Response:
    """Let a row wait again that went out and is seen not to be in Consonance."""
    ledger.tray.back(row_id, by=person.name[:120])
    ledger.people.noted("wait again", row_id, by=person.name, why=why)
    return done(request, back, "back", 1)


@router.post("/tray/{row_id}/cancel")
def cancel(request: Request, person: Operator, ledger: LedgerDep, row_id: str, why: Reason, back: Back = "") -> Response:
    """Say that a row is not to be written, or was entered by hand."""
    ledger.tray.cancel(row_id, by=person.name[:120])
    ledger.people.noted("cancel", row_id, by=person.name, why=why)
    return done(request, back, "cancelled", 1)


@router.post("/orders/{name}/stop")
def stop_order(request: Request, person: Operator, ledger: LedgerDep, name: str, why: Reason, back: Back = "") -> Response:
    """Stop an order: what waits does not go, what has left is called back."""
    from colophon.orders import stop

    stop(ledger, name, by=person.name, why=why)
    return done(request, back, "stopped", 1)


@router.post("/orders/{name}/go-on")
def let_go_on(request: Request, person: Operator, ledger: LedgerDep, name: str, why: Reason, back: Back = "") -> Response:
    """Let a run and format be ordered again."""
    from colophon.orders import go_on

    go_on(ledger, name, by=person.name, why=why)
    return done(request, back, "goes_on", 1)


@router.post("/parties/same")
def same_party(
    request: Request,
    person: Operator,
    ledger: LedgerDep,
    who: Annotated[str, Form(max_length=200)],
    contact: Annotated[int, Form()],
    is_same: Annotated[bool, Form()],
    back: Back = "",
) -> Response:
    """Say whether somebody at another system is a contact of ours."""
    from colophon.parties import decide_pair

    decide_pair(ledger, who, contact, is_same=is_same, by=person.name)
    return done(request, back, "decided", 1)


@router.post("/parties/part")
def part_parties(
    request: Request,
    person: Operator,
    ledger: LedgerDep,
    who: Annotated[str, Form(max_length=200)],
    contact: Annotated[int, Form()],
    why: Reason,
    back: Back = "",
) -> Response:
    """Take back that somebody at another system is a contact of ours."""
    from colophon.parties import part

    part(ledger, who, contact, by=person.name, why=why)
    return done(request, back, "parted", 1)


@router.post("/parties/{contact}/{field}/agree")
def agree_to_change(
    request: Request, person: Operator, ledger: LedgerDep, contact: int, field: str, seen: Seen, back: Back = ""
) -> Response:
    """Agree to a change of tax or bank details; nobody does so twice."""
    from colophon.parties import agree
    from colophon_airflow.settings import publisher_config

    left = agree(ledger, contact, field, seen=seen, by=person.name, approvers=publisher_config().ownership.approvers)
    return done(request, back, "agreed" if left else "approved", 1)


@router.post("/parties/{contact}/{field}/refuse")
def refuse_change(
    request: Request, person: Operator, ledger: LedgerDep, contact: int, field: str, seen: Seen, why: Reason, back: Back = ""
) -> Response:
    """Refuse a change of tax or bank details."""
    from colophon.parties import refuse

    refuse(ledger, contact, field, seen=seen, by=person.name, why=why)
    return done(request, back, "refused", 1)


@router.post("/titles/{isbn}/stop")
def stop_title(request: Request, person: Operator, ledger: LedgerDep, isbn: str, sure: Sure, why: Reason, back: Back = "") -> Response:
    """Stop a title everywhere: from the next runs on it is closed at everybody who has it, whatever its records say."""
    from colophon.stopped import stop

    del sure  # that it is there is what is asked
    stop(ledger, isbn, by=person.name, why=why)
    return done(request, back, "stopped_everywhere", 1)


@router.post("/titles/{isbn}/release")
def release_title(request: Request, person: Operator, ledger: LedgerDep, isbn: str, why: Reason, back: Back = "") -> Response:
    """Let rights alone decide about a title again."""
    from colophon.stopped import release

    release(ledger, isbn, by=person.name, why=why)
    return done(request, back, "released", 1)


@router.post("/health/check")
def check(request: Request, person: Operator, ledger: LedgerDep, back: Back = "") -> Response:
    """Ask all six systems how they are."""
    health.ask_all(ledger, now())
    ledger.people.noted("check systems", "health", by=person.name, why="")
    return done(request, back, "checked", len(health.SYSTEMS))


def done(request: Request, back: str, sentence: str, count: int) -> Response:
    """The answer to an act: for a browser the way back, with one of `SENTENCES`; for a program the count."""
    if "text/html" not in request.headers.get("accept", ""):
        return JSONResponse({"done": sentence, "count": count})
    root = request.scope.get("root_path", "")
    path = back.partition("#")[0]
    # Only ever to a page of the desk: not to another site, whatever the form says.
    to = path if path.startswith(f"{root}/") and "\\" not in path and "//" not in path else f"{root}/"
    return RedirectResponse(f"{to}{'&' if '?' in to else '?'}done={sentence}", status_code=303)
