"""OP-5, watch: what is wrong with the DAGs, with Airflow, with the systems and in the ledger, as trouble that somebody is told of once."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

from colophon.blocks.use_case import Needs
from colophon.domain.delivery_states import FEED, UNKNOWN
from colophon.ledger import Ledger
from colophon.ledger.exception_queue import Alike
from colophon.ledger.inbox import WAITS_AT_MOST
from colophon.quiet import RULE as QUIET

DAGS, PAUSES, AIRFLOW, SYSTEMS, ROUTES, LEDGER = "dag:", "paused:", "airflow:", "system:", "route:", "ledger:"
"""How causes begin, by what is looked at: what could not be looked at is not over."""
UNDER_WAY = ("running", "queued")
REMEMBERED_FOR = timedelta(days=3)
"""So long whoever paused a DAG that used to run is taken to remember it."""
DRIFT = "DRIFT"
WHOLE = (FEED, "destination:")
"""How exceptions call what is about all of a message, or all that one recipient has for one reason."""
FAILED, LATE, NEVER = "failed", "late", "never started"
"""What is wrong with a DAG, behind its id, where no task of it said why."""
BY_AIRFLOW = "airflow"


DIGEST_HOUR = 8
"""Of single subjects people hear once a day, in the morning of the house's time zone: no night's sleep is worth one of them."""


class Trouble(NamedTuple):
    """One cause. `state`: what, where it changes, is told anew; `newest`, `by`, `tells_of`: as in `standing.tell`. `page`: of the desk, or a DAG's id and run."""

    cause: str
    what: str
    why: str
    do: str
    state: str = ""
    page: str = ""
    run: tuple[str, str] | None = None
    by: str = ""
    tells_of: str = ""
    newest: datetime | None = None


class DagRuns(NamedTuple):
    """What Airflow says of a DAG: its newest scheduled run and its state, and when a run was due at the latest (None: it has no schedule).

    `began`: when that run began, which is long after it was due where the DAG was paused meanwhile; None: when it was due.
    """

    dag_id: str
    is_paused: bool
    run_id: str = ""
    state: str = ""
    run_after: datetime | None = None
    due: datetime | None = None
    began: datetime | None = None


def ailment(system: str, code: str) -> str:
    """What is broken, where an error is a sign of more than itself: nothing for what is refused of one subject. One thing has one name."""
    branch, _, _ = code.partition(".")
    if code == "config.clock" or system == BY_AIRFLOW:
        return "clock" if code == "config.clock" else BY_AIRFLOW
    if branch in {"try", "later", "answer"}:
        return f"{system} is away" if system else ""
    return f"{system} {code}" if system and branch in {"http", "config"} else ""


def of_dags(
    dags: Iterable[DagRuns], now: datetime, late_after: Mapping[str, timedelta], known: Collection[str], asking: Collection[str]
) -> Iterator[Trouble]:
    """Runs that failed, are late or stuck, and runs that never started. A paused DAG is left alone, for somebody meant that, until it looks forgotten.

    :param known: causes that stand: where a task said why it failed, that is the cause. :param asking: DAGs whose newest run waits for a person.
    """
    for dag in dags:
        at, run, cause = dag.run_after, (dag.dag_id, dag.run_id), f"{DAGS}{dag.dag_id}:"
        began = dag.began or at
        if dag.is_paused:
            if at is not None and dag.due is not None and dag.due - at > REMEMBERED_FOR:
                why, do = f"its last run is of {at:%Y-%m-%d %H:%M} UTC", "Unpause it, or leave it: this is told once."
                yield Trouble(f"{PAUSES}{dag.dag_id}", f"{dag.dag_id} used to run and is paused", why, do, run=run)
        elif dag.state == "failed":
            do = "Open it, mend what its red tasks say, and clear them: nothing goes twice."
            for each in [each for each in known if each.startswith(cause)] or [cause + FAILED]:
                yield Trouble(each, f"{dag.dag_id}: its newest run failed", f"the run {dag.run_id}", do, run=run)
        elif dag.state in UNDER_WAY and began is not None and now - began > late_after[dag.dag_id] and dag.dag_id not in asking:
            why = f"the run {dag.run_id} is {dag.state} since {began:%Y-%m-%d %H:%M} UTC, and every later one waits behind it"
            do = "Open it: a deferred task needs a living triggerer, one that awaits input a person's answer, a queued one a free worker."
            yield Trouble(cause + LATE, f"{dag.dag_id}: a run is stuck", why, do, run=run, by=BY_AIRFLOW)
        elif dag.due is not None and (at is None or at < dag.due) and dag.state not in UNDER_WAY:
            seen = f"the last one was due at {at:%Y-%m-%d %H:%M} UTC" if at else "it never ran"
            why = f"one was due at {dag.due:%Y-%m-%d %H:%M} UTC; {seen}"
            do = "See whether its file can be read (Airflow's import errors), and whether the scheduler lives."
            yield Trouble(cause + NEVER, f"{dag.dag_id}: a run never started", why, do, run=(dag.dag_id, ""), by=BY_AIRFLOW)


def decided(dags: Iterable[DagRuns]) -> list[str]:
    """How the causes begin of the DAGs whose newest run went well: what stood is over. Of one under way nobody knows yet."""
    return [f"{DAGS}{dag.dag_id}:" for dag in dags if dag.state == "success" and not dag.is_paused]


def of_airflow(health: Mapping[str, Mapping[str, str | None]]) -> Iterator[Trouble]:
    """Parts of Airflow that do not live, by its own health page. What is not there at all (no triggerer was ever started) is told, too."""
    needed = {"metadatabase", "scheduler", "triggerer"}
    for part in sorted(needed | health.keys()):
        said = health.get(part) or {}
        if said.get("status") != "healthy" and (part in needed or said.get("status")):
            beat = said.get(f"latest_{part}_heartbeat") or "never"
            do = f"Start the {part.replace('_', ' ')} again; waiting tasks go on by themselves."
            what = f"Airflow's {part.replace('_', ' ')} does not live"
            yield Trouble(AIRFLOW + part, what, f"its last heartbeat: {beat}", do, tells_of=BY_AIRFLOW)


def of_systems(sick: Mapping[str, tuple[str, str]]) -> Iterator[Trouble]:
    """Systems that are not well: name -> connection type, and what was found. Told when it was so twice one after the other; see the operator."""
    for name, (kind, found) in sorted(sick.items()):
        by = ailment(kind, found.partition(":")[0])
        do = "Do what it says, and press Test at its connection; runs go on when it is well."
        yield Trouble(SYSTEMS + name, f"{name} is not well", found, do, state=by, by=by, tells_of=by)


def of_routes(broken: Iterable[str]) -> Iterator[Trouble]:
    """Alert routes that do not work, each as `route 1 (email): why`; the next one tells of it."""
    for said in broken:
        name, _, why = said.partition(": ")
        do = "Mend it in [colophon] alerts; until then notices go by the next one."
        yield Trouble(ROUTES + name, f"The alert {name} does not work", why, do)


def of_ledger(ledger: Ledger, now: datetime, zone: tzinfo) -> Iterator[Trouble]:
    """What waits for a person in the ledger: deliveries of which nobody knows, parked events, exceptions."""
    for flow in (flow for flow in ledger.desk.flows() if flow.state == UNKNOWN):
        where = f"{flow.use_case} to {flow.destination}"
        do = "Look at the counterpart, then say on each delivery's page what became of it."
        page = f"deliveries?state={UNKNOWN}&destination={flow.destination}"
        yield Trouble(f"{LEDGER}unknown:{flow.use_case}/{flow.destination}", f"Nobody knows what became of deliveries: {where}", "a call was made, and its answer lost", do, page=page)  # fmt: skip
    for stuck in ledger.inbox.stuck(now - WAITS_AT_MOST):
        what = f"Events of {stuck.source} are parked" if stuck.state == "parked" else f"Events of {stuck.source} wait for more than a day"
        why, do = f"{stuck.type}, since {stuck.since:%Y-%m-%d}", "`colophon inbox list` says why; mend that, then `colophon inbox again`."
        yield Trouble(f"{LEDGER}inbox:{stuck.source}/{stuck.type}/{stuck.state}", what, why, do)
    yield from of_exceptions(ledger.people.alike(morning(now, zone), WHOLE))


def of_exceptions(open_now: Iterable[Alike]) -> Iterator[Trouble]:
    """What is of more than one subject, at once; every other exception in the digest of the morning after it opened. None is told to nobody.

    What is added to a cause that stands, or is back after it was put off, is told the next morning, too.
    """
    single = list[Alike]()
    for each in open_now:
        if each.rule == DRIFT:
            why, do = f"{each.number} differences, the newest report has them all", "Read the report; repair from its form what is ours."
            yield Trouble(f"{LEDGER}drift:{each.destination}", f"{each.destination} holds something else than the ledger believes", why, do, page="drift", newest=each.newest)  # fmt: skip
        elif each.rule == QUIET:
            yield Trouble(f"{LEDGER}quiet:{each.use_case}", f"{each.use_case} moved unusually little", f"{each.found}; {each.expected}", each.remedy, page=f"exceptions?rule={QUIET}", newest=each.newest)  # fmt: skip
        elif each.is_whole:
            do, page = f"{each.remedy} The exception has the counterpart's words.", f"exceptions?rule={each.rule}"
            yield Trouble(f"{LEDGER}whole:{each.use_case}/{each.destination}/{each.rule}", f"{each.destination} got nothing of what it was sent at once", f"{each.rule}: {each.found}", do, page=page, newest=each.newest)  # fmt: skip
        elif each.early:
            single.append(each)
    if newest := max((each.newest for each in single if each.newest), default=None):
        owners = Counter[str]()
        for each in single:
            owners[each.owner.replace("_", " ")] += each.early
        why = ", ".join(f"{owner} {count}" for owner, count in owners.most_common())
        do = "Open the queue: each says what is wrong, who mends it and how."
        yield Trouble(f"{LEDGER}digest", "Exceptions wait for their owners", why, do, page="exceptions", newest=newest)


def morning(now: datetime, zone: tzinfo) -> datetime:
    """When the digest of single exceptions was due last."""
    here = now.astimezone(zone)
    due = here.replace(hour=DIGEST_HOUR, minute=0, second=0, microsecond=0)
    return due if due <= here else due - timedelta(days=1)


CASE = Needs(id="ops__watch")
