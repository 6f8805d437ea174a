"""What persons decide about parties, on the desk: who is whom, and whether tax or bank details have really changed.

    decide_pair(ledger, "crm/77", 31, is_same=True, by="edith")
    agree(ledger, 31, "BANK_REFERENCE", seen=mark(change), by="edith", approvers=2)

An event that waited for it runs again with the next run. Values are sealed, and nobody is shown more of them than their end.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from colophon.blocks.ids import PARTY_SYNC
from colophon.errors import ConflictError, NotFoundError
from colophon.ledger import Ledger

PARTY = "party:"
LINK, PAIR, HELD, LOST, AGREED, BLOCKED = (f"{PARTY}{kind}:" for kind in ("link", "pair", "held", "lost", "agreed", "blocked"))
"""How names begin of what is remembered: who is whom, who may be, what two persons have to agree to, what gave way, what both sides have,
and which vendors get no orders.
"""
OPEN, WRITTEN, VOID = ("held", "approved"), "written", "void"
"""States of a change of a sealed field: it waits for persons, or cools off; Consonance has it; its teller says something else by now."""
Note = Mapping[str, Any]


def open_pairs(ledger: Ledger) -> list[Note]:
    """Likely matches that nobody has decided about, the most likely first."""
    pairs = [note for note in ledger.memory.get_each(PAIR) if note["state"] == "proposed"]
    return sorted(pairs, key=lambda note: (-note["score"], note["name"]))


def decided_pairs(ledger: Ledger) -> list[Note]:
    """Whom persons said to be the same, by the other system's name."""
    return sorted((note for note in ledger.memory.get_each(PAIR) if note["state"] == "same"), key=lambda note: str(note["name"]))


def open_changes(ledger: Ledger) -> list[Note]:
    """Changes of tax and bank details that wait for persons, or (`approved`) cool off; the oldest first."""
    return sorted((note for note in ledger.memory.get_each(HELD) if note["state"] in OPEN), key=lambda note: note["since"])


def called(ledger: Ledger, notes: Sequence[Note]) -> dict[str, str]:
    """Names of those whom proposals and changes are about: by our contact's number as we told it last, by `crm/77` as an event tells it that waits."""
    events = {tuple(event): f"{note['system']}/{note['party']}" for note in notes if "party" in note for event in note["events"]}
    parked = ledger.inbox.noted("parked", limit=10_000) if events else []
    told = {who: json.loads(item.body or b"{}").get("data") or {} for item, _ in parked if (who := events.get((item.source, item.id)))}
    subjects = sorted({f"{PARTY}{note['contact']}" for note in notes})
    for row in (row for system in ledger.counts(PARTY_SYNC) for row in ledger.newest(PARTY_SYNC, system, subjects)):
        told[row.subject.removeprefix(PARTY)] = json.loads(ledger.content(row.content_hash) or b"{}")
    return {who: str(data["names"]["display"]) for who, data in told.items() if data.get("names")}


def mark(change: Note) -> str:
    """What stands for the value of a change, by which a decision says what it is about."""
    return hashlib.sha256(str(change["value"]).encode()).hexdigest()[:16]


def overruled(ledger: Ledger) -> list[Note]:
    """Values of other systems that gave way to Consonance's."""
    return list(ledger.memory.get_each(LOST))


def decide_pair(ledger: Ledger, who: str, contact: int, *, is_same: bool, by: str) -> None:
    """Say whether somebody at another system (`crm/77`) is a contact of ours. It is asked once.

    :raises NotFoundError: nobody proposed it, or it is decided.
    """
    pair = _open(ledger, f"{PAIR}{who}/{contact}", "proposed")
    now, others = ledger.clock(), [note for note in ledger.memory.get_each(f"{PAIR}{who}/") if note["state"] == "proposed"]
    _put(ledger, {**pair, "state": "same" if is_same else "other", "by": by})
    if is_same:
        _put(ledger, {"name": f"{LINK}{who}", "contact": contact, "why": f"{by} said so on {now:%Y-%m-%d}"})
        for other in others:
            if other["name"] != pair["name"]:
                _put(ledger, {**other, "state": "other", "by": by})
    if is_same or len(others) == 1:
        _again(ledger, pair)
    ledger.people.noted("same party" if is_same else "other party", f"{who} and contact:{contact}", by=by, why="")


def part(ledger: Ledger, who: str, contact: int, *, by: str, why: str) -> None:
    """Say that somebody at another system, whom a person took for a contact of ours, is somebody else after all.

    What both sides have is forgotten, so that nothing of it is compared with anybody else. What was taken over meanwhile stays.

    :raises NotFoundError: no person said that they are one.
    """
    _put(ledger, {**_open(ledger, f"{PAIR}{who}/{contact}", "same"), "state": "other", "by": by})
    _put(ledger, {"name": f"{LINK}{who}", "contact": None, "why": f"{by} took it back on {ledger.clock():%Y-%m-%d}"})
    _put(ledger, {"name": f"{AGREED}{who}", "seen": {}, "times": {}})
    ledger.people.noted("not the same party after all", f"{who} and contact:{contact}", by=by, why=why)


def agree(ledger: Ledger, contact: int, field: str, *, seen: str, by: str, approvers: int) -> int:
    """One more person agrees to a change of a sealed field; how many are still missing.

    :param seen: the `mark` of the value that they agree to.
    :raises ConflictError: this person has agreed already, or another value is held by now. :raises NotFoundError: nothing is held.
    """
    held = _held(ledger, contact, field, seen, "held")
    if by in held["approved_by"]:
        raise ConflictError("a second person has to agree", system="ledger", subject=f"contact:{contact}", remedy="Ask a colleague.")
    agreed = [*held["approved_by"], by]
    left = approvers - len(agreed)
    _put(ledger, {**held, "approved_by": agreed, **({} if left > 0 else {"state": "approved", "agreed_at": ledger.clock().isoformat()})})
    if left <= 0:
        _again(ledger, held)
    ledger.people.noted("agree to change", f"contact:{contact} {field}", by=by, why="")
    return max(left, 0)


def refuse(ledger: Ledger, contact: int, field: str, *, seen: str, by: str, why: str) -> None:
    """Refuse a change of a sealed field, also one that was agreed to and cools off; one person is enough.

    :param seen: as for `agree`.
    :raises ConflictError: another value is held by now. :raises NotFoundError: nothing is held.
    """
    held = _held(ledger, contact, field, seen, *OPEN)
    _put(ledger, {**held, "state": "refused", "by": by})
    _again(ledger, held)
    ledger.people.noted("refuse change", f"contact:{contact} {field}", by=by, why=why)


def _held(ledger: Ledger, contact: int, field: str, seen: str, *states: str) -> Note:
    held = _open(ledger, f"{HELD}{contact}/{field}", *states)
    if mark(held) != seen:
        sentence, remedy = "another value came meanwhile", "Load the page anew, and call the party about this one."
        raise ConflictError(sentence, system="ledger", subject=f"contact:{contact}", remedy=remedy)
    return held


def _open(ledger: Ledger, name: str, *states: str) -> Note:
    note = ledger.memory.get(name)
    if note is None or note[0]["state"] not in states:
        raise NotFoundError("nothing of this name waits for a decision", system="ledger", remedy="Load the page anew.")
    return note[0]


def _put(ledger: Ledger, note: Note) -> None:
    ledger.memory.put(str(note["name"]), note, ledger.clock())


def _again(ledger: Ledger, note: Note) -> None:
    """The events that waited for it run again; one that somebody closed otherwise stays so."""
    for source, event in note["events"]:
        try:
            ledger.inbox.again(source, event)
        except NotFoundError:
            continue
