"""What Consonance is told of a case of customer service: one note on the title, and one communication that says how the case stands."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from colophon.blocks.decision import DecisionContext
from colophon.blocks.ids import SERVICE_OUTCOMES
from colophon.blocks.write_back import intent, short
from colophon.domain.delivery import Intent, LatestDelivery
from colophon.domain.product import Product
from colophon.http.jsontext import read_json
from colophon.systems.opentext_exstream.outcomes import EXTENSION
from colophon.systems.opentext_exstream.records import Outcome

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
MOMENT = "%Y-%m-%dT%H:%M:%SZ"


def subject_of(outcome: Outcome) -> str:
    """How the ledger names the note of a case about a title and issue."""
    return f"isbn:{outcome.isbn}/{short(outcome.case_reference, outcome.isbn, outcome.issue)}"


def note(outcome: Outcome, title: Product) -> Intent:
    """What happened. The reason that a person wrote stays out of it: it may speak of the customer."""
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


def state(
    newest: Outcome, records: Sequence[Outcome], title: Product, last: LatestDelivery | None, context: DecisionContext
) -> list[Intent]:
    """How the case stands, and the customer's own words where there are some: personal, so that no label or log has them.

    Words that were planned before stay, whether they have left or not; those that come late do not change how the case stands.
    """
    if newest.type not in EXTENSION:
        return []
    content = context.content(last.content_hash) if last else None
    planned: Any = read_json(content) if content else {"members": {}}
    stands = {"outcome": EXTENSION[newest.type].upper(), "at": newest.at.strftime(MOMENT)}
    as_of = max(newest.at, last.as_of) if last else newest.at
    if as_of > newest.at:
        stands |= {name: planned["members"].get(name, value) for name, value in stands.items()}
    answers = [record.response for record in sorted(records, key=lambda record: record.at) if record.response]
    words = ": ".join(filter(None, (answers[-1].kind, answers[-1].words))) if answers else planned["members"].get("responseText")
    members: dict[str, object] = {
        "workId": title.work_id,
        "channel": "exstream",
        "template": newest.issue,
        "caseReference": newest.case_reference,
        **stands,
    } | ({"responseText": words} if words else {})
    return [_write_back("recordCommunication", newest, title, members, as_of, part="/state")]


def _write_back(operation: str, outcome: Outcome, title: Product, members: Mapping[str, object], as_of: datetime, part: str = "") -> Intent:
    labels = {"issue": outcome.issue or "other", "case": (outcome.case_reference or "")[:200], "at": outcome.at.strftime(MOMENT)}
    labels |= {"isbn": outcome.isbn or "", "title": title.title[:200]}
    subject = subject_of(outcome)
    reference = f"ex6:{subject.partition('/')[2]}"
    return intent(operation, reference, members, use_case=SERVICE_OUTCOMES, subject=subject + part, as_of=as_of, labels=labels)
