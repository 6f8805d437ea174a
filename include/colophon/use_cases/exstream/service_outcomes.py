"""EX-6, service outcomes: what customer service told customers about a title is noted on it; what keeps happening is raised.

One case about a title and issue is one note, whichever way its records come and however many. A note cannot be changed in
Consonance: what becomes of the case later, and what the customer answered, is one communication that is brought up to date.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from colophon.blocks.decision import DecisionContext
from colophon.blocks.inbound import Closed, Inbound, InboxDecision, about_titles, fault, intent, read, short
from colophon.domain.facts import Facts
from colophon.domain.finding import Finding
from colophon.domain.product import Product
from colophon.http.jsontext import read_json
from colophon.ledger import HistoryRow, Intent, LatestDelivery, Ledger
from colophon.ledger.inbox import InboxItem
from colophon.systems.consonance.writes.operations import CONSONANCE
from colophon.systems.opentext_exstream.outcomes import EXTENSION, SERVICE
from colophon.systems.opentext_exstream.records import Outcome

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


def decide(facts: Facts, context: DecisionContext) -> InboxDecision:
    """A note of each case, and how it stands; what was raised is looked at again."""
    decision, products = InboxDecision(), dict[str, Product]()
    new, cases = defaultdict[str, list[Intent]](list), defaultdict[str, list[Outcome]](list)
    has_to = "an ISBN, an issue and the reference of a case"
    for item, record, product in about_titles(facts, decision, _read, rule=RULE, lacks=has_to, unknown=_unknown_title):
        cases[_subject(record)].append(record)
        products[record.isbn or ""] = product
        decision.closed.append(Closed(item))
    noted = context.history(CONSONANCE, [name for subject in cases for name in (subject, f"{subject}/state")])
    for subject, records in cases.items():
        newest, title = max(records, key=lambda record: (record.at, record.type)), products[records[0].isbn or ""]
        if subject not in noted:
            new[title.isbn13 or ""].append(_note(newest, title))
        if subject in noted or any(record.response for record in records):
            new[title.isbn13 or ""] += _communication(newest, records, title, noted.get(f"{subject}/state"), context)
    past: defaultdict[str, list[HistoryRow]] = defaultdict(list)
    for row in facts.records(HistoryRow):
        past[row.labels["isbn"]].append(row)
    for isbn in sorted({*new, *past}):
        decision.tell(*new[isbn])
        decision.look_at(f"isbn:{isbn}")
        labels = [row.labels for row in past[isbn]] + [intent.labels for intent in new[isbn]]
        decision.findings += _often(isbn, labels, products.get(isbn), context)
    return decision


def recalled(ledger: Ledger, _context: DecisionContext, isbns: Collection[str]) -> Iterator[HistoryRow]:
    """What was told of the titles that events name, and of those about which an exception is open."""
    raised = (row.subject for row in ledger.exceptions.open(use_case=CASE.id, destination=CONSONANCE))
    looked_at = {*isbns, *(subject.removeprefix("isbn:") for subject in raised if subject.startswith("isbn:"))}
    return (row for isbn in sorted(looked_at) for row in ledger.history(isbn, destination=CONSONANCE) if row.use_case == CASE.id)


def _subject(outcome: Outcome) -> str:
    return f"isbn:{outcome.isbn}/{short(outcome.case_reference, outcome.isbn, outcome.issue)}"


def _note(outcome: Outcome, title: Product) -> Intent:
    """The reason that a person wrote stays out of it: it may speak of the customer."""
    issue, case = outcome.issue or "other", outcome.case_reference or ""
    happened = HAPPENED.get(outcome.type, "Nobody knows yet whether a customer was told: customer service wrote of")
    members: dict[str, object] = {
        "workId": title.work_id,
        "productId": title.id,
        "notedOn": outcome.at.date().isoformat(),
        "category": issue,
        "text": f"{happened} {ISSUES[issue]} (case {case}).",
        "caseReference": case,
        "source": "exstream",
    }
    return _write_back("createWorkNote", outcome, title, members, outcome.at)


def _communication(
    newest: Outcome, records: Sequence[Outcome], title: Product, last: LatestDelivery | None, context: DecisionContext
) -> list[Intent]:
    """How the case stands, and the customer's own words where there are some: personal, so that no label or log has them.

    Words that were planned before stay, whether they have left or not; those that come late do not change how the case stands.
    """
    if newest.type not in EXTENSION:
        return []
    content = context.content(last.content_hash) if last else None
    planned: Any = read_json(content) if content else {"members": {}}
    state = {"outcome": EXTENSION[newest.type].upper(), "at": newest.at.strftime(_MOMENT)}
    as_of = max(newest.at, last.as_of) if last else newest.at
    if as_of > newest.at:
        state |= {name: planned["members"].get(name, value) for name, value in state.items()}
    answers = [record.response for record in sorted(records, key=lambda record: record.at) if record.response]
    words = ": ".join(filter(None, (answers[-1].kind, answers[-1].words))) if answers else planned["members"].get("responseText")
    members: dict[str, object] = {
        "workId": title.work_id,
        "channel": "exstream",
        "template": newest.issue,
        "caseReference": newest.case_reference,
        **state,
    } | ({"responseText": words} if words else {})
    return [_write_back("recordCommunication", newest, title, members, as_of, part="/state")]


def _write_back(operation: str, outcome: Outcome, title: Product, members: Mapping[str, object], as_of: datetime, part: str = "") -> Intent:
    labels = {"issue": outcome.issue or "other", "case": (outcome.case_reference or "")[:200], "at": outcome.at.strftime(_MOMENT)}
    labels |= {"isbn": outcome.isbn or "", "title": title.title[:200]}
    subject = _subject(outcome)
    reference = f"ex6:{subject.partition('/')[2]}"
    return intent(operation, reference, members, use_case=CASE.id, subject=subject + part, as_of=as_of, labels=labels)


def _often(isbn: str, all_labels: Iterable[Mapping[str, str]], title: Product | None, context: DecisionContext) -> Iterable[Finding]:
    limit, until = context.config.notices.recurring, context.as_of.strftime(_MOMENT)
    since = (context.as_of - timedelta(days=limit.days)).strftime(_MOMENT)
    cases: defaultdict[str, set[str]] = defaultdict(set)
    for labels in all_labels:
        if since < labels["at"] <= until:
            cases[labels["issue"]].add(labels["case"])
    for issue, references in sorted(cases.items()):
        if len(references) >= limit.cases:
            found = f"at least {limit.cases} cases of {ISSUES[issue]} within {limit.days} days"
            remedy = "Look at the title's notes in Consonance, and mend the cause; this closes itself when the cases stop."
            imprint = (title.imprint or "") if title else ""
            yield fault(f"isbn:{isbn}", OFTEN, issue, found, f"fewer than {limit.cases}", remedy, limit.owner, imprint=imprint)


def _read(item: InboxItem) -> Outcome | None:
    record = read(Outcome, item, member="")
    return record if record is not None and record.issue and record.case_reference else None


def _unknown_title(outcome: Outcome) -> Finding:
    subject, unknown = f"case:{(outcome.case_reference or '')[:150]}", "a case about an ISBN that Consonance does not have"
    remedy = "Have customer service correct the ISBN of the case, and send the record again."
    return fault(subject, RULE, "isbn", unknown, "an ISBN of ours", remedy, "operations")


CASE = Inbound(
    id="exstream__service_outcomes",
    reads=(InboxItem,),
    gains=(Product, HistoryRow),
    recalled=recalled,
    decide=decide,
    backfill="full",
    writes=("createWorkNote", "recordCommunication"),
    systems=("opentext_exstream",),
    types=(SERVICE,),
    read=_read,
)
