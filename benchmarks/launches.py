"""The cockpit of launches on many open titles: the app in this process, each page asked five times; the fastest counts.

python -m benchmarks.launches [TITLES]
"""

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from colophon.config.load import load_config
from colophon.domain.product import Product
from colophon.domain.todo import Todo, TodoStatus
from colophon.launch.evidence import Evidence
from colophon.launch.path import pace, works_of
from colophon.launch.title import readiness
from colophon.launch.view import LINE, SOURCES, TITLE, history_of, line_of, name_of, title_of
from colophon.ledger import Ledger, upgrade

AT = datetime(2026, 5, 4, 9, tzinfo=UTC)
PAGES = ("launches", "launches?view=weeks", "launches?blocker=cover_approved&imprint=Imprint%203", "launches/meeting?weeks=8", "launches/7")
MOST_MS = 500


def main(titles: int) -> None:
    """Judge so many titles of two formats, keep them, and look at each page."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/ledger.db"
        upgrade(url)
        os.environ["AIRFLOW_CONN_COLOPHON_LEDGER"] = url
        started = time.perf_counter()
        with Ledger.open(url) as ledger:
            keep(ledger, titles)
        sys.stdout.write(f"{titles} titles judged and kept: {time.perf_counter() - started:.1f} s\n")
        for path, ms in asked():
            sys.stdout.write(f"{path:<70} {ms:6.0f} ms{'  too slow' if ms > MOST_MS else ''}\n")


def keep(ledger: Ledger, titles: int) -> None:
    """What the hourly run keeps."""
    config, today = load_config(), AT.date()
    monitor, calendar = config.pipeline_monitor, config.calendars.of(None)
    products, todos = [], []
    for number in range(1, titles + 1):
        on = today + timedelta(days=number % 400)
        for form, n in (("BC", 2 * number), ("EA", 2 * number + 1)):
            facts = {"id": n, "kind": "PhysicalBookProduct", "work_id": number, "title": f"Title {number}", "isbn13": f"979{n:010d}"}
            products.append(Product(**facts, imprint=f"Imprint {number % 9}", form_code=form, publishing_status="02", publication_on=on))
        todos += list(_todos(number, on))
    evidence = Evidence(takes=pace(todos, monitor, calendar), todos="Consonance", faults={}, may_sell=lambda *_: True, assets={})
    rows = {SOURCES: {"at": AT.isoformat(), "sources": {"Consonance": AT.isoformat()}, "pace": {}}}
    for work in works_of(products, todos).values():
        title = readiness(work, evidence, config.readiness, monitor, calendar, today)
        history = history_of(title, None, AT, 9)
        rows |= {name_of(LINE, work.id): line_of(title, history), name_of(TITLE, work.id): title_of(title, history)}
    ledger.memory.put_each(rows, AT)


def _todos(number: int, on: date) -> Iterator[Todo]:
    """Every milestone that a launch waits for, some of them late."""
    for n, (_, stage, lead) in enumerate(load_config().readiness.milestones()):
        due = on - timedelta(days=lead * 7 // 5 + number % 40 - 8)
        done = due < AT.date() - timedelta(days=number % 3)
        state = {"status": TodoStatus.DONE, "completed_on": due} if done else {"status": TodoStatus.OPEN}
        yield Todo(id=number * 20 + n, work_id=number, description=str(stage), milestone=stage, due_on=due, **state)


def asked() -> Iterator[tuple[str, float]]:
    """Milliseconds of each page."""
    from starlette.testclient import TestClient

    from colophon_airflow.desk.access import Person, reader
    from colophon_airflow.desk.app import make_app

    app = make_app()
    app.dependency_overrides[reader] = lambda: Person("bench", False, None, "")
    with TestClient(app, base_url="http://desk") as client:
        for path in PAGES:
            times = []
            for _ in range(5):
                started = time.perf_counter()
                answer = client.get(f"/{path}", headers={"accept": "text/html"})
                times.append(time.perf_counter() - started)
                if answer.status_code != 200:
                    raise SystemExit(f"{path}: {answer.status_code}")
            yield path, 1000 * min(times)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5000)
