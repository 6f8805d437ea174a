"""Read, merge, write, read back (contract section 4): nothing of others is lost, and nothing is written twice."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from colophon import environment
from colophon.errors import BadShapeError, InvalidError, NotFoundError, NotOursError, RefusedError
from colophon.http.client import HttpClient
from colophon.http.response import Response
from colophon.systems.fourallportal import operations as op
from colophon.systems.fourallportal.listing import unknown_module
from colophon.systems.fourallportal.records import Entry, PortalObject, Wanted, Written
from colophon.systems.fourallportal.values import entries, merge_dimensions, same, to_wire

Item = TypeVar("Item")
Result = TypeVar("Result")
GetObject = Callable[[str, str, Sequence[str]], PortalObject]


@dataclass(frozen=True, slots=True)
class _Change:
    """What one object's PATCH says, and what stood there before."""

    wanted: Wanted
    before: Mapping[str, Sequence[Entry]]


class Writer:
    """Writes objects in batches."""

    def __init__(self, http: HttpClient, get: GetObject, *, batch: int, read_back: bool) -> None:
        """:param get: reads one object; raises NotFoundError where there is none."""
        self._http = http
        self._get = get
        self._batch = batch
        self._read_back = read_back

    def upsert(self, module: str, objects: Sequence[Wanted]) -> list[Written]:
        """See `FourallportalClient.upsert_objects`."""
        if len({wanted.id for wanted in objects}) < len(objects):
            raise InvalidError("an object is to be written twice in one call", system="fourallportal", subject=module)
        done: dict[str, Written] = {}
        for start in range(0, len(objects), self._batch):
            self._upsert(module, objects[start : start + self._batch], done)
        return [done[wanted.id] for wanted in objects]

    def missing(self, module: str, wanted: Wanted) -> list[str]:
        """Fields of an object that do not say what they shall; all of them where there is no object."""
        there = self._read(module, wanted)
        return [name for name, value in wanted.fields.items() if there is None or not _says(entries(there, name), value)]

    def _upsert(self, module: str, objects: Sequence[Wanted], done: dict[str, Written]) -> None:
        changes: list[_Change] = []
        for wanted, planned in zip(objects, self.at_once(partial(self._plan, module), objects), strict=True):
            if isinstance(planned, _Change):
                changes.append(planned)
            else:
                done[wanted.id] = planned
        sent = []
        for change, refused in self._patch(module, changes):
            if refused is None:
                sent.append(change)
            else:
                done[change.wanted.id] = refused
        for change, written in zip(sent, self.at_once(partial(self._verify, module), sent), strict=True):
            done[change.wanted.id] = written

    def _plan(self, module: str, wanted: Wanted) -> _Change | Written:
        """What must be sent; a verdict where that is nothing, or where the object cannot be read."""
        try:
            there = self._read(module, wanted)
            before = {name: entries(there, name) if there else () for name in wanted.fields}
        except RefusedError as problem:
            return _failed(wanted.id, (), problem)
        merged = {name: merge_dimensions(before[name], value) for name, value in wanted.fields.items()}
        changed = {name: value for name, value in merged.items() if not same(before[name], value)}
        return _Change(Wanted(wanted.id, changed), before) if changed else Written(wanted.id, (), "confirmed")

    def _patch(self, module: str, changes: Sequence[_Change]) -> Iterator[tuple[_Change, Written | None]]:
        """Send; a batch that is refused is halved until the bad object stands alone."""
        if not changes:
            return
        ids = [change.wanted.id for change in changes]
        try:
            answer = self._http.call(
                op.PATCH_OBJECTS,
                path={"module": module},
                json=[to_wire(change.wanted) for change in changes],
                subject=ids[0] if len(ids) == 1 else "",
                check=partial(_answered, ids),
            )
        except NotFoundError as problem:
            raise unknown_module(module) from problem
        except RefusedError as problem:
            if len(changes) == 1:
                yield changes[0], _failed(ids[0], _names(changes[0]), problem)
                return
            half = len(changes) // 2
            yield from self._patch(module, changes[:half])
            yield from self._patch(module, changes[half:])
            return
        answered = set(_answered(ids, answer))
        for change in changes:
            is_in = change.wanted.id in answered
            skipped = Written(change.wanted.id, _names(change), "skipped", "missing_in_answer", "the answer does not name the object")
            yield change, None if is_in else skipped

    def _verify(self, module: str, change: _Change) -> Written:
        """Whether the portal now says what we sent."""
        wanted, names = change.wanted, _names(change)
        if not self._read_back:
            return Written(wanted.id, names, "sent")
        try:
            there = self._read(module, wanted)
            now = {name: entries(there, name) if there else () for name in names}
        except RefusedError as problem:
            return Written(wanted.id, names, "sent", problem.code, problem.sentence)
        different = [name for name in names if not same(now[name], wanted.fields[name])]
        if not different:
            return Written(wanted.id, names, "confirmed")
        untouched = all(same(now[name], change.before[name]) for name in different)
        code = "not_written" if untouched else "concurrent_edit"
        return Written(wanted.id, names, "sent", code, f"read back different: {', '.join(different)}")

    def _read(self, module: str, wanted: Wanted) -> PortalObject | None:
        try:
            return self._get(module, wanted.id, sorted(wanted.fields))
        except NotFoundError:
            return None

    def at_once(self, work: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        """Results in order. The first goes alone: a refused key then costs one call, and not one for each object."""
        first = [work(item) for item in items[:1]]
        with environment.pool(self._http.settings.max_concurrency) as pool:
            return [*first, *pool.map(work, items[1:])]


def _says(there: Sequence[Entry], wanted: Sequence[Entry]) -> bool:
    return same(there, merge_dimensions(there, wanted))


def _answered(ids: Sequence[str], answer: Response) -> list[str]:
    """Ids of the answer. Raises BadShapeError, or NotOursError for ids that we did not send."""
    body = answer.json()
    if not isinstance(body, list) or not all(isinstance(one, str) for one in body):
        raise BadShapeError("the answer is no list of ids", system="fourallportal", operation=op.PATCH_OBJECTS.name)
    if not set(body) <= set(ids):
        raise NotOursError("the answer names objects that we did not send", system="fourallportal", operation=op.PATCH_OBJECTS.name)
    return body


def _names(change: _Change) -> tuple[str, ...]:
    return tuple(sorted(change.wanted.fields))


def _failed(object_id: str, names: tuple[str, ...], problem: RefusedError) -> Written:
    return Written(object_id, names, "failed", problem.code, f"{problem.sentence} {problem.evidence}".strip())
