"""EX-6, service outcomes: what customer service told customers about a title is noted on it; what keeps happening is raised.

One case about a title and issue is one note, whichever way its records come and however many. A note cannot be changed in
Consonance: what becomes of the case later, and what the customer answered, is one communication that is brought up to date.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from colophon.blocks.decision import DecisionContext
from colophon.blocks.inbound import CONSONANCE, Answered, Arrived, Closed, fault, intent, short
from colophon.domain.finding import Finding
from colophon.domain.product import Product
from colophon.errors import BadShapeError
from colophon.http.jsontext import read_json
from colophon.ledger import HistoryRow, Intent
from colophon.ledger.inbox import InboxItem
from colophon.systems.consonance.writes import WriteOp
from colophon.systems.opentext_exstream.outcomes import EXTENSION
from colophon.systems.opentext_exstream.records import Outcome
from colophon.systems.opentext_exstream.settle import SERVICE

USE_CASE = "exstream__service_outcomes"
DESTINATION = CONSONANCE
TYPES = (SERVICE,)
RULE, OFTEN = "EX6", "EX6-often"
ISSUES = {
    "delay": "a delay",
    "out_of_stock": "a title out of stock",
    "substitution": "another format sent in its place",
    "revised_date": "a revised date",
    "other": "another matter",
}
HAPPENED = {
    "delivered": "Customer service told a customer of",
    "opened": "A customer opened what customer service wrote of",
    "picked_up": "A customer picked up what customer service wrote of",
    "responded": "A customer answered customer service, which wrote of",
    "bounced": "A customer was not told, for the letter came back: customer service wrote of",
    "returned": "A customer was not told, for the letter came back: customer service wrote of",
    "failed": "A customer was not told, for the letter did not leave: customer service wrote of",
    "opted_out": "A customer wants no more letters: customer service wrote of",
}
_MOMENT = "%Y-%m-%dT%H:%M:%SZ"


def isbns(items: Iterable[InboxItem]) -> set[str]:
    """The ISBNs that records speak of."""
    return {found.isbn for item in items if (found := _read(item)) is not None and found.isbn}


def plan(arrived: Arrived, question: DecisionContext) -> Answered:
    """Decide about all records that wait, and look again at what was raised."""
    made = Answered()
    new: defaultdict[str, list[Intent]] = defaultdict(list)
    cases: defaultdict[str, list[Outcome]] = defaultdict(list)
    for item in arrived.items:
        found = _read(item)
        if found is None or not found.isbn or not found.issue or not found.case_reference:
            made.park(item, _incomplete(item))
        elif found.isbn not in arrived.titles:
            made.park(item, _unknown_title(found))
        else:
            cases[_subject(found)].append(found)
            made.closed.append(Closed(item))
    noted = question.history(DESTINATION, list(cases))
    for subject, told in cases.items():
        newest, isbn = max(told, key=lambda one: (one.at, one.type)), told[0].isbn or ""
        if subject not in noted:
            new[isbn].append(_note(newest, arrived.titles[isbn]))
        if subject in noted or any(one.response for one in told):
            new[isbn] += _communication(newest, told, arrived.titles[isbn])
    for isbn in sorted({*new, *arrived.past}):
        made.intents += new[isbn]
        made.judged.add(f"isbn:{isbn}")
        made.findings += _often(isbn, arrived.past.get(isbn, ()), new[isbn], arrived, question.as_of)
    return made


def _subject(found: Outcome) -> str:
    return f"isbn:{found.isbn}/{_name(found)}"


def _name(found: Outcome) -> str:
    return short(found.case_reference, found.isbn, found.issue)


def _note(found: Outcome, title: Product) -> Intent:
    """The reason that a person wrote stays out of it: it may speak of the customer."""
    issue, case = found.issue or "other", found.case_reference or ""
    happened = HAPPENED.get(found.type, "Nobody knows yet whether a customer was told: customer service wrote of")
    members: dict[str, object] = {
        "workId": title.work_id,
        "productId": title.id,
        "notedOn": found.at.date().isoformat(),
        "category": issue,
        "text": f"{happened} {ISSUES[issue]} (case {case}).",
        "caseReference": case,
        "source": "exstream",
    }
    op = WriteOp("createWorkNote", f"ex6:{_name(found)}", f"isbn:{found.isbn}", USE_CASE, members)
    return intent(op, as_of=found.at, labels=_labels(found, title), subject=_subject(found))


def _communication(newest: Outcome, told: Sequence[Outcome], title: Product) -> list[Intent]:
    """How the case stands, and the customer's own words where there are some: personal, so that no label or log has them."""
    if newest.type not in EXTENSION:
        return []
    answers = [one.response for one in sorted(told, key=lambda one: one.at) if one.response]
    words = ": ".join(filter(None, (answers[-1].kind, answers[-1].words))) if answers else ""
    members: dict[str, object] = {
        "workId": title.work_id,
        "channel": "exstream",
        "template": newest.issue,
        "outcome": EXTENSION[newest.type].upper(),
        "at": newest.at.strftime(_MOMENT),
        "caseReference": newest.case_reference,
    } | ({"responseText": words} if words else {})
    op = WriteOp("recordCommunication", f"ex6:{_name(newest)}", f"isbn:{newest.isbn}", USE_CASE, members)
    return [intent(op, as_of=newest.at, labels=_labels(newest, title), subject=f"{_subject(newest)}/state")]


def _labels(found: Outcome, title: Product) -> dict[str, str]:
    told = {"issue": found.issue or "other", "case": (found.case_reference or "")[:200], "at": found.at.strftime(_MOMENT)}
    return {"isbn": found.isbn or "", "title": title.title[:200], **told}


def _often(isbn: str, past: Sequence[HistoryRow], new: Sequence[Intent], arrived: Arrived, as_of: datetime) -> Iterable[Finding]:
    limit = arrived.rules.recurring
    since = (as_of - timedelta(days=limit.days)).strftime(_MOMENT)
    cases: defaultdict[str, set[str]] = defaultdict(set)
    told: list[Any] = [*(row.labels for row in past if row.use_case == USE_CASE), *(one.labels for one in new)]
    for labels in told:
        if since < labels["at"] <= as_of.strftime(_MOMENT):
            cases[labels["issue"]].add(labels["case"])
    for issue, found in sorted(cases.items()):
        if len(found) >= limit.cases:
            yield fault(
                f"isbn:{isbn}",
                OFTEN,
                issue,
                f"at least {limit.cases} cases of {ISSUES[issue]} within {limit.days} days",
                expected=f"fewer than {limit.cases}",
                remedy="Look at the title's notes in Consonance, and mend the cause; this closes itself when the cases stop.",
                owner=limit.owner,
                imprint=(arrived.titles[isbn].imprint or "") if isbn in arrived.titles else "",
            )


def _read(item: InboxItem) -> Outcome | None:
    try:
        return Outcome.model_validate(read_json(item.body))
    except (BadShapeError, ValidationError):
        return None


def _incomplete(item: InboxItem) -> Finding:
    return fault(
        f"event:{item.id}",
        RULE,
        "record",
        "an outcome of customer service without ISBN, issue or case reference",
        expected="all three",
        remedy="Ask customer service which title the case is about, and to send the record again.",
        owner="operations",
    )


def _unknown_title(found: Outcome) -> Finding:
    return fault(
        f"case:{(found.case_reference or '')[:150]}",
        RULE,
        "isbn",
        "a case about an ISBN that Consonance does not have",
        expected="an ISBN of ours",
        remedy="Have customer service correct the ISBN of the case, and send the record again.",
        owner="operations",
    )
