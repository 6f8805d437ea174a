"""PN-6, downstream exceptions: what fails at a counterpart becomes one task in Consonance for that title and fault.

A fault is open as long as one system says so; when all have recovered, the task is done. Notices may come twice, late and in
any order: each system's newest word counts, by the time that it states.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from colophon.blocks.decision import DecisionContext
from colophon.blocks.inbound import CONSONANCE, Answered, Arrived, Closed, fault, intent
from colophon.domain.finding import Finding
from colophon.domain.product import Product
from colophon.errors import BadShapeError
from colophon.http.jsontext import read_json
from colophon.ledger.inbox import InboxItem
from colophon.systems.consonance.writes import WriteOp

USE_CASE = "push__downstream_exceptions"
DESTINATION = CONSONANCE
TYPES = ("*delivery.failure.v1", "*delivery.recovered.v1")
RULE = "PN6"
READS_TEAM = True
WAITS = timedelta(days=1)
"""So long a recovery waits for failures that it may have overtaken."""
_Text = Annotated[str, Field(max_length=500)]


class _Notice(BaseModel):
    """`data` of the two events (contract XC-1 section 4)."""

    model_config = ConfigDict(extra="ignore")

    isbn: str = Field(pattern=r"^[0-9]{13}$")
    fault: str = Field(pattern=r"^[A-Za-z0-9_.-]{1,60}$")
    system: str = Field(min_length=1, max_length=80)
    severity: _Text | None = None
    code: _Text | None = None
    at: AwareDatetime


class _Word(BaseModel):
    """What one system last said of a fault, and since when it has said so."""

    is_failing: bool
    at: datetime
    since: datetime
    severity: str | None = None
    code: str | None = None


Words = dict[str, _Word]


def isbns(items: Iterable[InboxItem]) -> set[str]:
    """The ISBNs that events speak of."""
    return {notice.isbn for item in items if (notice := _read(item)) is not None}


def plan(arrived: Arrived, question: DecisionContext) -> Answered:
    """Decide about all notices that wait."""
    made, groups = Answered(), defaultdict[tuple[str, str], list[tuple[InboxItem, _Notice]]](list)
    for item in arrived.items:
        notice = _read(item)
        if notice is None:
            made.park(item, _unreadable(item))
        elif notice.isbn not in arrived.titles:
            made.park(item, _unknown_title(notice))
        else:
            groups[notice.isbn, notice.fault].append((item, notice))
    last = question.history(DESTINATION, [_subject(*key) for key in groups])
    for (isbn, name), told in groups.items():
        made.judged.add(f"isbn:{isbn}")
        known = last.get(_subject(isbn, name))
        _decide(name, told, arrived.titles[isbn], known.labels if known else None, arrived, made)
    return made


def _decide(
    name: str,
    told: Sequence[tuple[InboxItem, _Notice]],
    title: Product,
    last: Mapping[str, str] | None,
    arrived: Arrived,
    made: Answered,
) -> None:
    words = _heard(_remembered(last), told)
    if last is None and not any(word.is_failing for word in words.values()):
        over = [item for item, _ in told if "delivery.failure" in item.type or arrived.as_of - item.received_at >= WAITS]
        made.closed += [Closed(item, "over before there was a task") for item in over]
        return
    op = _task(name, words, title, arrived)
    labels = {
        "isbn": title.isbn13 or "",
        "title": title.title[:200],
        "status": str(op.members["status"]),
        "systems": json.dumps({system: word.model_dump(mode="json") for system, word in sorted(words.items())}, sort_keys=True),
    }
    as_of = max(word.at for word in words.values())
    made.intents.append(intent(op, as_of=as_of, labels=labels, subject=_subject(title.isbn13 or "", name)))
    made.closed += [Closed(item) for item, _ in told]


def _heard(words: Words, told: Sequence[tuple[InboxItem, _Notice]]) -> Words:
    """What all systems say now: the newest word of each; of two at the same moment, that it recovered."""
    for item, notice in sorted(told, key=lambda pair: (pair[1].at, "recovered" in pair[0].type)):
        # A clock that runs ahead must not have the last word for ever.
        at, before = min(notice.at.astimezone(UTC), item.received_at), words.get(notice.system)
        is_failing = "delivery.failure" in item.type
        if before is not None and (at, not is_failing) <= (before.at, not before.is_failing):
            continue
        since = before.since if before is not None and before.is_failing == is_failing else at
        words[notice.system] = _Word(is_failing=is_failing, at=at, since=since, severity=notice.severity, code=notice.code)
    return words


def _task(name: str, words: Words, title: Product, arrived: Arrived) -> WriteOp:
    kind, failing = arrived.rules.of(name), {system: word for system, word in sorted(words.items()) if word.is_failing}
    where = ", ".join(f"{system} ({word.code})" if word.code else system for system, word in failing.items())
    status: Literal["OPEN", "DONE"] = "OPEN" if failing else "DONE"
    members: dict[str, object] = {
        "workId": title.work_id,
        "description": f"{kind.words}: {title.title[:200]} ({title.isbn13}), " + (f"reported by {where}" if failing else "mended"),
        "assigneeContactId": arrived.member(title.work_id, kind.owner) or arrived.rules.assignee(kind.owner, title.imprint),
        "dueOn": _due_on(failing or words, arrived).isoformat(),
        "completedOn": None if failing else max(word.at for word in words.values()).date().isoformat(),
        "status": status,
        "tags": ["downstream", name],
    }
    return WriteOp("upsertTodo", f"pn6:{title.isbn13}:{name}", f"isbn:{title.isbn13}", USE_CASE, members)


def _due_on(words: Words, arrived: Arrived) -> date:
    return min((word.since + timedelta(days=arrived.rules.days(word.severity))).date() for word in words.values())


def _remembered(labels: Mapping[str, str] | None) -> Words:
    kept: dict[str, Any] = json.loads(labels["systems"]) if labels else {}
    return {system: _Word.model_validate(word) for system, word in kept.items()}


def _read(item: InboxItem) -> _Notice | None:
    try:
        event = read_json(item.body)
        return _Notice.model_validate(event.get("data") if isinstance(event, dict) else None)
    except (BadShapeError, ValidationError):
        return None


def _subject(isbn: str, name: str) -> str:
    return f"isbn:{isbn}/{name}"


def _unreadable(item: InboxItem) -> Finding:
    return fault(
        f"event:{item.id}",
        RULE,
        "data",
        "a notice that cannot be read",
        expected="isbn, fault, system and at, as the contract says",
        remedy=f"Ask {item.source} to send the notice as agreed; its next one is filed by itself.",
        owner="operations",
    )


def _unknown_title(notice: _Notice) -> Finding:
    return fault(
        f"isbn:{notice.isbn}",
        RULE,
        "isbn",
        f"{notice.fault} at {notice.system} for an ISBN that Consonance does not have",
        expected="an ISBN of ours",
        remedy="Have the ISBN corrected at the counterpart, or enter the title; the next notice about it is filed by itself.",
        owner="metadata_specialist",
    )
