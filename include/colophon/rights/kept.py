"""What was judged of a work on an earlier night and holds still, so that the work need not be judged again.

Nothing is found by its name. A judgement lies under a digest of all that it was made by: the work's records, what is known at all,
what was asked, the embargo and the stop of its products, the code lists, and the engine itself. Whatever of that changes, whoever
changed it, the work is judged anew; and so it is from the day on which the calendar alone may change the answer.
"""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import NamedTuple

from colophon.domain.finding import Finding
from colophon.domain.rights_deal import RightsFormat
from colophon.program import digest_of
from colophon.rights.atlas import Atlas
from colophon.rights.facts import closes_everything, read_facts
from colophon.rights.hold import Days
from colophon.rights.reasons import LAST_DAY
from colophon.rights.statuses import statuses_of

_ENGINE = ("rights", "domain", "onix")
"""Packages whose code an answer rests on."""
Earlier = Callable[[int, int], Iterable[str]]
_UNREADABLE, _PRODUCT = '{"unreadable":', '{"product":'
_SELDOM = ('{"known":', _UNREADABLE)
_WORK, _ISBN = re.compile(r'"work_id":(\d+)'), re.compile(r'"isbn13":"(\d+)"')
"""Found without reading a record, of which there are hundreds of thousands: within a text of JSON such quotes are escaped."""


class Question(NamedTuple):
    """What is asked of a run's works; as the parameters of `statuses_of`."""

    atlas: Atlas
    formats: tuple[RightsFormat | None, ...]
    channels: Iterable[str]
    embargoes: Mapping[str, date]
    days: Days
    stopped: Mapping[str, str]


class Judged(NamedTuple):
    """Lines of one work's statuses and findings; they hold from the day `first` up to, and without, the day `until` (ordinals).

    `is_new`: judged just now, and not earlier.
    """

    digest: str
    work_id: int
    first: int
    until: int
    statuses: list[str]
    findings: list[str]
    is_new: bool = True

    def to_line(self) -> str:
        """One line of a staged batch, the digest before all; JSON has no tabs of its own."""
        head = (self.digest, self.work_id, self.first, self.until, len(self.statuses))
        return "\t".join([*map(str, head), *self.statuses, *self.findings])


def judged_from(line: str) -> Judged:
    """What an earlier run judged."""
    digest, work_id, first, until, count, *lines = line.split("\t")
    statuses = int(count)
    return Judged(digest, int(work_id), int(first), int(until), lines[:statuses], lines[statuses:], is_new=False)


def judge_works(lines: Iterable[str], question: Question, earlier: Earlier = lambda _first, _last: ()) -> Iterator[Judged]:
    """The judgement of each work of a batch of facts, by an earlier one where it holds.

    The first is about no work: what is known of none, and what closes all.

    :param earlier: lines of earlier judgements, of works from one id to another.
    """
    head, works = _apart(lines)
    common = read_facts(head)
    today = question.days.first.toordinal()
    kept = {line.partition("\t")[0]: line for line in earlier(min(works, default=0), max(works, default=0))}
    asked = hashlib.sha256("\n".join([*_asked(question), *head]).encode())
    _, told = statuses_of(common, question.atlas, None, ())
    yield Judged("", 0, today, today, [], [finding.model_dump_json() for finding in told])
    for work_id, (records, isbns) in works.items():
        digest = asked.copy()
        own = [(isbn, str(question.embargoes.get(isbn)), question.stopped.get(isbn)) for isbn in isbns]
        digest.update("\n".join([repr(own), *records]).encode())
        name = digest.hexdigest()
        found = judged_from(kept[name]) if name in kept else None
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
        if line.startswith(_SELDOM):
            fault = Finding.model_validate_json(line[len(_UNREADABLE) : -1]) if line.startswith(_UNREADABLE) else None
            if fault is None or closes_everything(fault):
                head.append(line)
            else:
                found = fault.about.removeprefix("work:")
                works[int(found) if found.isdecimal() else 0][0].append(line)
            continue
        work = _WORK.search(line)
        records, isbns = works[int(work[1]) if work else 0]
        records.append(line)
        if line.startswith(_PRODUCT) and (isbn := _ISBN.search(line)):
            isbns.append(isbn[1])
    return head, works


def _asked(question: Question) -> list[str]:
    days = (question.days.last - question.days.first).days
    formats, channels = [str(wanted) for wanted in question.formats], sorted(question.channels)
    return [engine(), _lists(question.atlas), json.dumps([formats, channels, days])]


def engine() -> str:
    """A digest of the program that answers."""
    return digest_of(*_ENGINE)


@cache
def _lists(atlas: Atlas) -> str:
    lists = atlas.lists
    return hashlib.sha256(json.dumps([lists.issue, str(lists.released_on), lists.lists], sort_keys=True, default=dict).encode()).hexdigest()
