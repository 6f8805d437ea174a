"""Letters to the contributors of titles when stages are reached: asked once, chased while nobody answers, settled by an answer.

Both use cases that write at stages go by it. A request is one occurrence: the stage undone and reached again on another day asks anew,
and what somebody answers to the earlier letter is no answer to the later one.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.letter import AGAIN, UNANSWERED, DueLetter, about, communication, letter_fault
from colophon.blocks.letters import Letters
from colophon.config.letters import ContributorRequests, StageLetter
from colophon.config.model import Config
from colophon.domain.delivery import ISBNS, HistoryRow, Intent
from colophon.domain.delivery_states import BOUNCED, FINAL_BAD, GONE, RANK, WAITING
from colophon.domain.facts import Facts
from colophon.domain.team import TeamMember
from colophon.domain.todo import Todo
from colophon.launch.done import reached
from colophon.ledger import Ledger
from colophon.systems.consonance.writes.operations import CONSONANCE, WriteOp
from colophon.systems.opentext_exstream.outcomes import answer_to
from colophon.use_cases.exstream.letter_titles import Title
from colophon.use_cases.exstream.letter_to_dos import WORDS, Desk

APPROVED, NO_ANSWER = "approve", "none"
_TOLD = frozenset({"sent", "confirmed", "opened", "picked_up", "responded", *FINAL_BAD})


class Request(NamedTuple):
    """One letter to one contributor, and all that has gone of it: itself, chasers, and copies by another channel."""

    kind: str
    rules: StageLetter
    title: Title
    contact_id: int
    reached_on: date
    rows: Sequence[HistoryRow]

    @property
    def subject(self) -> str:
        """How the ledger names it."""
        return f"{self.kind}/work:{self.title.work_id}/{self.reached_on}/contact:{self.contact_id}"


def at_stages(
    rules: ContributorRequests, works: Mapping[int, Title], facts: Facts, context: DecisionContext, *, use_case: str
) -> tuple[list[DueLetter], Plan]:
    """Letters that are due, and what else follows: exceptions about silence, and to-dos about answers that want a person."""
    desk, rows, letters = Desk(facts.records(TeamMember, ()), context, use_case), facts.records(HistoryRow), list[DueLetter]()
    past = defaultdict[str, list[HistoryRow]](list)
    for row in rows:
        past["/".join(row.subject.split("/")[:4])].append(row)
    requests = {request.subject: request for request in _requests(rules, works, facts.records(Todo), past, context)}
    todos, plan = list[Intent](), Plan(judged={CONSONANCE: []}, settled={CONSONANCE: []})
    for subject, request in requests.items():
        letters += _due(request, context)
        asks = request.rules.asks
        is_silent = asks is not None and not _is_answered(request.rows) and _asked_for(request, context) >= asks.tell_after
        if asks is not None and is_silent:
            found = f"contact {request.contact_id} has not answered for {asks.tell_after} working days"
            place = request.rows[0].destination
            plan.findings.append(letter_fault(UNANSWERED, subject, "answer", found, context, blocks=place, imprint=request.title.imprint))
            plan.judged.setdefault(place, []).append(subject)
            todos += desk.silence(request.rows[0], subject, rules.told, is_open=True)
    silent = {finding.subject for finding in plan.findings}
    for subject, of_request in past.items():
        todos += desk.silence(of_request[0], subject, rules.told, is_open=False) if subject not in silent else ()
    for row in rows:
        todos += desk.reading(row, rules.reader) if row.state == "responded" and row.code not in {APPROVED, NO_ANSWER} else ()
    plan.intents += todos
    plan.judged[CONSONANCE] += (todo.subject for todo in todos)
    return letters, plan


def letter_of(kind: str, subject: str, contact_id: int, title: Title, data: Mapping[str, Any], **more: str) -> DueLetter:
    """A letter about a title; `more` are labels."""
    labels = {"title": title.name[:200], "work": str(title.work_id), "contact": str(contact_id), ISBNS: " ".join(title.isbns), "kind": kind}
    about = {"Kind": kind, "Title": title.name, "Isbns": list(title.isbns), **data}
    return DueLetter(kind=kind, subject=subject, contact_id=contact_id, data=about, labels={**labels, **more}, imprint=title.imprint)


def newest(ledger: Ledger, use_case: str, places: Iterable[str]) -> Iterator[HistoryRow]:
    """What has gone, or waits, of every letter. Of one that was answered, perhaps twice (on paper and by the web), the `code` is that of the
    last answer; `words` among the labels are somebody's own, and stay in memory.
    """
    for place in places:
        for row in ledger.newest(use_case, place):
            story = ledger.desk.story(row.delivery_id) if row.state == "responded" else None
            answers = sorted((each.at, each.code) for each in story.events if each.code and each.outcome == "responded") if story else []
            code = next((code for _, code in reversed(answers) if code != NO_ANSWER), row.code)
            words = answer_to(ledger, row.delivery_id) if story else ""
            yield replace(row, code=code, labels={**row.labels, **({WORDS: words} if words else {})})


def followed(case: Letters, prefix: str, *, is_advertising: bool = False) -> Letters:
    """A use case that recalls all of its own letters, with what was answered, and tells Consonance what became of each.

    :param prefix: of the references. :param is_advertising: it also recalls of other letters who has opted out, and nothing else of them.
    """

    def recalled(ledger: Ledger, context: DecisionContext, _isbns: Collection[str]) -> Iterator[HistoryRow]:
        yield from newest(ledger, case.id, case.templates(context.config))
        for row in ledger.opted_out_of_letters() if is_advertising else ():
            yield replace(row, labels={"contact": row.labels["contact"]})

    def write_backs(*, ledger: Ledger, config: Config, **_run: object) -> Iterator[WriteOp]:
        return communications(ledger, case.id, {place: each.template for place, each in case.templates(config).items()}, prefix)

    return replace(case, recalled=recalled, write_backs=write_backs)


def communications(ledger: Ledger, use_case: str, places: Mapping[str, str], prefix: str) -> Iterator[WriteOp]:
    """What became of each letter, step by step: sent, delivered, opened, answered, returned, each once on title or contract.

    :param places: template by destination. :param prefix: of the references.
    """
    for place, template in places.items():
        told = (row for row in ledger.all_of(use_case, place) if row.state not in GONE and "contact" in row.labels)
        for row in told:  # others travel in a letter
            again = f":{row.labels[AGAIN]}" if AGAIN in row.labels else ""
            story = ledger.desk.story(row.delivery_id)
            for event in story.events if story else ():
                if event.outcome in _TOLD:
                    words = (
                        ": ".join(filter(None, (event.code, answer_to(ledger, row.delivery_id)))) if event.outcome == "responded" else ""
                    )
                    yield communication(
                        replace(row, state=event.outcome, updated_at=event.at),
                        reference=f"{prefix}:{row.subject.replace('/', ':')}:{event.outcome}{again}",
                        template=template,
                        about=about(row),
                        words=words,
                    )


def _requests(
    rules: ContributorRequests,
    works: Mapping[int, Title],
    todos: Sequence[Todo],
    past: Mapping[str, Sequence[HistoryRow]],
    context: DecisionContext,
) -> Iterator[Request]:
    done = reached(todos, context.as_of.date())
    for kind, letter in rules.letters.items():
        for (work_id, stage), reached_on in done.items():
            settled = done.get((work_id, letter.closes)) if letter.closes else None
            if (
                stage is not letter.opens
                or work_id not in works
                or works[work_id].is_cancelled
                or (settled is not None and settled >= reached_on)
            ):
                continue
            for contact_id in works[work_id].contributors(letter.roles):
                request = Request(kind, letter, works[work_id], contact_id, reached_on, ())
                request = request._replace(rows=past.get(request.subject, ()))
                if request.rows or (context.as_of.date() - reached_on).days <= rules.fresh_days:
                    yield request


def _due(request: Request, context: DecisionContext) -> Iterator[DueLetter]:
    """The letter itself until it has gone, by another channel what came back, and the chaser whose time has come."""
    rows = {row.subject: row for row in request.rows}
    base, calendar = rows.get(request.subject), context.config.calendars.of(request.title.imprint)
    data: dict[str, Any] = {"Stage": str(request.rules.opens), "ReachedOn": request.reached_on.isoformat()}
    today = calendar.day_of(context.as_of)
    if request.rules.asks:
        asked_on = calendar.day_of(base.as_of) if base and base.state != WAITING else today
        data["AnswerBy"] = calendar.moved(asked_on, request.rules.asks.due).isoformat()
    asks = {"asks": "yes"} if request.rules.asks else {}
    letter = letter_of(request.kind, request.subject, request.contact_id, request.title, data, **asks)
    if base is None or base.state == WAITING:
        yield letter
        return
    came_back = [row for row in request.rows if row.state == BOUNCED]
    if _is_answered(request.rows):
        return
    if came_back and not _arrives(request):
        yield replace(letter, subject=f"{request.subject}/again:{len(came_back)}", came_back=came_back)
    chaser = _chaser(request, context)
    if chaser and _arrives(request):
        more = {**data, "Reminder": chaser}
        yield replace(letter, subject=f"{request.subject}/chaser:{chaser}", data={**letter.data, **more}, came_back=came_back)


def _arrives(request: Request) -> bool:
    """Whether some letter of it is on its way, or has arrived."""
    return any(row.state in RANK for row in request.rows)


def _asked_for(request: Request, context: DecisionContext) -> int:
    """Working days since it was asked first."""
    calendar = context.config.calendars.of(request.title.imprint)
    asked = [row.as_of for row in request.rows if row.state in RANK]
    return calendar.working_days(calendar.day_of(min(asked)), calendar.day_of(context.as_of)) if asked else 0


def _chaser(request: Request, context: DecisionContext) -> int:
    """Number of the chaser whose time has come last; 0: none."""
    asks = request.rules.asks
    return sum(_asked_for(request, context) >= days for days in asks.chase) if asks else 0


def _is_answered(rows: Iterable[HistoryRow]) -> bool:
    return any(row.state == "responded" and row.code != NO_ANSWER for row in rows)
