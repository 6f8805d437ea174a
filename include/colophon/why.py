"""Did it go, and why not? One answer for each recipient of a title, from the ledger and the profiles.

for answer in why(ledger, config, "9781234567897", use_case=CASE.id):
    answer.recipient, answer.verdict, answer.because, answer.to_go, answer.sent
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from colophon import out_of_scope
from colophon.config import Config
from colophon.domain.delivery_states import CLOSED, FINAL_BAD, GONE, IN_FLIGHT, IN_PART, UNKNOWN, WAITING
from colophon.domain.finding import Severity
from colophon.last_sent import Sent, last_sent
from colophon.ledger import Ledger
from colophon.ledger.findings import OpenException
from colophon.ledger.recipient_words import RECIPIENT
from colophon.ledger.told import REACHED, ToldRow
from colophon.onix.profile import Profile
from colophon.stopped import stops


class Verdict(StrEnum):
    """What became of a title at a recipient, in a word."""

    ACKNOWLEDGED = "acknowledged"
    UNCHANGED = "unchanged"
    SENT = "sent"
    WAITING = "waiting"
    UNKNOWN = "unknown"
    REFUSED = "refused by the recipient"
    FAILED = "failed on its way"
    GATED = "kept back"
    OUT_OF_SCOPE = "out of scope"
    NOT_ARMED = "not armed"
    WITHDRAWN = "withdrawn"
    STOPPED = "stopped"
    NEVER = "never judged"
    FORMER = "former recipient"


MEANS = {
    Verdict.ACKNOWLEDGED: "done",
    Verdict.UNCHANGED: "done",
    Verdict.SENT: "sent",
    Verdict.WAITING: "under way",
    Verdict.UNKNOWN: "unknown",
    Verdict.REFUSED: "failed",
    Verdict.FAILED: "failed",
    Verdict.GATED: "failed",
}
"""What a verdict means to a person, as groups of states do; the others mean that nothing is to go."""
WENT = frozenset({Verdict.ACKNOWLEDGED, Verdict.UNCHANGED, Verdict.SENT})
"""Verdicts that need nothing to be done."""
NOT_FOR_IT = {
    "G1": "exports of it are off",
    "G2": "the recipient does not take its publishing status",
    "G3": "it may not be sold in the recipient's market",
    "G5": "the recipient does not take this form of product",
}
"""What it means that a title is not for a recipient, by its gate."""
OTHERWISE = "Nothing, where that is meant: it is not for this recipient. Else correct the field at its source, or the recipient's profile."
REOPENS = {
    "rights": "Record the right that ended or is missing; the next run opens it again.",
    "exports": "Tick `allow ONIX exports` in Consonance; the next run opens it again.",
    "status": "Correct its publishing status or availability in Consonance; the next run opens it again.",
    "embargo": "Nothing: it opens on its first day of sale.",
    "form": "Let the recipient's profile take its form, or correct the form.",
    "missing": "Consonance has no such record any more; restore it there, or make it anew with this ISBN.",
    "renumbered": "Give the product its ISBN again in Consonance, if that was right; else nothing: it goes under its new one.",
}
"""What would open a title again that was closed, by the label `closed`."""
RELEASE = "Release it on its page of the desk; then rights alone decide."
ANY_RUN = "The next run of the nightly syndication that reads it; at once: run it by hand in mode list."


@dataclass(frozen=True, slots=True)
class Answer:
    """One recipient. `since`: how long it has been so; `to_go`: what would make it go, empty where it went."""

    recipient: str
    name: str
    verdict: Verdict
    because: str
    to_go: str
    since: datetime | None = None
    sent: Sent | None = None

    @property
    def went(self) -> bool:
        """Whether what is wanted now is with the recipient, or on its way."""
        return self.verdict in WENT


class _Verdict(NamedTuple):
    verdict: Verdict
    because: str
    to_go: str = ""
    since: datetime | None = None


def why(ledger: Ledger, config: Config, isbn: str, *, use_case: str, recipient: str = "") -> list[Answer]:
    """An answer for each recipient that has a profile or ever got the title, or for one.

    :param isbn: 13 digits.
    """
    rows = ledger.desk.told(isbn, use_case, recipient)
    found = ledger.exceptions.open(subject=f"isbn:{isbn}")
    names = [recipient] if recipient else sorted({*config.recipients, *(told.row.destination for told in rows)})
    apart = out_of_scope.remembered(ledger, use_case, names, f"isbn:{isbn}")
    stop = stops(ledger).get(isbn)
    answers = []
    for name in names:
        theirs = [told for told in rows if told.row.destination == name]
        wrong = [each for each in found if (each.destination, each.use_case, each.severity) == (name, use_case, Severity.ERROR)]
        profile = config.recipients.get(name)
        verdict = _verdict(profile, theirs, wrong, apart.get(name, ""), _is_judged(ledger, use_case, name))
        verdict = _stopped(stop, verdict) if stop else verdict
        sent = last_sent(theirs, config, profile)
        answers.append(Answer(name, profile.name if profile else name, *verdict[:3], since=verdict.since, sent=sent))
    return answers


def _verdict(
    profile: Profile | None, rows: Sequence[ToldRow], wrong: Sequence[OpenException], apart: str, judged_at: datetime | None
) -> _Verdict:
    newest = next((told for told in reversed(rows) if told.row.state not in GONE), None)
    if profile is None:
        left = f"; its newest record is {newest.row.state}" if newest is not None else ""
        return _Verdict(Verdict.FORMER, f"it has no profile any more{left}", "A profile in recipients/ would make it one again.")
    gate = next(iter(wrong), None)
    if not profile.live:
        kept = f"; besides, {_said(gate)}" if gate else f"; besides, {_why_apart(apart)}" if apart else ""
        return _Verdict(
            Verdict.NOT_ARMED, f"the recipient is planned for and shown, and gets nothing{kept}", "`live: true` in its profile."
        )
    if gate is not None:
        return _Verdict(Verdict.GATED, _said(gate), f"{gate.remedy} ({gate.owner})", gate.opened_at)
    if apart:
        return _Verdict(Verdict.OUT_OF_SCOPE, _why_apart(apart), OTHERWISE)
    if newest is not None:
        return _of_delivery(newest, profile)
    return _of_nothing(rows, judged_at)


def _stopped(stop: Mapping[str, Any], verdict: _Verdict) -> _Verdict:
    """Who stopped it, and how far that has come; what went wrong on the way keeps its remedy."""
    since, has_it = datetime.fromisoformat(stop["at"]), {Verdict.ACKNOWLEDGED, Verdict.UNCHANGED}
    so_far = "it has it still, and the next run closes it" if verdict.verdict in has_it else verdict.because
    because = f"stopped by {stop['by']} since {since:%Y-%m-%d %H:%M}, because {stop['why'].strip()}; {so_far}"
    is_stuck = verdict.verdict in {Verdict.UNKNOWN, Verdict.REFUSED, Verdict.FAILED}
    return _Verdict(Verdict.STOPPED, because, verdict.to_go if is_stuck else RELEASE, since)


def _of_nothing(rows: Sequence[ToldRow], judged_at: datetime | None) -> _Verdict:
    """Nothing left, and nothing waits."""
    if rows:
        last = rows[-1].row
        return _Verdict(Verdict.WITHDRAWN, last.detail or "a later run no longer wanted it, before it had left", ANY_RUN, last.updated_at)
    if judged_at is None:
        return _Verdict(
            Verdict.NEVER, "no run has judged anything for this recipient yet", "Unpause the nightly syndication, or run it by hand."
        )
    return _Verdict(
        Verdict.NEVER,
        f"no run up to {judged_at:%Y-%m-%d %H:%M} has judged it: Consonance has no such product, or it did not change since",
        "Look the ISBN up in Consonance; then run the nightly syndication by hand in mode list.",
    )


def _of_delivery(told: ToldRow, profile: Profile) -> _Verdict:
    row = told.row
    if row.state in REACHED:
        return _reached(told)
    if row.state in FINAL_BAD:
        return _refused(told, profile)
    if row.state == UNKNOWN:
        because = f"nobody knows whether it arrived: {_reason(row)}"
        return _Verdict(Verdict.UNKNOWN, because, f"Look at {profile.name}, then `colophon ledger settle {row.id}`.", row.updated_at)
    if row.state in {WAITING, IN_FLIGHT}:
        return _waiting(told)
    for_what = "its acknowledgement" if profile.ack == "onix" else "the word of its target"
    return _Verdict(Verdict.SENT, f"under way: {for_what} has not come", since=told.sent_at or row.created_at)


def _reached(told: ToldRow) -> _Verdict:
    row, since = told.row, told.acknowledged_at
    if (kind := row.labels.get(CLOSED, IN_PART)) != IN_PART:
        return _Verdict(Verdict.WITHDRAWN, f"it was told that the title closed ({kind}), and took it", REOPENS.get(kind, ANY_RUN), since)
    if row.judged_as_of is not None and row.judged_as_of > row.as_of:
        return _Verdict(Verdict.UNCHANGED, f"judged again {row.judged_as_of:%Y-%m-%d %H:%M}: it has what is right", since=since)
    return _Verdict(Verdict.ACKNOWLEDGED, "it has what is right", since=since)


def _refused(told: ToldRow, profile: Profile) -> _Verdict:
    row, word = told.row, told.refusal
    if word is not None and word.system == RECIPIENT:
        said = f"{profile.name} says: {word.detail.strip('; ') or 'no reason given'} ({word.code or 'no code'})"
        return _Verdict(Verdict.REFUSED, said, "Correct the record at its source; it is sent again when it changes.", word.at)
    again = f"Mend that, then `colophon ledger redrive {row.use_case} {row.destination} --isbn {row.isbn}`."
    detail = " ".join(filter(None, (word.code, word.detail))) if word is not None else _reason(row)
    return _Verdict(Verdict.FAILED, detail or "no reason given", again, word.at if word is not None else row.updated_at)


def _waiting(told: ToldRow) -> _Verdict:
    row = told.row
    if row.unwanted:
        return _Verdict(Verdict.WITHDRAWN, row.unwanted, ANY_RUN, row.updated_at)
    if row.state == IN_FLIGHT:
        return _Verdict(Verdict.WAITING, "it is being sent just now", "Nothing: it goes.", row.updated_at)
    if row.not_before is not None:
        because = f"the system asked for it not before {row.not_before:%Y-%m-%d %H:%M}"
        return _Verdict(Verdict.WAITING, because, "The next run after that moment.", row.created_at)
    because = f"a message is made and has not left ({_reason(row)})" if told.number and _reason(row) else "for the next message"
    return _Verdict(Verdict.WAITING, because, "The deliver step of the next run; where it is red, mend that and clear it.", row.created_at)


def _is_judged(ledger: Ledger, use_case: str, recipient: str) -> datetime | None:
    """Up to when a recipient was judged for; None: never."""
    return ledger.memory.watermark(f"{use_case}/{recipient}")


def _why_apart(why: str) -> str:
    """A remembered reason in words."""
    gate, _, field = why.partition(" ")
    return f"{NOT_FOR_IT[gate]} ({field}, rule {gate})" if gate in NOT_FOR_IT else why


def _said(one: OpenException) -> str:
    return f"{one.rule}: {one.field} is {one.found!r}, expected {one.expected}"


def _reason(row: Any) -> str:
    return f"{row.code} {row.detail}".strip()
