"""Days of both use cases that follow rights: the tasks' own code against the sandbox, without a scheduler."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from types import SimpleNamespace
from typing import Any

import requests
from changing_house import COUNTRIES, START, TITLES, House, isbn
from rights_world import add_video, control, library, portal_product, shown_open

from colophon.domain.rights_deal import RightsFormat
from colophon.http.retry import asking_once
from colophon.ledger import Ledger
from colophon.staging import Staging
from colophon.systems.bytenite.records import Wanted
from colophon.use_cases.bytenite import video_rights
from colophon.use_cases.fourallportal import rights_availability
from colophon_airflow.assets import RIGHTS_CHANGED
from colophon_airflow.operators.availability import RightsJudgeOperator, RightsReadBackOperator, StateDecideOperator
from colophon_airflow.systems.bytenite.operators import ByteniteAwaitOperator, ByteniteDeliverOperator, library_shown
from colophon_airflow.systems.fourallportal.operators import FourallportalDeliverOperator, portal_shown

PORTAL, LIBRARY = "fourallportal.rights_availability", "bytenite.video_rights"
CASES = {PORTAL: lambda: rights_availability.CASE, LIBRARY: lambda: video_rights.CASE}
THEIRS = {"portal": {"web": "online", "shop": "retail"}, "library": {"website": "online", "retailer": "retail"}}
VIDEOS = {f"trailer-{n}": (n,) if n % 3 else (n, n + 1) for n in range(20)}
"""Videos and the titles that they name; some name two."""
KEY = "00000000-0000-4000-8000-000000000000"
Cells = set[tuple[str, str, str]]


class Story:
    """A house, the sandbox, and the days as they pass."""

    def __init__(self, sandbox: str, folder: Any) -> None:
        self.sandbox, self.house = sandbox, House()
        self.staging, self.url = Staging(str(folder / "staging")), f"sqlite:///{folder / 'ledger.db'}"
        self.today, self.event = START, ""
        products = [portal_product(n, isbn(n)) for n in range(TITLES)]
        control(sandbox, "POST", "/seed", {"records": {"fourallportal": {"product": products}}})
        self.clock()
        with library(sandbox) as client:
            self.videos = {add_video(client, name, *map(isbn, titles)): titles for name, titles in VIDEOS.items()}

    def clock(self, at: time = time(6, 30)) -> None:
        """Put the sandbox to this moment of the day; what is due happens."""
        control(self.sandbox, "PUT", "/clock", {"now": datetime.combine(self.today, at, UTC).isoformat(), "mode": "frozen"})

    def run(self, use_case: str, on: date | None = None, *, only: set[int] | None = None, at: time = time(6, 30)) -> list[str]:
        """One run of a use case, as of a day; the destinations that it delivered to."""
        moment = datetime.combine(on or self.today, at, UTC)
        context = self._context(moment, only)
        batches = self.house.facts(only).batches(500)
        staged = [self.staging.write_lines(f"facts/{moment:%Y%m%dT%H%M}/{n}", lines) for n, lines in enumerate(batches)]
        return follow(use_case, context, [batch.model_dump() for batch in staged], lambda: self.clock(time(at.hour, at.minute + 2)))

    def wanted(self, on: date | None = None) -> tuple[Cells, Cells]:
        """The engine's word on every cell of the portal, and on every placement: open today, and until the next run has had its chance."""
        day, cells, places = on or self.today, set[tuple[str, str, str]](), set[tuple[str, str, str]]()
        for theirs, ours in THEIRS["portal"].items():
            cells |= {(isbn(n), place, theirs) for n in range(TITLES) for place in self._held(n, ours, day)}
        for video, titles in self.videos.items():
            for theirs, ours in THEIRS["library"].items():
                shared = set.intersection(*(self._held(n, ours, day, RightsFormat.VIDEO) for n in titles))
                places |= {(video, place, theirs) for place in shared}
        return cells, places

    def _held(self, number: int, channel: str, day: date, wanted: RightsFormat | None = None) -> set[str]:
        """Where the engine allows it today and tomorrow."""
        return set.intersection(*(self.house.allowed(number, channel, day + timedelta(days=n), wanted) for n in (0, 1)))

    def shown(self) -> tuple[Cells, Cells]:
        """Open cells of the portal, and LIVE placements of the library."""
        cells = {(number, *cell.split("/")) for number, open_ in shown_open(self.sandbox).items() for cell in open_}
        return cells, self.live()

    def live(self) -> Cells:
        """LIVE placements."""
        with library(self.sandbox) as client:
            return {(p.video_id, p.territory, p.channel) for p in client.library.iter_placements() if p.state == "LIVE"}

    def publish_everything(self) -> None:
        """Marketing asks for every video everywhere, once; what is forbidden now is blocked."""
        with library(self.sandbox) as client:
            for video in self.videos:
                at = datetime.combine(self.today, time(), UTC)
                asked = [Wanted(channel=channel, territory=place, at=at) for channel in THEIRS["library"] for place in COUNTRIES]
                client.library.publish(video, asked, f"release-{video}")
        self.clock(time(6, 40))

    def meddle(self) -> None:
        """Somebody opens and closes cells in the portal by hand, and puts a video LIVE where nobody may show it."""
        allowed, placements = self.wanted()
        number = next(n for n in range(TITLES) if not any(cell[0] == isbn(n) for cell in allowed))
        closed = min(allowed)
        for title, place, channel, word in ((isbn(number), "GB", "web", "true"), (*closed, "false")):
            self.by_hand(title, place, channel, word)
        self.opened, self.closed = isbn(number), closed[0]
        here = {(v, place, c) for v in self.videos for place in COUNTRIES for c in THEIRS["library"]}
        video, place, channel = min(here - placements)
        control(
            self.sandbox,
            "POST",
            "/seed",
            {"records": {"bytenite": {"placements": [{"videoId": video, "territory": place, "channel": channel}]}}},
        )

    def exceptions(self, rule: str) -> list[tuple[str, str]]:
        """Subjects and what was found, of one rule."""
        with Ledger.open(self.url) as ledger:
            return [(row.subject, row.found) for row in ledger.exceptions.open(limit=10_000) if row.rule == rule]

    @contextmanager
    def down(self, system: str, *, after: int = 0, kind: str = "status") -> Iterator[None]:
        """A system that answers nothing of use, from some request on."""
        value = {"status": 503} if kind == "status" else None
        fault = {"system": system, "match": {}, "kind": kind, "times": None, "skip": after}
        control(self.sandbox, "POST", "/faults", fault if value is None else {**fault, "value": value})
        with asking_once():
            yield
        control(self.sandbox, "DELETE", "/faults")

    def connect_library(self, host: str, **extra: object) -> None:
        """Another connection to the library."""
        found = {"conn_type": "bytenite", "host": host, "password": "sandbox-not-a-key", "extra": extra}
        os.environ["AIRFLOW_CONN_BYTENITE_DEFAULT"] = json.dumps(found)  # set by the fixture, which takes it back

    def by_hand(self, title: str, place: str, channel: str, word: str) -> None:
        """Somebody switches one cell of the portal."""
        base, headers = f"{self.sandbox}/fourallportal/api/modules/product/objects", {"Authorization": f"Bearer {KEY}"}
        object_id = portal_product(next(n for n in range(TITLES) if isbn(n) == title), title)["id"]
        there = requests.get(f"{base}/{object_id}", params={"fields": "available"}, headers=headers, timeout=60).json()["available"]
        here = {"territory": place, "channel": channel}
        entries = [entry for entry in there if entry["dimensions"] != here] + [{"value": word, "dimensions": here}]
        requests.patch(base, json=[{"id": object_id, "available": entries}], headers=headers, timeout=60).raise_for_status()

    def _context(self, moment: datetime, only: set[int] | None) -> dict[str, Any]:
        context = run_context(moment)
        if only is not None:
            lines = [json.dumps({"isbn13": isbn(n), "work_id": n}) for n in sorted(only)]
            batch = self.staging.write_lines(f"changed/{moment:%Y%m%dT%H%M}", lines).model_dump()
            if self.event == "gone":
                batch["uri"] += ".gone"
            extra = {} if self.event == "all" else {"batch": batch}
            context["triggering_asset_events"] = {RIGHTS_CHANGED: [SimpleNamespace(extra=extra)]}
        return context


def follow(use_case: str, context: dict[str, Any], batches: list[dict[str, Any]], soon: Callable[[], None]) -> list[str]:
    """All tasks of a run after *extract*, without a scheduler; the destinations that it delivered to. `soon`: lets two minutes pass."""
    judged = [
        RightsJudgeOperator(task_id="judge", use_case=use_case, case=CASES[use_case], batch=batch).execute(
            context | {"ti": ti(number, context["ti"].run_id)}
        )
        for number, batch in enumerate(batches)
    ]
    decide, *rest = _operators(use_case, judged)
    destinations: list[str] = decide.execute(context)
    for operator in rest if destinations else ():
        if isinstance(operator, ByteniteAwaitOperator):
            soon()
            operator.collect(context)
        else:
            operator.execute(context)
    return destinations


def _operators(use_case: str, judged: list[Any]) -> list[Any]:
    said = {"use_case": use_case, "destination": CASES[use_case]().destination}
    asked = {"use_case": use_case, "case": CASES[use_case], "look": portal_shown if use_case == PORTAL else library_shown, "judged": judged}
    send = [ByteniteDeliverOperator(task_id="deliver", **said), ByteniteAwaitOperator(task_id="await", **said)]
    return [
        StateDecideOperator(task_id="decide", **asked),
        *([FourallportalDeliverOperator(task_id="deliver", **said)] if use_case == PORTAL else send),
        RightsReadBackOperator(task_id="read_back", **asked),
    ]


def ti(number: int = -1, run_id: str = "r") -> SimpleNamespace:
    """A task instance on its last try, as far as the tasks ask about it."""
    return SimpleNamespace(dag_id="d", run_id=run_id, task_id="t", map_index=number, try_number=1, max_tries=0, xcom_push=lambda **_: None)


def run_context(moment: datetime) -> dict[str, Any]:
    """What Airflow hands a task of a run as of a moment."""
    dag_run = SimpleNamespace(data_interval_start=None, data_interval_end=None, run_type="manual", run_after=moment)
    return {"ti": ti(run_id=f"r{moment:%Y%m%dT%H%M}"), "dag_run": dag_run, "params": {}}
