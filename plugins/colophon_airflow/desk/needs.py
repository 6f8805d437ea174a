"""*Needs you now*: what waits for a person, the worst first; each line leads to where it is acted upon.

What could not be looked at is said, too: nothing is called well that nobody knows to be well.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from colophon.blocks.panels import TitlePanel
from colophon.domain.delivery_states import UNKNOWN
from colophon.errors import ColophonError
from colophon.ledger import Ledger
from colophon.ledger.browse import Wanted
from colophon.ledger.exception_queue import Owned
from colophon.ledger.inbox import Stuck
from colophon.parties import open_changes
from colophon.readiness import declared
from colophon.takedown import still_open
from colophon_airflow import alerts
from colophon_airflow.desk import health, runs
from colophon_airflow.desk.access import Person
from colophon_airflow.desk.screen import link
from colophon_airflow.settings import publisher_config

FAILED, WAITS, NOT_KNOWN = "failed", "unknown", "under-way"
"""How bad a line is, as the desk colours it: something broke, something waits, nobody knows."""
MOST = 100
"""So many deliveries of a kind are counted; of more, *more than 100* says enough."""


class Need(NamedTuple):
    """One line. `path` is a page of the desk, or with `in_airflow` of Airflow; `since`: when it began, as far as that is known."""

    tone: str
    kind: str
    what: str
    path: str
    since: datetime | None = None
    in_airflow: bool = False


class Needs(NamedTuple):
    """What waits for a person, and what could not be looked at (empty: all was)."""

    lines: Sequence[Need]
    unlooked: Sequence[str]


def needs(person: Person, ledger: Ledger, at: datetime, owners: Sequence[Owned], stuck: Sequence[Stuck]) -> Needs:
    """All that waits for a person at this moment. What cannot be looked at hides nothing else.

    :param owners: who owns open exceptions. :param stuck: events that nobody took.
    """
    lines: list[Need] = []
    unlooked: list[str] = []
    looks: dict[str, Callable[[], Iterable[Need]]] = {
        "how trouble is told": lambda: _alerts(ledger),
        "Airflow itself": _airflow,
        "runs": lambda: _runs(person, at),
        "systems": lambda: _systems(ledger, at),
        "approvals": lambda: _approvals(person, ledger),
        "titles that were closed": lambda: _takedowns(ledger),
        "deliveries": lambda: _deliveries(ledger),
        "events that came in": lambda: _inbox(stuck),
        "exceptions": lambda: _exceptions(owners),
    }
    for name, look in looks.items():
        try:
            lines += look()
        except ColophonError as problem:
            unlooked.append(f"{name} ({problem.sentence})")
    rank = (FAILED, WAITS, NOT_KNOWN)
    return Needs(sorted(lines, key=lambda need: rank.index(need.tone)), unlooked)


def _alerts(ledger: Ledger) -> Iterator[Need]:
    for trouble in alerts.troubles(ledger):
        yield Need(FAILED, "alert route", trouble, "#h-health")
    if fence := ledger.restoring.fence():
        yield Need(FAILED, "nothing is sent", "The ledger was restored from a backup", "#h-fence", fence.since)


def _airflow() -> Iterator[Need]:
    for part, beat in runs.dead_parts():
        yield Need(FAILED, "Airflow", f"The {part} does not live: start it again", "/", beat, in_airflow=True)


def _runs(person: Person, at: datetime) -> Iterator[Need]:
    for trouble in runs.troubled(person.user, at):
        path = f"/dags/{trouble.dag_id}/runs" + (f"/{trouble.run_id}" if trouble.number == 1 else f"?state={trouble.state}")
        many = "" if trouble.number == 1 else f"{trouble.number} runs "
        if trouble.state != "failed":
            what = f"{trouble.name}: {many or 'a run '}{'are' if many else 'is'} stuck ({trouble.state}); later ones wait behind it"
            yield Need(FAILED, "stuck run", what, path, trouble.since, in_airflow=True)
        elif trouble.went_since:
            yield Need(
                WAITS,
                "failed run",
                f"{trouble.name}: {many or 'a run '}failed; a later one went well",
                path,
                trouble.since,
                in_airflow=True,
            )
        else:
            yield Need(
                FAILED,
                "failed run",
                f"{trouble.name}: {many or 'a run '}failed, and none went well since",
                path,
                trouble.since,
                in_airflow=True,
            )


def _systems(ledger: Ledger, at: datetime) -> Iterator[Need]:
    known = health.known(ledger)
    for system in known:
        if system.is_well is False:
            yield Need(FAILED, "sick system", f"{system.name}, when it was asked last: {system.found}", "#h-health", system.checked_at)
    old = [system for system in known if system.is_well and not system.is_fresh(at)]
    if old:
        what = f"Nobody has asked lately how they are: {', '.join(system.name for system in old)}"
        yield Need(NOT_KNOWN, "not known", what, "#h-health", min(system.checked_at for system in old if system.checked_at))
    if never := [system.name for system in known if system.is_well is None]:
        yield Need(NOT_KNOWN, "not known", f"Nobody has asked yet how they are: {', '.join(never)}", "#h-health")


def _approvals(person: Person, ledger: Ledger) -> Iterator[Need]:
    for question in runs.questions(person.user):
        path = f"/dags/{question.dag_id}/runs/{question.run_id}/tasks/{question.task_id}/required_actions"
        yield Need(WAITS, "approval", f"{question.name}: {question.subject}", path, question.since, in_airflow=True)
    changes = [change for change in open_changes(ledger) if change["state"] == "held"]
    if changes:
        since = datetime.fromisoformat(str(changes[0]["since"]))  # a day, or a moment
        since = since if since.tzinfo else since.replace(tzinfo=UTC)
        yield Need(
            WAITS,
            "approval",
            f"{_number(len(changes), 'change')} of tax or bank details: different persons have to agree",
            "parties#h-held",
            since,
        )


def _takedowns(ledger: Ledger) -> Iterator[Need]:
    config = publisher_config()
    for panel in declared(TitlePanel):
        open_ = still_open(ledger, config, panel.case.id)
        if open_:
            titles = len({subject for subject, _ in open_})
            what = f"{_number(titles, 'title')} closed by us and not confirmed closed by {_number(len({clock.recipient for _, clock in open_}), 'recipient')}"
            yield Need(FAILED, "still on sale", what, "rights#h-open", min(clock.since for _, clock in open_ if clock.since))


def _deliveries(ledger: Ledger) -> Iterator[Need]:
    for kind, what, query in (
        ("unknown outcome", "went, and nobody knows what came of that", {"state": UNKNOWN}),
        ("failed delivery", "failed: mend the cause, then send again", {"state": "failed", "messages": "no", "standing": "true"}),
    ):
        wanted = Wanted(states=(query["state"],), no_messages="messages" in query, standing="standing" in query)
        if rows := ledger.desk.oldest(wanted, MOST + 1):
            many = f"More than {MOST} deliveries" if len(rows) > MOST else _number(len(rows), "delivery", "deliveries")
            yield Need(WAITS, kind, f"{many} {what}", link("", "deliveries", **query).removeprefix("/"), rows[0].updated_at)


def _inbox(stuck: Sequence[Stuck]) -> Iterator[Need]:
    for events in stuck:
        state = "could not be dealt with" if events.state == "parked" else "were taken by nobody: a DAG is paused or fails"
        yield Need(WAITS, "events", f"{_number(events.number, 'event')} of {events.source} {state}", "#h-stuck", events.since)


def _exceptions(owners: Sequence[Owned]) -> Iterator[Need]:
    for owner, count, oldest in owners:
        what = f"{owner.replace('_', ' ') or 'nobody in particular'}: {_number(count, 'open exception')}"
        yield Need(WAITS, "exceptions", what, link("", "exceptions", owner=owner).removeprefix("/"), oldest)


def _number(count: int, noun: str, nouns: str = "") -> str:
    return f"{count} {noun if count == 1 else nouns or f'{noun}s'}"
