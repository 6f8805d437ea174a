"""What was judged of a work on an earlier night and holds still, so that the work need not be judged again.

Nothing is found by its name. A judgement lies under a digest of all that it was made by: the work's records, what is known at all,
what was asked, the embargo and the stop of its products, the code lists, and the engine itself. Whatever of that changes, whoever
changed it, the work is judged anew; and so it is from the day on which the calendar alone may change the answer.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import colophon
from colophon.domain.finding import Finding
from colophon.domain.rights_deal import RightsFormat
from colophon.rights.atlas import Atlas
from colophon.rights.facts import closes_everything, read_facts
from colophon.rights.hold import Days
from colophon.rights.reasons import LAST_DAY
from colophon.rights.statuses import statuses_of

_ENGINE = ("rights", "domain", "onix")
"""Packages whose code an answer rests on."""
Earlier = Callable[[int, int], Iterable[str]]


class Question(NamedTuple):
    """What is asked of a run's works; as the parameters of `statuses_of`."""

    atlas: Atlas
    formats: tuple[RightsFormat | None, ...]
    channels: Iterable[str]
    embargoes: Mapping[str, date]
    days: Days
    stopped: Mapping[str, str]


class Judged(NamedTuple):
    """Lines of one work's statuses and findings; they hold from the day `first` up to, and without, the day `until` (ordinals)."""

    digest: str
    work_id: int
    first: int
    until: int
    statuses: list[str]
    findings: list[str]

    def to_line(self) -> str:
        """One line of a staged batch; the digest stands first, at a fixed place."""
        return json.dumps(self, separators=(",", ":"))


def judge_works(lines: Iterable[str], question: Question, earlier: Earlier = lambda _first, _last: ()) -> Iterator[Judged]:
    """The judgement of each work of a batch of facts, by an earlier one where it holds.

    The first is about no work: what is known of none, and what closes all.

    :param earlier: lines of earlier judgements, of works from one id to another.
    """
    head, works = _apart(lines)
    common = read_facts(head)
    today, kept = question.days.first.toordinal(), {line[2:66]: line for line in earlier(min(works, default=0), max(works, default=0))}
    asked = hashlib.sha256("\n".join([*_asked(question), *head]).encode())
    _, told = statuses_of(common, question.atlas, None, ())
    yield Judged("", 0, today, today, [], [finding.model_dump_json() for finding in told])
    for work_id, (records, isbns) in works.items():
        digest = asked.copy()
        own = [(isbn, str(question.embargoes.get(isbn)), question.stopped.get(isbn)) for isbn in isbns]
        digest.update("\n".join([json.dumps(own), *records]).encode())
        name = digest.hexdigest()
        found = Judged(*json.loads(kept[name])) if name in kept else None
        if found is None or not found.first <= today < found.until:
            found = _judged(name, work_id, [*head, *records], question, told)
        yield found


def _judged(name: str, work_id: int, lines: Sequence[str], question: Question, told: Sequence[Finding]) -> Judged:
    facts, statuses, findings = read_facts(lines), [], dict[Finding, None]()
    for wanted in question.formats:
        made, found = statuses_of(facts, question.atlas, wanted, question.channels, question.embargoes, question.days, question.stopped)
        statuses += made
        findings |= dict.fromkeys(found)
    until = min((status.until for status in statuses), default=LAST_DAY)
    own = [finding.model_dump_json() for finding in findings if finding not in told]
    return Judged(name, work_id, question.days.first.toordinal(), until, [status.to_line() for status in statuses], own)


def _apart(lines: Iterable[str]) -> tuple[list[str], dict[int, tuple[list[str], list[str]]]]:
    """What is about all works, and the lines of each work with the ISBNs of its products."""
    head, works = list[str](), defaultdict[int, tuple[list[str], list[str]]](lambda: ([], []))
    for line in lines:
        ((kind, record),) = json.loads(line).items()
        if kind == "known" or (kind == "unreadable" and closes_everything(Finding.model_validate(record))):
            head.append(line)
            continue
        records, isbns = works[_work_of(kind, record)]
        records.append(line)
        if kind == "product" and record.get("isbn13"):
            isbns.append(record["isbn13"])
    return head, works


def _work_of(kind: str, record: dict[str, Any]) -> int:
    found = str(record.get("about", "")).removeprefix("work:") if kind == "unreadable" else record.get("work_id")
    return int(found or 0) if str(found or 0).isdecimal() else 0


def _asked(question: Question) -> list[str]:
    days = (question.days.last - question.days.first).days
    formats, channels = [str(wanted) for wanted in question.formats], sorted(question.channels)
    return [engine(), _lists(question.atlas), json.dumps([formats, channels, days])]


@cache
def engine() -> str:
    """A digest of the program that answers: whoever changes a rule need not remember to say so."""
    root = Path(colophon.__file__).parent
    files = sorted(file for package in _ENGINE for file in (root / package).rglob("*.py"))
    return hashlib.sha256(b"\0".join([colophon.__version__.encode(), *(file.read_bytes() for file in files)])).hexdigest()


@cache
def _lists(atlas: Atlas) -> str:
    lists = atlas.lists
    return hashlib.sha256(json.dumps([lists.issue, str(lists.released_on), lists.lists], sort_keys=True, default=dict).encode()).hexdigest()
