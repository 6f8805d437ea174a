"""*Statements*: royalty batches with control totals and what became of them; payees are numbers here, and amounts are not shown.

Two pages are for those alone who may approve the statements: the report of a run and the preview of a payee's statements.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse

from colophon.errors import NotFoundError, StagingUnusableError
from colophon.ledger import Ledger
from colophon.ledger.browse import Wanted
from colophon.royalties.report.web import IDENTITIES
from colophon.royalty_run.approved import APPROVED, CORRECTIONS, USE_CASE
from colophon_airflow.desk import runs
from colophon_airflow.desk.access import Approver, AskingApprover, Person, Reader, may_see_money
from colophon_airflow.desk.guard import policy_for
from colophon_airflow.desk.screen import GROUPS, group_of, write_page
from colophon_airflow.desk.source import PAGE, LedgerDep, PlaceDep, mark

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)


class Batch(NamedTuple):
    """Statements of a period by one template: counts by what their states mean to a person."""

    period: str
    template: str
    destination: str
    counted: Counter[str]


@router.get("/statements")
def statements(request: Request, person: Reader, ledger: LedgerDep) -> HTMLResponse:
    """Runs with their control totals; batches, newest period first: statements by outcome, and whether all are accounted for."""
    batches, approved = [], {}
    for destination, states in sorted(ledger.counts(USE_CASE).items(), reverse=True):
        if destination.startswith(CORRECTIONS):
            continue
        if destination.startswith(APPROVED):
            approved[destination.removeprefix(APPROVED)] = sum(states.values())
            continue
        counted: Counter[str] = Counter()
        for state, count in states.items():
            counted[group_of(state)] += count
        period, _, template = destination.partition(":")
        batches.append(Batch(period, template, destination, counted))
    facts: dict[str, Any] = {"runs": _runs(person), "identities": IDENTITIES, "sees_money": may_see_money(person)}
    return write_page(
        request, "statements.html", person, batches=batches, approved=approved, accounts_in=APPROVED, use_case=USE_CASE, **facts
    )


@router.get("/statements/batch")
def batch(
    request: Request,
    person: Reader,
    ledger: LedgerDep,
    after: PlaceDep,
    name: Annotated[str, Query(max_length=120)],
    outcome: Annotated[str, Query(pattern=f"^({'|'.join(GROUPS)})?$")] = "",
) -> HTMLResponse:
    """One batch: payees and statements by outcome, and the statements of one outcome or all."""
    whom = ledger.desk.whom(USE_CASE, name, "payee", GROUPS)
    if not whom:
        raise NotFoundError("the ledger has no such batch", system="ledger", remedy="Choose one from the list of batches.")
    rows, more = _page(ledger, Wanted(use_case=USE_CASE, destination=name, states=GROUPS.get(outcome, ())), after)
    return write_page(
        request, "statements_batch.html", person, name=name, whom=whom, outcome=outcome, rows=rows, more=more, use_case=USE_CASE
    )


@router.get("/statements/report/{run_id}")
def report(request: Request, person: Approver, ledger: LedgerDep, run_id: str) -> HTMLResponse:
    """The report of a run with its amounts, as the person who approves it reads it; who looks is in the audit."""
    from colophon_airflow.settings import open_staging

    found = next((one for one in _runs(person) if one.run_id == run_id and one.told.get("page")), None)
    if found is None:
        raise NotFoundError("there is no report of such a run", system="ledger", remedy="Choose one from the list of runs.")
    ledger.people.noted("read report", str(found.told.get("period")), by=person.name, why=f"run {run_id}"[:2000])
    # Within a frame's own document, a place in it has another address than where the document is a page.
    try:
        html = open_staging().whole(found.told["page"]).decode().replace('href="#', 'href="about:srcdoc#')
    except StagingUnusableError:
        remedy = (
            "Staged files are kept as long as housekeeping.yaml says; the statements themselves, and what was approved, are in the ledger."
        )
        raise NotFoundError("the report of this run is not kept any more", system="staging", remedy=remedy) from None
    return _sealed(write_page(request, "statements_report.html", person, run=found, html=html), [html])


@router.post("/statements/preview")
def preview(
    request: Request,
    person: AskingApprover,
    ledger: LedgerDep,
    payee: Annotated[str, Form(pattern="^[0-9]{1,12}$")],
    period: Annotated[str, Form(max_length=10)],
    policy: Annotated[str, Form(max_length=80)] = "standard",
) -> HTMLResponse:
    """A payee's statements as a run would issue them now: computed from the records, sent to nobody; who looks is in the audit.

    Asked for by POST, so that no address and no log of addresses says who was looked at.
    """
    from colophon.royalties.statement.page import page_of
    from colophon.royalties.statement.web import html_of
    from colophon_airflow.royalties import period_that_ended, previews

    asked = period_that_ended(period)
    ledger.people.noted("preview statement", f"contact:{payee}", by=person.name, why=f"{asked.label}, policy {policy}")
    made = [
        (one.account_id, one.held_back, html_of(page_of(one.statement, one.compliance)) if one.statement else "")
        for one in previews(payee, asked, policy, "consonance_default")
    ]
    page = write_page(request, "statements_preview.html", person, payee=payee, period=asked, made=made)
    return _sealed(page, [html for _, _, html in made])


def _runs(person: Person) -> list[runs.Balanced]:
    return runs.balanced(person.user, USE_CASE)


def _page(ledger: Ledger, wanted: Wanted, after: Any) -> tuple[list[Any], str]:
    rows = ledger.desk.deliveries_page(wanted, after=after, limit=PAGE + 1)
    return rows[:PAGE], mark(rows[PAGE - 1].updated_at, rows[PAGE - 1].id) if len(rows) > PAGE else ""


def _sealed(page: HTMLResponse, framed: Sequence[str]) -> HTMLResponse:
    """A page that frames documents of ours, whose own styles its policy names one by one."""
    page.headers["content-security-policy"] = policy_for("".join(framed))
    return page
