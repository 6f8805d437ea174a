"""EX-6, service outcomes: what customer service told customers about a title is noted on it; what keeps happening is raised.

One case about a title and issue is one note, whichever way its records come and however many. A note cannot be changed in
Consonance: what becomes of the case later, and what the customer answered, is one communication that is brought up to date.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import timedelta

from colophon.blocks.decision import DecisionContext
from colophon.blocks.ids import SERVICE_OUTCOMES
from colophon.blocks.inbound import Closed, Inbound, InboxDecision, about_titles, read
from colophon.blocks.write_back import fault
from colophon.domain.delivery import HistoryRow, Intent
from colophon.domain.facts import Facts
from colophon.domain.finding import Finding
from colophon.domain.inbox_item import InboxItem
from colophon.domain.product import Product
from colophon.ledger import Ledger
from colophon.systems.consonance.writes.operations import CONSONANCE
from colophon.systems.opentext_exstream.outcomes import SERVICE
from colophon.systems.opentext_exstream.records import Outcome
from colophon.use_cases.exstream.service_notes import ISSUES, MOMENT, note, state, subject_of

RULE, OFTEN = "EX6", "EX6-often"


def decide(facts: Facts, context: DecisionContext) -> InboxDecision:
    """A note of each case, and how it stands; what was raised is looked at again."""
    decision, products = InboxDecision(), dict[str, Product]()
    new, cases = defaultdict[str, list[Intent]](list), defaultdict[str, list[Outcome]](list)
    has_to = "an ISBN, an issue and the reference of a case"
    for item, record, product in about_titles(facts, decision, _read, rule=RULE, lacks=has_to, unknown=_unknown_title):
        cases[subject_of(record)].append(record)
        products[record.isbn or ""] = product
        decision.closed.append(Closed(item))
    noted = context.history(CONSONANCE, [name for subject in cases for name in (subject, f"{subject}/state")])
    for subject, records in cases.items():
        newest, title = max(records, key=lambda record: (record.at, record.type)), products[records[0].isbn or ""]
        if subject not in noted:
            new[title.isbn13 or ""].append(note(newest, title))
        if subject in noted or any(record.response for record in records):
            new[title.isbn13 or ""] += state(newest, records, title, noted.get(f"{subject}/state"), context)
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


def _often(isbn: str, all_labels: Iterable[Mapping[str, str]], title: Product | None, context: DecisionContext) -> Iterable[Finding]:
    limit, until = context.config.notices.recurring, context.as_of.strftime(MOMENT)
    since = (context.as_of - timedelta(days=limit.days)).strftime(MOMENT)
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
    id=SERVICE_OUTCOMES,
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
