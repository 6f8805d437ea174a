"""What happened, in the order in which it happened: to one delivery, or to a title over all systems and use cases.

of_delivery(row, attempts, events)      # planned, claimed and sent, answered, acknowledged
of_title(ledger, isbn, letters)         # all deliveries about it, what kept it back, events that named it
story_pdf(moments, ...)                 # on paper, for a dispute
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from colophon.domain.delivery_states import CLOSED, FINAL_BAD, GONE, IN_FLIGHT, RANK, UNKNOWN, WAITING
from colophon.ledger import Ledger
from colophon.ledger.browse import Wanted
from colophon.ledger.exception_queue import Chosen
from colophon.typeset import pdf

SYSTEMS: Mapping[str, str] = {
    "push": "OpenText Push",
    "exstream": "OpenText Exstream",
    "xconnector": "xConnector",
    "fourallportal": "4ALLPORTAL",
    "bytenite": "ByteNite",
}
"""The system that a use case speaks to, by how its name begins."""
COLOPHON = "Colophon"
SETTLED = "settled"
"""Code of a try that is none: a person said what became of the delivery."""
MOST = 1000
GOOD, UNDER_WAY, DOUBT, BAD, QUIET = "done", "under-way", "unknown", "failed", "superseded"
"""How a moment is coloured."""
_RESULTS = {
    "not_sent": ("not sent", UNDER_WAY, WAITING),
    "refused": ("refused", BAD, "failed"),
    "unknown": ("no answer: nobody knows whether it arrived", DOUBT, UNKNOWN),
}
"""Results of tries that are no outcome: in words, how coloured, and the state that they leave."""


class Moment(NamedTuple):
    """One thing that happened. `system` did it or was told; `where`: the recipient; `says`: their words, or ours; `path` of the desk has more."""

    at: datetime
    system: str
    use_case: str
    where: str
    what: str
    says: str = ""
    tone: str = UNDER_WAY
    path: str = ""


def of_delivery(row: Any, attempts: Iterable[Any], events: Iterable[Any], *, carrier: str = "") -> list[Moment]:
    """One delivery from its plan to where it stands now, oldest first.

    :param carrier: how the message is called whose tries are given, where the delivery travels in one.
    """
    system, path = system_of(row.use_case), f"deliveries/{row.id}"

    def moment(at: datetime, what: str, says: str, tone: str, by: str = system) -> Moment:
        return Moment(at, by, row.use_case, row.destination, what, says, tone, path)

    closes = f", to take it off sale ({row.labels[CLOSED]})" if CLOSED in row.labels else ""
    plan = moment(row.created_at, f"planned, revision {row.revision}{closes}", f"as of {row.as_of:%Y-%m-%d %H:%M} UTC", UNDER_WAY, COLOPHON)
    found = [(plan, WAITING)]  # each with the state that it leaves
    within = f" in {carrier}" if carrier else ""
    number = 0
    for each in attempts:
        settled = each.code == SETTLED
        number += not settled
        left = "claimed" if each.result == "not_sent" else f"claimed and sent{within}"
        if not settled:
            found.append((moment(each.started_at, f"{left}, try {number}", "", UNDER_WAY, COLOPHON), IN_FLIGHT))
        if each.ended_at is not None:
            what, tone, state = _RESULTS.get(each.result, (f"answered: {words(each.result)}", _tone(each.result), each.result))
            if settled:
                found.append((moment(each.ended_at, f"a person said: {words(each.result)}", each.evidence, tone, COLOPHON), state))
            else:
                found.append((moment(each.ended_at, what, _said(each.code, each.evidence), tone), state))
    for each in events:
        told = moment(each.at, f"reported: {words(each.outcome)}", _said(each.code, each.detail), _tone(each.outcome), each.system)
        found.append((told, each.outcome))
    found.sort(key=lambda each: each[0].at)
    if found[-1][1] != row.state:
        now = moment(row.updated_at, f"now: {words(row.state)}", _said(row.code, row.detail), _tone(row.state), COLOPHON)
        found.append((now, row.state))
    return sorted((each for each, _ in found), key=lambda each: each.at)


def of_title(ledger: Ledger, isbn: str, letters: Iterable[Any] = ()) -> list[Moment]:
    """All that is known of a title, newest first; of very much the newest deliveries alone.

    :param letters: rows of letters that name it.
    """
    rows = {
        row.id: row
        for wanted in (Wanted(isbn=isbn), Wanted(subject=f"isbn:{isbn}"))
        for row in ledger.desk.deliveries_page(wanted, limit=MOST)
    }
    rows |= {row.id: row for row in letters}
    happened = ledger.desk.happened({*rows, *(row.carrier_id for row in rows.values() if row.carrier_id)})
    found: list[Moment] = []
    for row in rows.values():
        own, carried = happened[row.id], happened.get(row.carrier_id or "")
        tries = [*(carried.attempts if carried else ()), *own.attempts]
        found += of_delivery(row, tries, own.events, carrier="a message" if carried else "")
    for subject in sorted({row.subject for row in rows.values()} | {f"isbn:{isbn}"}):
        for row in ledger.people.exceptions_page(Chosen(state="", subject=subject), limit=MOST):
            found += _kept_back(row)
    for row in ledger.desk.events_naming(isbn):
        state = "could not be dealt with" if row.state == "parked" else "came in"
        found.append(
            Moment(row.received_at, row.source, "inbound", "", f"event {row.type} {state}", "", BAD if row.state == "parked" else UNDER_WAY)
        )
    return sorted(found, key=lambda each: each.at)[::-1]  # of one moment, too, the last comes first


def chosen(moments: Iterable[Moment], *, system: str = "", where: str = "") -> list[Moment]:
    """Those of a system, or of a recipient, or of both; empty: of all."""
    return [each for each in moments if system in {"", system_of(each.use_case), each.system} and where in {"", each.where}]


def story_pdf(moments: Sequence[Moment], *, isbn: str, title: str, of: str, publisher: str, at: datetime) -> bytes:
    """The typeset story, oldest first; the same facts give the same bytes. :param of: what it was narrowed to, in words."""
    lines = [
        {"at": f"{each.at:%Y-%m-%d %H:%M}", "who": each.system, "where": each.where, "what": each.what, "says": each.says}
        for each in sorted(moments, key=lambda each: each.at)
    ]
    facts = {"isbn": isbn, "title": title, "of": of, "publisher": publisher, "at": f"{at:%Y-%m-%d %H:%M} UTC"}
    return pdf("story.typ", {**facts, "moments": lines}, at)


def system_of(use_case: str) -> str:
    """The name of the system that a use case speaks to."""
    return SYSTEMS.get(use_case.partition("__")[0], COLOPHON)


def words(name: str) -> str:
    """A state in words."""
    return name.replace("_", " ")


def _kept_back(row: Any) -> Iterator[Moment]:
    use_case, path = row.use_case.partition(":")[0], f"exceptions/{row.id}"
    yield Moment(row.opened_at, COLOPHON, use_case, row.destination, f"exception {row.rule} opened", f"{row.field}: {row.found}", BAD, path)
    if row.closed_at:
        says = "a person closed it" if row.closed_by else "its fault is gone"
        yield Moment(row.closed_at, COLOPHON, use_case, row.destination, f"exception {row.rule} closed", says, GOOD, path)


def _tone(state: str) -> str:
    if state in FINAL_BAD or state == "refused":
        return BAD
    if state in GONE:
        return QUIET
    return DOUBT if state == UNKNOWN else GOOD if RANK.get(state, 0) >= RANK["sent"] else UNDER_WAY


def _said(code: str, text: str) -> str:
    return ": ".join(part for part in (code, text) if part)
